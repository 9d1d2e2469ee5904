// Events on their way to Python. Streamlit keeps only the newest value of a trigger when presses follow each other
// closely, so every value holds all that Python has not acknowledged yet, numbered.
const RESEND_MS = 1500
const MOST_RESEND_MS = 12_000

class Outbox {
  constructor() {
    this.sid = Date.now().toString(36) + Math.random().toString(36).slice(2, 12)
    this.last = 0
    this.waiting = []
    this.pauseMs = RESEND_MS
  }

  put(event) {
    this.waiting.push({ n: ++this.last, ...event })
    this.post()
  }

  // `heard` is the session id and the number of the last event Python has done.
  acknowledge(heard) {
    const [sid, n] = heard ?? []
    if (sid !== this.sid) return
    const before = this.waiting.length
    this.waiting = this.waiting.filter(event => event.n > n)
    if (this.waiting.length < before) this.pauseMs = RESEND_MS
    if (!this.waiting.length) this.stop()
  }

  post() {
    this.trigger?.('event', { sid: this.sid, events: [...this.waiting], at: Date.now() })
    clearTimeout(this.timer)
    // Longer each time: a new request cuts a slow run short before it could answer.
    this.timer = setTimeout(() => {
      this.pauseMs = Math.min(MOST_RESEND_MS, this.pauseMs * 2)
      this.post()
    }, this.pauseMs)
  }

  stop() { clearTimeout(this.timer) }
}
