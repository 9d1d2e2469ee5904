// @ts-check
// Events on their way to Python. Streamlit keeps only the newest value of a trigger when presses follow each other
// closely, so every value holds all events Python has not acknowledged yet, numbered. One outbox for all grids of the
// tab: events that a page could not send before it was left are sent by the next page's grid.
import { targetIn } from './dom.js'

/** @import { Grid } from './grid.js' */
/** @import { GridData, GridEvent, Trigger } from './types.d.ts' */

const RESEND_MS = 1500
const MAX_RESEND_MS = 12_000
const LEAVING_MS = 4000
const STALE_MS = 10_000
// Actions that fill in a page or fetch: unexpected long after the click.
const SHORT_LIVED = new Set(['reuse', 'reference', 'style', 'archive', 'fetch', 'comparison'])
const OF_ONE_PAGE = new Set(['more', 'action', 'renew', 'open'])
const PAGE_LINKS = '[data-testid=stTopNavLink], [data-testid=stPageLink-NavLink], [data-testid=stSidebarNavLink]'

/** @typedef {GridEvent & { n: number, putAt: number }} Waiting an event not acknowledged yet; `putAt` as performance.now() */

export class Outbox {
  constructor() {
    this.sid = Date.now().toString(36) + Math.random().toString(36).slice(2, 12)
    this.last = 0
    /** @type {Waiting[]} */
    this.waiting = []
    this.pauseMs = RESEND_MS
    this.leavingUntil = 0
    /** @type {Grid | null} */
    this.grid = null
    /** @type {Trigger | null} */
    this.trigger = null
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined
    addEventListener('click', event => this.onClick(event), true)
  }

  /**
   * Until the new page arrives, a request of the old one would replace the request for the new one.
   * With Ctrl, too: Streamlit 1.67 goes there in the same tab.
   * @param {Event} event
   */
  onClick(event) {
    const link = /** @type {HTMLAnchorElement | null} */ (targetIn(event, PAGE_LINKS))
    if (link && new URL(link.href).pathname !== location.pathname) this.leavingUntil = performance.now() + LEAVING_MS
  }

  /**
   * `acknowledged` is the session id and the number of the last event Python handled.
   * @param {Grid} grid
   * @param {Trigger} trigger
   * @param {GridData['acknowledged'] | null} acknowledged
   */
  attach(grid, trigger, acknowledged) {
    this.acknowledge(acknowledged)
    this.trigger = trigger
    if (this.grid === grid) return
    this.grid = grid
    this.leavingUntil = 0
    /** @param {Waiting} event */
    const isStale = event => SHORT_LIVED.has(event.do) && performance.now() - event.putAt > STALE_MS
    this.waiting = this.waiting.filter(event => !isStale(event))
    if (this.waiting.length) this.postIn(0)
  }

  /** @param {Grid} grid */
  detach(grid) {
    if (this.grid !== grid) return
    this.grid = this.trigger = null
    clearTimeout(this.timer)
    this.waiting = this.waiting.filter(event => !OF_ONE_PAGE.has(event.do))
  }

  /** @param {GridEvent} event */
  put(event) {
    this.waiting.push({ n: ++this.last, putAt: performance.now(), ...event })
    this.post()
  }

  /** @param {GridData['acknowledged'] | null} acknowledged */
  acknowledge(acknowledged) {
    const [sid, last = 0] = acknowledged ?? []
    if (sid !== this.sid) return
    const before = this.waiting.length
    this.waiting = this.waiting.filter(event => event.n > last)
    if (this.waiting.length < before) this.pauseMs = RESEND_MS
    if (!this.waiting.length) clearTimeout(this.timer)
  }

  post() {
    const leavingMs = this.leavingUntil - performance.now()
    if (leavingMs > 0) return this.postIn(leavingMs)
    this.trigger?.('event', { sid: this.sid, events: this.waiting.map(({ putAt, ...event }) => event), at: Date.now() })
    // Longer each time: a new request interrupts a slow run before it can respond.
    this.postIn(this.pauseMs, () => {
      this.pauseMs = Math.min(MAX_RESEND_MS, this.pauseMs * 2)
    })
  }

  /** @param {number} waitMs */
  postIn(waitMs, before = () => {}) {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      if (!this.waiting.length || !this.trigger) return
      before()
      this.post()
    }, waitMs)
  }
}

// Stored on the window: an inline script may run more than once.
/** @type {Record<symbol, any>} */
const shared = globalThis
shared[Symbol.for('kaimedia.outbox')] ??= new Outbox()
/** @type {Outbox} */
export const OUTBOX = shared[Symbol.for('kaimedia.outbox')]
