// @ts-check
// Loaded items by id. Keeps the newest `MAX_ITEMS`, so memory use stays flat while scrolling.

/** @import { Item } from './types.d.ts' */

/** @typedef {{ ids: number[], abort: AbortController }} Call a request for these ids */

const MAX_ITEMS = 1500
const CHUNK = 60
const MAX_CALLS = 4
const MAX_RETRIES = 3
const HELD_MS = 4000

export class ItemCache {
  /**
   * @param {(ids: number[], signal?: AbortSignal) => Promise<Item[]>} request
   * @param {() => void} onChange
   */
  constructor(request, onChange) {
    this.request = request
    this.onChange = onChange
    /** @type {Map<number, Item>} */
    this.items = new Map()
    /** Loaded, but changed since. @type {Set<number>} */
    this.stale = new Set()
    /** Not in the gallery any more. @type {Set<number>} */
    this.absent = new Set()
    /** Could not be loaded. @type {Set<number>} */
    this.failed = new Set()
    /** @type {Set<Call>} */
    this.calls = new Set()
    /** A recent click overrides a response already on its way. @type {Map<number, { on: boolean, until: number }>} */
    this.favorites = new Map()
    this.retries = 0
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined
  }

  /** @param {number} id */
  get(id) {
    return this.items.get(id)
  }

  /** @param {Item[]} items */
  take(items) {
    for (const item of items) {
      const held = this.favorites.get(item.id)
      if (held && held.until > Date.now()) item.fav = held.on
      this.items.delete(item.id)
      this.items.set(item.id, item)
      this.stale.delete(item.id)
      this.absent.delete(item.id)
    }
  }

  /**
   * @param {number[]} ids
   * @param {boolean} on
   */
  setFavorite(ids, on) {
    for (const id of ids) {
      const item = this.items.get(id)
      if (item) item.fav = on
      this.favorites.set(id, { on, until: Date.now() + HELD_MS })
    }
    setTimeout(() => {
      for (const [id, held] of this.favorites) if (held.until <= Date.now()) this.favorites.delete(id)
    }, HELD_MS + 100)
  }

  // Everything may have changed: shown items stay until their new data arrives.
  expire() {
    this.stale = new Set(this.items.keys())
    this.absent.clear()
    this.failed.clear()
    this.retries = 0
  }

  /**
   * `near` is drawn, the nearest first; `far` is included when something near is missing, for fewer, larger
   * requests. Requests for anything else are aborted.
   * @param {number[]} near
   * @param {number[]} far
   */
  want(near, far) {
    const ids = [...near, ...far]
    const wanted = new Set(ids)
    const pending = new Set()
    for (const call of this.calls) {
      if (!call.ids.some(id => wanted.has(id))) this.giveUp(call)
      else for (const id of call.ids) pending.add(id)
    }
    /** @param {number} id */
    const isMissing = (/** @type {number} */ id) =>
      (!this.items.has(id) || this.stale.has(id)) && !pending.has(id) && !this.failed.has(id) && !this.absent.has(id)
    const missing = near.some(isMissing) ? ids.filter(isMissing) : []
    for (let from = 0; from < missing.length && this.calls.size < MAX_CALLS; from += CHUNK) {
      this.fetch(missing.slice(from, from + CHUNK))
    }
    if (this.items.size > MAX_ITEMS) this.forget(wanted)
  }

  /** @param {number[]} ids */
  async fetch(ids) {
    const call = { ids, abort: new AbortController() }
    this.calls.add(call)
    try {
      const items = await this.request(ids, call.abort.signal)
      if (!this.calls.has(call)) return
      this.take(items)
      const came = new Set(items.map(item => item.id))
      for (const id of ids) if (!came.has(id)) this.absent.add(id)
      this.retries = 0
    } catch {
      if (!this.calls.has(call)) return
      for (const id of ids) if (!this.items.has(id)) this.failed.add(id)
      this.retryLater()
    }
    this.calls.delete(call)
    this.onChange()
  }

  /** @param {number} id */
  async one(id) {
    if (this.items.has(id) && !this.stale.has(id)) return this.items.get(id)
    const [item] = await this.request([id])
    if (item) this.take([item])
    return item ?? null
  }

  retryLater() {
    if (this.retries >= MAX_RETRIES || this.timer) return
    this.timer = setTimeout(
      () => {
        this.timer = undefined
        this.retry(false)
      },
      2000 * 2 ** this.retries++,
    )
  }

  retry(isManual = true) {
    if (isManual) this.retries = 0
    this.failed.clear()
    this.onChange()
  }

  /** @param {Call} call */
  giveUp(call) {
    this.calls.delete(call)
    call.abort.abort()
  }

  /** @param {Set<number>} wanted */
  forget(wanted) {
    for (const id of this.items.keys()) {
      if (this.items.size <= MAX_ITEMS * 0.8) return
      if (wanted.has(id)) continue
      this.items.delete(id)
      this.stale.delete(id)
    }
  }

  stop() {
    clearTimeout(this.timer)
    this.timer = undefined
    for (const call of [...this.calls]) this.giveUp(call)
  }
}
