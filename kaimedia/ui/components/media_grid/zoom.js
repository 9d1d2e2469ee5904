// @ts-check
// Zoom and pan of the image in the viewer: wheel, pinch, drag, double tap. Scale 1 is "fits the window".
import { prefersReducedMotion, targetIn } from './dom.js'

/** @typedef {{ gap: number, clientX: number, clientY: number }} Pinch two fingers: their distance and middle */

export const ZOOM_STEP = 1.5
const ZOOM_MAX = 4 // times the larger of fit and 100 %
const SWIPE_PX = 56
const ZOOM_TAP_MS = 320
const ZOOM_TAP_PX = 24
const ZOOM_GLIDE_MS = 140

/**
 * How far an image of `size` px can move either way in a window of `room` px without showing its edge.
 * @param {number} size
 * @param {number} room
 */
const zoomSlack = (size, room) => Math.max(0, (size - room) / 2)
/**
 * @param {number} value
 * @param {number} most
 */
const zoomClamp = (value, most) => Math.max(-most, Math.min(most, value))

export class Zoom {
  /**
   * `hold` is the window, `stage` the image centered in it; `onChange` is called on a new scale,
   * `onSwipe(by)` on a sideways swipe while the image fits.
   * @param {HTMLElement} hold
   * @param {HTMLElement} stage
   * @param {() => void} onChange
   * @param {(by: number) => void} onSwipe
   */
  constructor(hold, stage, onChange, onSwipe) {
    this.hold = hold
    this.stage = stage
    this.onChange = onChange
    this.onSwipe = onSwipe
    /** The pressed pointers by id. @type {Map<number, PointerEvent>} */
    this.points = new Map()
    /** The press that began the gesture, and its last moves. @type {PointerEvent | null} */
    this.start = null
    /** @type {PointerEvent[]} */
    this.trail = []
    /** @type {PointerEvent | null} */
    this.lastTap = null
    this.shift = 0
    this.gap = 0
    this.isTouch = false
    this.isPinched = false
    this.reset(null)
    hold.addEventListener('wheel', event => this.onWheel(event), { passive: false })
    hold.addEventListener('pointerdown', event => this.onDown(event))
    hold.addEventListener('pointermove', event => this.onMove(event))
    hold.addEventListener('pointerup', event => this.onUp(event))
    hold.addEventListener('pointercancel', event => this.onUp(event))
    hold.addEventListener('dragstart', event => event.preventDefault())
    hold.addEventListener('dblclick', event => !this.isTouch && this.toggle(event))
  }

  /**
   * A new item: `full` is its real width in px, or null if it cannot be zoomed.
   * @param {number | null} full
   */
  reset(full) {
    this.full = full
    this.scale = 1
    this.x = this.y = this.shift = 0
    this.points.clear()
    this.isDragged = false
    this.draw(false)
  }

  get canZoom() {
    return this.full !== null && this.stage.offsetWidth > 0
  }
  get isZoomed() {
    return this.scale > 1.001
  }
  get pixelScale() {
    return (this.full ?? 0) / this.stage.offsetWidth
  } // the scale at which 1 px of the file is 1 px here
  get most() {
    return Math.max(1, this.pixelScale) * ZOOM_MAX
  }
  get percent() {
    return this.canZoom ? Math.round((this.scale / this.pixelScale) * 100) : 100
  }

  // Zoom of a double click: 100%, or twice the size if the file is barely larger than the window.
  get closer() {
    return this.pixelScale > 1.15 ? this.pixelScale : 2
  }

  /**
   * @param {number} factor
   * @param {{ clientX: number, clientY: number } | null} at
   */
  by(factor, at = null, isSmooth = true) {
    this.to(this.scale * factor, at, isSmooth)
  }

  /**
   * Scales so that the point `at` stays under the pointer; the middle without it.
   * @param {number} scale
   * @param {{ clientX: number, clientY: number } | null} at
   */
  to(scale, at = null, isSmooth = true) {
    if (!this.canZoom) return
    const wanted = Math.max(1, Math.min(this.most, scale))
    const before = this.middle()
    const away = at ? { x: at.clientX - before.x, y: at.clientY - before.y } : { x: 0, y: 0 }
    const grown = wanted / this.scale
    this.x = away.x - (away.x - this.x) * grown
    this.y = away.y - (away.y - this.y) * grown
    this.scale = wanted
    this.onChange() // may change the available space
    const after = this.middle()
    this.x += before.x - after.x
    this.y += before.y - after.y
    this.bound()
    this.draw(isSmooth)
  }

