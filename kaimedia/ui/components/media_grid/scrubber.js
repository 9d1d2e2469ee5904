// @ts-check
// The date scrubber at the right edge: years and months at their positions in the gallery.
import { element, found } from './dom.js'
import { monthName } from './format.js'

/** @import { Grid } from './grid.js' */
/** @import { Month } from './types.d.ts' */

const MIN_SCREENS = 3
const YEAR_GAP_PX = 18
const DOT_GAP_PX = 7
const SHOWN_MS = 1100

export class Scrubber {
  /** @param {Grid} grid */
  constructor(grid) {
    this.grid = grid
    this.node = found(grid.root, '.scrubber')
    this.rail = element('div', { class: 'rail', 'aria-hidden': 'true' })
    this.thumb = element('div', { class: 'thumb', 'aria-hidden': 'true' })
    this.bubble = element('div', { class: 'bubble', 'aria-hidden': 'true' })
    /** @type {Month[]} */
    this.months = []
    this.reach = 1
    this.railPx = 0
    /** The shown month, and the one last gone to: indexes of `months`. */
    this.month = 0
    /** @type {number | undefined} */
    this.targetMonth = undefined
    this.isDragging = false
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.hiding = undefined
    this.node.append(this.rail, this.thumb, this.bubble)
    this.node.addEventListener('pointerdown', event => this.onDown(event))
    this.node.addEventListener('pointermove', event => this.onMove(event))
    for (const kind of ['pointerup', 'pointercancel']) this.node.addEventListener(kind, () => this.onUp())
    this.node.addEventListener('pointerleave', () => {
      if (!this.isDragging) this.follow()
    })
    this.node.addEventListener('keydown', event => this.onKey(event))
  }

  // After each new layout.
  arrange() {
    const { grid } = this
    const { plan } = grid
    this.months = grid.source.months ?? []
    const view = grid.viewport.read()
    const isUseful = grid.source.isWhole && this.months.length >= 2 && plan.height > MIN_SCREENS * view.height
    this.node.hidden = !isUseful
    if (!isUseful) return
    this.reach = Math.max(1, plan.height - view.height + view.covered)
    this.node.setAttribute('aria-valuemin', '0')
    this.node.setAttribute('aria-valuemax', String(this.months.length - 1))
    this.drawRail()
    this.follow()
  }

  /** @param {number} index */
  shareOf(index) {
    return Math.min(1, this.grid.plan.topOf(index) / this.reach)
  }

  drawRail() {
    const height = this.rail.clientHeight
    this.railPx = height
    const marks = []
    let lastYear = ''
    let lastYearAt = -YEAR_GAP_PX
    let lastDotAt = -DOT_GAP_PX
    for (const [month, first] of this.months) {
      const at = this.shareOf(first) * height
      const year = month.slice(0, 4)
      if (year !== lastYear && at - lastYearAt >= YEAR_GAP_PX) {
        marks.push(element('span', { class: 'year', text: year, style: `top:${at.toFixed(1)}px` }))
        lastYearAt = at
        lastDotAt = at + 6
      } else if (at - lastDotAt >= DOT_GAP_PX) {
        marks.push(element('span', { class: 'dot', style: `top:${at.toFixed(1)}px` }))
        lastDotAt = at
      }
      lastYear = year
    }
    this.rail.replaceChildren(...marks)
  }

  /** @param {number} y */
  monthAt(y) {
    const { plan } = this.grid
    const index = plan.endOf(plan.rowAt(Math.max(0, y))) - 1
    let at = 0
    while (at + 1 < this.months.length && this.months[at + 1][1] <= index) at++
    return at
  }

  // Moves the thumb to the current scroll position.
  follow() {
    if (this.node.hidden || this.isDragging) return
    const { top, covered } = this.grid.viewport.read()
    const y = top + covered
    const month = this.isAtTarget(y) ? this.targetMonth : undefined
    this.put(Math.max(0, Math.min(1, y / this.reach)), month ?? this.monthAt(y + 8))
  }

  /**
   * A row may span several months, and the last months cannot scroll to the top: then the requested month is shown.
   * @param {number} y
   */
  isAtTarget(y) {
    const first = this.targetMonth === undefined ? undefined : this.months[this.targetMonth]?.[1]
    if (first === undefined) return false
    const { plan } = this.grid
    return plan.rowAt(y + 8) === plan.rowOf[first] || (y >= this.reach - 2 && plan.topOf(first) >= y)
  }

  /**
   * @param {number} share
   * @param {number} month index of `months`
   */
  put(share, month) {
    const y = share * this.railPx
    this.thumb.style.transform = `translateY(${y.toFixed(1)}px)`
    this.bubble.style.transform = `translateY(${y.toFixed(1)}px)`
    if (this.month === month && this.bubble.textContent) return
    this.month = month
    const name = monthName(this.months[month][0])
    this.bubble.textContent = name
    this.node.setAttribute('aria-valuenow', String(month))
    this.node.setAttribute('aria-valuetext', name)
  }

  // Shows the bubble while the page scrolls.
  flash() {
    if (this.node.hidden) return
    this.follow()
    this.node.classList.add('shown')
    clearTimeout(this.hiding)
    this.hiding = setTimeout(() => this.node.classList.remove('shown'), SHOWN_MS)
  }

  /** @param {PointerEvent} event */
  shareAt(event) {
    const box = this.rail.getBoundingClientRect()
    return Math.max(0, Math.min(1, (event.clientY - box.top) / box.height))
  }

  /** @param {PointerEvent} event */
  onDown(event) {
    event.preventDefault()
    this.node.focus({ preventScroll: true })
    this.node.setPointerCapture(event.pointerId)
    this.isDragging = true
    this.node.classList.add('dragging')
    this.jump(this.shareAt(event))
  }

  /** @param {PointerEvent} event */
  onMove(event) {
    const share = this.shareAt(event)
    if (this.isDragging) this.jump(share)
    else if (event.pointerType === 'mouse') {
      this.bubble.style.transform = `translateY(${(share * this.railPx).toFixed(1)}px)`
      this.bubble.textContent = monthName(this.months[this.monthAt(share * this.reach + 8)][0])
    }
  }

  onUp() {
    if (!this.isDragging) return
    this.isDragging = false
    this.node.classList.remove('dragging')
    this.flash()
  }

  /** @param {number} share */
  jump(share) {
    const y = share * this.reach
    this.targetMonth = undefined
    this.put(share, this.monthAt(y + 8))
    this.grid.viewport.scrollTo(y)
  }

  /** @param {number} month index of `months` */
  goTo(month) {
    const at = Math.max(0, Math.min(this.months.length - 1, month))
    this.targetMonth = at
    this.grid.viewport.scrollTo(this.grid.plan.topOf(this.months[at][1]) - this.grid.plan.leadPx)
    this.put(this.shareOf(this.months[at][1]), at)
    this.flash()
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    /** @type {Record<string, number>} */
    const steps = {
      ArrowDown: 1,
      ArrowRight: 1,
      ArrowUp: -1,
      ArrowLeft: -1,
      PageDown: 12,
      PageUp: -12,
      Home: -Infinity,
      End: Infinity,
    }
    const by = steps[event.key]
    if (!by) return
    event.preventDefault()
    event.stopPropagation()
    this.goTo(this.month + by)
  }

  stop() {
    clearTimeout(this.hiding)
  }
}
