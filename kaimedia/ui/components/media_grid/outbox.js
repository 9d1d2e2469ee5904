// Events on their way to Python. Streamlit keeps only the newest value of a trigger when presses follow each other
// closely, so every value holds all events Python has not acknowledged yet, numbered. One outbox for all grids of the
// tab: events that a page could not send before it was left are sent by the next page's grid.
const RESEND_MS = 1500
const MAX_RESEND_MS = 12_000
const LEAVING_MS = 4000
const STALE_MS = 10_000
// Actions that fill in a page or fetch: unexpected long after the click.
const OF_THE_MOMENT = new Set(['reuse', 'reference', 'style', 'archive', 'fetch'])
const OF_ONE_PAGE = new Set(['more', 'action', 'renew', 'open'])
const PAGE_LINKS = '[data-testid=stTopNavLink], [data-testid=stPageLink-NavLink], [data-testid=stSidebarNavLink]'

class Outbox {
  constructor() {
    this.sid = Date.now().toString(36) + Math.random().toString(36).slice(2, 12)
    this.last = 0
    this.waiting = []
    this.pauseMs = RESEND_MS
    this.leavingUntil = 0
    addEventListener('click', event => this.onClick(event), true)
  }

  // Until the new page arrives, a request of the old one would replace the request for the new one.
  // With Ctrl, too: Streamlit 1.67 goes there in the same tab.
  onClick(event) {
    const link = event.target.closest?.(PAGE_LINKS)
    if (link && new URL(link.href).pathname !== location.pathname) this.leavingUntil = performance.now() + LEAVING_MS
  }

  // `acknowledged` is the session id and the number of the last event Python handled.
  attach(grid, trigger, acknowledged) {
    this.acknowledge(acknowledged)
    this.trigger = trigger
    if (this.grid === grid) return
    this.grid = grid
    this.leavingUntil = 0
    const isStale = event => OF_THE_MOMENT.has(event.do) && performance.now() - event.putAt > STALE_MS
    this.waiting = this.waiting.filter(event => !isStale(event))
    if (this.waiting.length) this.postIn(0)
  }

  detach(grid) {
    if (this.grid !== grid) return
    this.grid = this.trigger = null
    clearTimeout(this.timer)
    this.waiting = this.waiting.filter(event => !OF_ONE_PAGE.has(event.do))
  }

  put(event) {
    this.waiting.push({ n: ++this.last, putAt: performance.now(), ...event })
    this.post()
  }

  acknowledge(acknowledged) {
    const [sid, n] = acknowledged ?? []
    if (sid !== this.sid) return
    const before = this.waiting.length
    this.waiting = this.waiting.filter(event => event.n > n)
    if (this.waiting.length < before) this.pauseMs = RESEND_MS
    if (!this.waiting.length) clearTimeout(this.timer)
  }

  post() {
    const leavingMs = this.leavingUntil - performance.now()
    if (leavingMs > 0) return this.postIn(leavingMs)
    this.trigger?.('event', { sid: this.sid, events: this.waiting.map(({ putAt, ...event }) => event), at: Date.now() })
    // Longer each time: a new request interrupts a slow run before it can respond.
    this.postIn(this.pauseMs, () => { this.pauseMs = Math.min(MAX_RESEND_MS, this.pauseMs * 2) })
  }

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
const OUTBOX = (globalThis[Symbol.for('kaimedia.outbox')] ??= new Outbox())
