// @ts-check
// Counts the seconds in the labels of running tasks, so that Python need not draw the queue again for them.

/**
 * @typedef {object} Count
 * @property {string} since when the task began, as Python says it
 * @property {number} startedMs the same on this page's clock
 *
 * @typedef {[string, string, number][]} Running task id, since when, seconds passed when Python drew it
 */

const EVERY_MS = 250
const PASSED = / · (?:\d+ s|\d+ min \d+ s|\d+ h \d+ min)(?= · |$)/

/**
 * A duration as Python's `ui_text.elapsed` writes it: "45 s", "2 min 5 s", "1 h 3 min".
 * @param {number} seconds
 */
export function durationText(seconds) {
  const whole = Math.max(0, Math.floor(seconds))
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

/**
 * The status line with another duration: "Generating · 34% · 22 s" becomes "Generating · 34% · 23 s".
 * @param {string} line
 * @param {number} seconds
 */
export const withPassed = (line, seconds) => line.replace(PASSED, ` · ${durationText(seconds)}`)

export class ElapsedTimes {
  constructor() {
    /** @type {Map<string, Count>} */
    this.counts = new Map()
    this.timer = setInterval(() => this.paint(), EVERY_MS)
  }

  /**
   * The earliest start is the most exact one: the others arrived later after they were drawn.
   * @param {Running} running
   */
  update(running) {
    const now = performance.now()
    const before = this.counts
    this.counts = new Map(
      running.map(([id, since, passed]) => {
        const known = before.get(id)
        const startedMs = now - passed * 1000
        return [id, { since, startedMs: known?.since === since ? Math.min(known.startedMs, startedMs) : startedMs }]
      }),
    )
  }

  paint() {
    for (const [id, { startedMs }] of this.counts) {
      const line = document.querySelector(`.st-key-queue [class*="_${id}"] summary p`)?.lastChild
      if (!(line instanceof Text)) continue
      const wanted = withPassed(line.data, (performance.now() - startedMs) / 1000)
      if (line.data !== wanted) line.data = wanted
    }
  }

  stop() {
    clearInterval(this.timer)
  }
}
