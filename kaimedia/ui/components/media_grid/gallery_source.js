// @ts-check
// The whole gallery under one filter: first the index of ids, then items as they come into view.
import { SAVED_MARKS } from './anchor.js'
import { takeFirstWindow } from './first_items.js'
import { monthsOf } from './format.js'
import { RequestError, requestJson } from './gallery_api.js'
import { ItemCache } from './item_cache.js'
import { ratiosOfLetters, steppedRatio } from './layout.js'
import { Sequence } from './sequence.js'

/** @import { GridData, Item, Month, SourceOwner } from './types.d.ts' */

const FIRST_PAGE = 60
const CONFIRM_MS = 6000
const PATIENT_MS = 600
// The last filters used, so that returning to one draws immediately.
/** @type {Map<string, GallerySource>} */
const RECENT_SOURCES = new Map()
const MAX_SOURCES = 3

export class GallerySource extends Sequence {
  /**
   * @param {string} name
   * @param {GridData} data
   */
  constructor(name, data) {
    super()
    this.name = name
    this.query = data.query
    this.rev = data.rev
    this.key = data.key
    this.isWhole = false
    this.total = 0 // -1: more than loaded, not counted yet
    /** The grid's side; null while no grid draws from this. @type {SourceOwner | null} */
    this.owner = null
    this.isLoading = false
    this.wasRefused = false
    /** @type {number | undefined} */
    this.knownTotal = undefined
    /** The running load. @type {AbortController | undefined} */
    this.call = undefined
    this.cache = new ItemCache(
      (ids, signal) => this.request('items', { ids: ids.join(',') }, signal).then(response => response.items),
      () => this.owner?.onItems(this),
    )
  }

  get isByTime() {
    return new URLSearchParams(this.query).get('sort') !== 'longest'
  }

  /** @param {GridData} data */
  static of(data) {
    const name = `${data.place} ${data.query}`
    const source = RECENT_SOURCES.get(name) ?? GallerySource.first(name, data)
    RECENT_SOURCES.delete(name)
    RECENT_SOURCES.set(name, source)
    for (const other of RECENT_SOURCES.keys()) {
      if (RECENT_SOURCES.size <= MAX_SOURCES) break
      RECENT_SOURCES.delete(other)
    }
    return source
  }

  /**
   * A new source, with the items that the page's HTML already has, if they are of this filter.
   * @param {string} name
   * @param {GridData} data
   */
  static first(name, data) {
    const source = new GallerySource(name, data)
    const drawn = takeFirstWindow()
    // Those of its own page are on the screen already; others may have been asked for long ago.
    const isOutdated = drawn?.isCopied && drawn.rev !== data.rev
    if (drawn?.query === data.query && drawn.key === data.key && !isOutdated) {
      source.rev = drawn.rev // an older one than Python's makes `follow` load them again
      source.knownTotal = data.total
      source.takeItems(drawn)
    }
    return source
  }

  /**
   * @param {string} path
   * @param {Record<string, string | number>} params
   * @param {AbortSignal} [signal]
   * @returns {Promise<any>}
   */
  async request(path, params, signal) {
    try {
      const isFiltered = path === 'page' || path === 'index'
      return await requestJson(
        path,
        [
          isFiltered && this.query,
          String(new URLSearchParams(Object.entries(params).map(([name, value]) => [name, String(value)]))),
          this.key,
        ],
        signal,
      )
    } catch (error) {
      if (error instanceof RequestError && error.status === 403) this.owner?.renew(this.key)
      throw error
    }
  }

  /**
   * Updates the source with Python's data; loads what is missing.
   * @param {GridData} data
   */
  follow(data) {
    const isRenewed = data.key !== this.key
    const isNew = data.rev !== this.rev
    this.key = data.key
    this.rev = data.rev
    this.knownTotal = data.total // the total, if Python knows it
    if (isNew || isRenewed) this.cache.expire() // a new key: URLs signed with the old one expire soon
    if (isRenewed && !isNew) this.cache.retry()
    if (isNew || (isRenewed && this.error) || (!this.isWhole && !this.isLoading)) this.load()
  }

