// An item opened during a page change: its viewer was removed with the old page, so the new page's grid opens it.
const HANDOVER_MS = 8000

class Handover {
  constructor() {
    this.steppedAt = -1
    addEventListener('popstate', () => { this.steppedAt = performance.now() }, true)
  }

  // A viewer opened before a history step was closed by that step.
  give(id, openedAt) {
    if (id != null && openedAt > this.steppedAt) this.pending = { id, until: performance.now() + HANDOVER_MS }
    OUTBOX.grid?.takeHandover()
  }

  get id() { return this.pending && performance.now() < this.pending.until ? this.pending.id : null }
}

const HANDOVER = (globalThis[Symbol.for('kaimedia.handover')] ??= new Handover())
