// @ts-check
// An item opened during a page change: its viewer was removed with the old page, so the new page's grid opens it.
import { OUTBOX } from './outbox.js'

const PENDING_VIEW_MS = 8000

class PendingView {
  constructor() {
    this.steppedAt = -1
    /** The item to open, as long as `performance.now()` is before `until`. @type {{ id: number, until: number } | null} */
    this.pending = null
    addEventListener(
      'popstate',
      () => {
        this.steppedAt = performance.now()
      },
      true,
    )
  }

  /**
   * A viewer opened before a history step was closed by that step.
   * @param {number | null} id
   * @param {number} openedAt
   */
  set(id, openedAt) {
    if (id != null && openedAt > this.steppedAt) this.pending = { id, until: performance.now() + PENDING_VIEW_MS }
    OUTBOX.grid?.actions.openPendingView()
  }

  get id() {
    return this.pending && performance.now() < this.pending.until ? this.pending.id : null
  }
}

// Stored on the window: an inline script may run more than once.
/** @type {Record<symbol, any>} */
const shared = globalThis
shared[Symbol.for('kaimedia.pendingView')] ??= new PendingView()
/** @type {PendingView} */
export const PENDING_VIEW = shared[Symbol.for('kaimedia.pendingView')]
