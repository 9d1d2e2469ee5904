// An item that was opened while the page was changing: the viewer went with the old page, the new page's grid opens it.
const HANDOVER_MS = 8000

class Handover {
  constructor() {
    this.steppedAt = -1
    addEventListener('popstate', () => { this.steppedAt = performance.now() }, true)
  }

  // A viewer that was open at a step through the history was left by that step.
  give(id, openedAt) {
    if (id != null && openedAt > this.steppedAt) this.given = { id, until: performance.now() + HANDOVER_MS }
    OUTBOX.grid?.takeHandover()
  }

  get id() { return this.given && performance.now() < this.given.until ? this.given.id : null }
}

const HANDOVER = (globalThis[Symbol.for('kaimedia.handover')] ??= new Handover())