  fit() {
    this.to(1)
  }
  /** @param {{ clientX: number, clientY: number } | null} at */
  toggle(at) {
    this.isZoomed ? this.fit() : this.to(this.closer, at)
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  pan(x, y, isSmooth = false) {
    this.x += x
    this.y += y
    this.bound()
    this.draw(isSmooth)
  }

  /**
   * The window size changed: keep the visible size, within the bounds.
   * @param {number} before the image's width before, px
   */
  keep(before) {
    if (this.isZoomed && this.stage.offsetWidth)
      this.scale = Math.max(1, (this.scale * before) / this.stage.offsetWidth)
    this.bound()
    this.draw(false)
  }

  middle() {
    const box = this.hold.getBoundingClientRect()
    const style = getComputedStyle(this.hold)
    const inset = (parseFloat(style.paddingTop) - parseFloat(style.paddingBottom)) / 2
    return { x: box.left + box.width / 2, y: box.top + box.height / 2 + (inset || 0) }
  }

  bound() {
    this.x = zoomClamp(this.x, zoomSlack(this.stage.offsetWidth * this.scale, this.hold.clientWidth))
    this.y = zoomClamp(this.y, zoomSlack(this.stage.offsetHeight * this.scale, this.hold.clientHeight))
  }

  /** @param {boolean} isSmooth */
  draw(isSmooth) {
    this.stage.style.transition =
      isSmooth && !prefersReducedMotion() ? 'transform .2s cubic-bezier(.2, .7, .2, 1)' : 'none'
    const isStill = !this.isZoomed && !this.shift
    this.stage.style.transform = isStill
      ? 'none'
      : `translate(${this.x + this.shift}px, ${this.y}px) scale(${this.scale})`
  }

  /** @param {WheelEvent} event */
  onWheel(event) {
    if (!this.canZoom) return
    event.preventDefault()
    const px = event.deltaY * (event.deltaMode === 1 ? 18 : 1)
    this.by(Math.exp(-zoomClamp(px, 120) * (event.ctrlKey ? 0.01 : 0.0024)), event, false)
  }

  /** @param {PointerEvent} event */
  onDown(event) {
    this.isTouch = event.pointerType !== 'mouse'
    if (event.button !== 0 || targetIn(event, 'button, a')) return
    if (!this.points.size) {
      this.isDragged = false
      this.start = event
      this.trail = []
    }
    this.points.set(event.pointerId, event)
    if (event.pointerType === 'mouse' && this.isZoomed) event.preventDefault()
    if (this.points.size === 2) {
      this.gap = this.pinch().gap
      this.shift = 0
    }
  }

  pinch() {
    const [a, b] = [...this.points.values()]
    return {
      gap: Math.max(8, Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY)),
      clientX: (a.clientX + b.clientX) / 2,
      clientY: (a.clientY + b.clientY) / 2,
    }
  }

  /** @param {PointerEvent} event */
  onMove(event) {
    const before = this.points.get(event.pointerId)
    const { start } = this
    if (!before || !start) return
    if (event.pointerType === 'mouse' && !event.buttons) return this.onUp(event)
    const old = this.points.size === 2 ? this.pinch() : null
    this.points.set(event.pointerId, event)
    if (Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) > 4) this.isDragged = true
    if (old) return this.onPinch(old)
    if (this.points.size > 1 || !this.isDragged) return
    if (this.isZoomed) return this.onDrag(event, before)
    if (this.isTouch && this.maySwipe(start)) {
      this.shift = event.clientX - start.clientX
      this.draw(false)
    }
  }

  /**
   * The bottom of a video holds its own controls.
   * @param {PointerEvent} start
   */
  maySwipe(start) {
    const video = targetIn(start, 'video')
    return !video || start.clientY < video.getBoundingClientRect().bottom - 72
  }

  /** @param {Pinch} old */
  onPinch(old) {
    const now = this.pinch()
    this.isDragged = this.isPinched = true
    if (!this.canZoom) return
    this.x += now.clientX - old.clientX
    this.y += now.clientY - old.clientY
    this.by(now.gap / old.gap, now, false)
  }

  /**
   * @param {PointerEvent} event
   * @param {PointerEvent} before
   */
  onDrag(event, before) {
    if (!this.hold.hasPointerCapture(event.pointerId)) this.hold.setPointerCapture(event.pointerId)
    this.trail = [...this.trail.filter(each => event.timeStamp - each.timeStamp < 90), event]
    this.pan(event.clientX - before.clientX, event.clientY - before.clientY)
  }

  /** @param {PointerEvent} event */
  onUp(event) {
    if (!this.points.delete(event.pointerId) || this.points.size) return
    const wasPinched = this.isPinched
    this.isPinched = false
    if (this.isZoomed) {
      if (this.isDragged && !wasPinched) this.glide(event)
      else if (!this.isDragged) this.onTap(event)
      return
    }
    const moved = this.shift
    this.shift = 0
    this.draw(true)
    if (event.type === 'pointercancel' || wasPinched) return
    if (Math.abs(moved) > SWIPE_PX) this.onSwipe(moved < 0 ? 1 : -1)
    else if (!this.isDragged) this.onTap(event)
  }

  /** @param {PointerEvent} event */
  glide(event) {
    const first = this.trail[0]
    const took = first ? event.timeStamp - first.timeStamp : 0
    if (took < 8 || prefersReducedMotion()) return
    const reach = ZOOM_GLIDE_MS / took
    this.pan((event.clientX - first.clientX) * reach, (event.clientY - first.clientY) * reach, true)
  }

  /** @param {PointerEvent} event */
  onTap(event) {
    const last = this.lastTap
    this.lastTap = event
    if (!this.isTouch || !last || event.timeStamp - last.timeStamp > ZOOM_TAP_MS) return
    if (Math.hypot(event.clientX - last.clientX, event.clientY - last.clientY) > ZOOM_TAP_PX) return
    this.lastTap = null
    this.toggle(event)
  }
}