  async load() {
    this.call?.abort()
    const call = new AbortController()
    this.call = call
    this.error = null
    this.isLoading = true
    const isFirst = !this.isWhole && !this.ids.length
    const page =
      isFirst &&
      this.request('page', { limit: FIRST_PAGE }, call.signal).then(
        response => this.takePage(response, call),
        () => {},
      )
    try {
      await page // first, with its images: the index would compete with them for the server's CPU
      if (isFirst && !SAVED_MARKS.has(this.name)) await this.owner?.whenShown(PATIENT_MS)
      if (call.signal.aborted) return
      const index = await this.request('index', {}, call.signal)
      if (!call.signal.aborted) this.takeIdIndex(index)
    } catch (error) {
      if (call.signal.aborted) return
      this.error = error
      this.owner?.onError(this, error)
    }
    this.isLoading = false
  }

  /**
   * @param {{ items: Item[], more: boolean }} response
   * @param {AbortController} call
   */
  takePage(response, call) {
    if (call.signal.aborted || this.isWhole) return
    this.takeItems(response)
    this.owner?.onIdIndex(this)
  }

  /** @param {{ items: Item[], more: boolean }} page the first items of the source */
  takeItems({ items, more }) {
    this.cache.take(items)
    this.total = more ? (this.knownTotal ?? -1) : items.length
    this.months = this.isByTime ? monthsOf(items) : []
    this.arrange(
      items.map(item => item.id),
      Float32Array.from(items, steppedRatio),
    )
  }

  /**
   * `ids` holds the first id and then differences; `ratios` a character for each.
   * @param {{ ids: number[], ratios: string, months?: Month[] }} response
   */
  takeIdIndex(response) {
    let last = 0
    const ids = response.ids.map((step, at) => {
      last = at ? last + step : step
      return last
    })
    this.months = response.months ?? []
    this.arrange(ids, ratiosOfLetters(response.ratios))
    for (const [id, gone] of this.dropped) {
      if (this.indexOf(id) < 0 || Date.now() - (gone.at ?? 0) > CONFIRM_MS) this.dropped.delete(id)
    }
    this.keep(id => !this.dropped.has(id))
    this.isWhole = true
    this.wasRefused = false
    this.total = this.ids.length
    this.owner?.onIdIndex(this)
  }

  /** @param {number[]} ids */
  drop(ids) {
    super.drop(ids)
    for (const id of ids) {
      const gone = this.dropped.get(id)
      if (gone) gone.at = Date.now()
    }
    if (this.isWhole) this.total = this.ids.length
    else if (this.total > 0) this.total = Math.max(0, this.total - ids.length)
    clearTimeout(this.confirming)
    // If Python does not confirm, reload the server's state.
    this.confirming = setTimeout(() => {
      if (this.dropped.size && this.owner) this.load()
    }, CONFIRM_MS + 200)
  }

  /** @param {number[]} ids */
  restore(ids) {
    super.restore(ids)
    if (this.isWhole) this.total = this.ids.length
  }

  /** @param {number} id */
  get(id) {
    return this.cache.get(id)
  }

  /** @param {number} id */
  one(id) {
    return this.cache.one(id)
  }

  /**
   * @param {number[]} ids
   * @param {boolean} on
   */
  setFavorite(ids, on) {
    this.cache.setFavorite(ids, on)
  }

  // Discards all unconfirmed changes.
  discardPending() {
    this.cache.favorites.clear()
    this.cache.expire()
    this.dropped.clear()
    this.load()
  }

  /** @param {number} id */
  hasFailed(id) {
    return this.cache.failed.has(id)
  }

  /**
   * @param {number[]} near
   * @param {number[]} far
   */
  want(near, far) {
    this.cache.want(near, far)
  }

  retry() {
    this.cache.retry()
    if (!this.isWhole || this.error) this.load()
  }

  /**
   * A new grid may take over the source before the old one releases it.
   * @param {SourceOwner} owner
   */
  stop(owner) {
    if (this.owner !== owner) return
    this.owner = null
    this.isLoading = false
    this.call?.abort()
    this.cache.stop()
  }
}
