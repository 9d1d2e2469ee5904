// @ts-check
// The grid's viewport: what is visible, how fast it scrolls, and how to scroll it.

/** @import { View } from './types.d.ts' */

const ABOVE = 0.75 // screens drawn above the view
const BELOW = 1.9
const TALL_PX = 1400 // on taller screens less is enough
const FAST_PX_MS = 5
const SETTLE_MS = 110
const PHONE_PX = 768
const HEADER_PX = 62
const TOOLBAR_PX = 136

export class Viewport {
  /**
   * @param {HTMLElement} holder
   * @param {(isSettled: boolean) => void} onMove
   */
  constructor(holder, onMove) {
    this.holder = holder
    this.onMove = onMove
    this.scroller = this.findScroller()
    this.frame = 0
    this.isFast = false
    /** The view during a scroll frame. @type {View | null} */
    this.held = null
    /** When and where the view was last measured; 0 while it rests. */
    this.at = 0
    this.lastTop = 0
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.settling = undefined
    this.onScroll = () => {
      this.frame ||= requestAnimationFrame(() => {
        this.frame = 0
        this.moved()
      })
    }
    this.target().addEventListener('scroll', this.onScroll, { passive: true })
  }

  findScroller() {
    const root = this.holder.getRootNode()
    /** @type {Element | null} */
    let node = root instanceof ShadowRoot ? root.host : this.holder
    for (; node; node = node.parentElement) {
      if (/auto|scroll/.test(getComputedStyle(node).overflowY)) return node
    }
    return document.scrollingElement ?? document.documentElement
  }

  target() {
    return this.scroller === document.scrollingElement ? window : this.scroller
  }

  get isWhole() {
    return this.scroller === document.scrollingElement
  }

  /**
   * `top`: the grid's pixel at the upper edge of the scroller; negative while something is above the grid.
   * `covered`: how many pixels below that edge the header and the toolbar cover. Measured once per scroll frame.
   * @returns {View}
   */
  read() {
    if (this.held) return this.held
    const top = (this.isWhole ? 0 : this.scroller.getBoundingClientRect().top) - this.holder.getBoundingClientRect().top
    const covered = innerWidth < PHONE_PX ? HEADER_PX : Math.min(TOOLBAR_PX, this.scroller.scrollTop - top)
    return { top, covered, height: this.scroller.clientHeight }
  }

  moved() {
    const now = performance.now()
    this.held = null
    this.held = this.read()
    const { top } = this.held
    const speed = this.at ? Math.abs(top - this.lastTop) / Math.max(8, now - this.at) : 0
    this.at = now
    this.lastTop = top
    this.isFast = speed > FAST_PX_MS
    clearTimeout(this.settling)
    this.settling = setTimeout(() => {
      this.isFast = false
      this.at = 0
      this.onMove(true)
    }, SETTLE_MS)
    this.onMove(false)
    this.held = null
  }

  /** @param {View} view */
  range(view) {
    const share = view.height > TALL_PX ? 0.5 : 1
    return [view.top - view.height * ABOVE * share, view.top + view.height * (1 + (BELOW - 1) * share)]
  }

  /**
   * Scrolls pixel `y` of the grid to below the covered area, `offset` further down.
   * @param {number} y
   */
  scrollTo(y, offset = 0) {
    const { top, covered } = this.read()
    const by = y - top - covered - offset
    if (Math.abs(by) >= 1) this.scroller.scrollTop += by
  }

  /**
   * Scrolls only as far as needed to show the whole cell.
   * @param {number} top
   * @param {number} height
   */
  show(top, height) {
    const view = this.read()
    const upper = view.top + view.covered + 8
    const lower = view.top + view.height - 24
    if (top < upper || height > lower - upper) this.scroller.scrollTop += top - upper
    else if (top + height > lower) this.scroller.scrollTop += top + height - lower
  }

  stop() {
    this.target().removeEventListener('scroll', this.onScroll)
    cancelAnimationFrame(this.frame)
    clearTimeout(this.settling)
  }
}
