// @ts-check
// The painted layer: a canvas of the image's size, opaque where it is painted.
import { fromMask, shareOf, toMask } from './geometry.js'

/** @import { Size, Step } from './types.d.ts' */

/** @type {[number, number, number]} */
const COLOR = [255, 45, 120]
const FILL = `rgb(${COLOR.join(' ')})`
const MEASURED_PX = 256 // longest side of the copy that is counted

export class Layer {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas
    this.context = contextOf(canvas)
    /** The mask that was there at first. @type {HTMLCanvasElement | null} */
    this.first = null
  }

  /** @param {Size} size */
  begin({ width, height }) {
    this.canvas.width = width
    this.canvas.height = height
    this.first = null
  }

  /**
   * Begins with a mask, of which that gray (0 or 255) is painted.
   * @param {HTMLImageElement} mask
   * @param {number} changed
   */
  beginWith(mask, changed) {
    const { width, height } = this.canvas
    this.first = blank(width, height)
    const context = contextOf(this.first)
    context.drawImage(mask, 0, 0, width, height)
    const pixels = context.getImageData(0, 0, width, height)
    fromMask(pixels.data, changed, COLOR)
    context.putImageData(pixels, 0, 0)
  }

  /**
   * @param {Step[]} steps
   * @param {boolean} isFromEmpty
   */
  show(steps, isFromEmpty) {
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height)
    if (this.first && !isFromEmpty) this.context.drawImage(this.first, 0, 0)
    for (const step of steps) this.apply(step)
  }

  /** @param {Step} step */
  apply(step) {
    const { context } = this
    const { width, height } = this.canvas
    context.save()
    context.fillStyle = context.strokeStyle = FILL
    if (step.kind === 'clear') context.clearRect(0, 0, width, height)
    else if (step.kind === 'invert') {
      context.globalCompositeOperation = 'source-out'
      context.fillRect(0, 0, width, height)
    } else {
      context.globalCompositeOperation = step.erase ? 'destination-out' : 'source-over'
      if (step.kind === 'rectangle') context.fillRect(step.x, step.y, step.width, step.height)
      else this.stroke(step.points, step.size)
    }
    context.restore()
  }

  /**
   * @param {[number, number][]} points
   * @param {number} size the brush's diameter
   */
  stroke(points, size) {
    const { context } = this
    context.lineWidth = size
    context.lineCap = context.lineJoin = 'round'
    context.beginPath()
    for (const [x, y] of points) context.lineTo(x, y)
    if (points.length === 1) context.lineTo(points[0][0] + 0.01, points[0][1]) // else a dot would not be drawn
    context.stroke()
  }

  get share() {
    const { width, height } = this.canvas
    const scale = Math.min(1, MEASURED_PX / Math.max(width, height))
    const small = blank(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)))
    const context = contextOf(small)
    context.drawImage(this.canvas, 0, 0, small.width, small.height)
    return shareOf(context.getImageData(0, 0, small.width, small.height).data)
  }

  /**
   * The mask as a PNG of the image's size, black and white.
   * @param {number} changed the gray of what is painted, 0 or 255
   * @returns {Promise<string>} base64
   */
  async png(changed) {
    const { width, height } = this.canvas
    const pixels = this.context.getImageData(0, 0, width, height)
    toMask(pixels.data, changed)
    const mask = blank(width, height)
    contextOf(mask).putImageData(pixels, 0, 0)
    return mask.toDataURL('image/png').split(',', 2)[1]
  }
}

/**
 * @param {number} width
 * @param {number} height
 */
function blank(width, height) {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  return canvas
}

/** @param {HTMLCanvasElement} canvas */
const contextOf = canvas =>
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }))
