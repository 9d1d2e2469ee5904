// @ts-check
// Points, rectangles and shares of a mask; pixels of the image unless said otherwise. Pure.

/** @import { Rectangle, Size } from './types.d.ts' */

const OPAQUE = 128 // of 255; edges of strokes are blurred

/**
 * A point of the screen as a point of the image.
 * @param {{ clientX: number, clientY: number }} event
 * @param {{ left: number, top: number, width: number, height: number }} box of the image on the screen
 * @param {Size} size
 * @returns {[number, number]}
 */
export function pointAt({ clientX, clientY }, box, { width, height }) {
  return [((clientX - box.left) / box.width) * width, ((clientY - box.top) / box.height) * height]
}

/**
 * The whole pixels between two corners, in any order, inside the image; null where nothing is left.
 * @param {[number, number]} from
 * @param {[number, number]} to
 * @param {Size} size
 * @returns {Rectangle | null}
 */
export function rectangleOf(from, to, size) {
  const [left, right] = span(from[0], to[0], size.width)
  const [top, bottom] = span(from[1], to[1], size.height)
  return right > left && bottom > top ? { x: left, y: top, width: right - left, height: bottom - top } : null
}

/**
 * @param {number} a
 * @param {number} b
 * @param {number} most
 */
function span(a, b, most) {
  const clamped = [Math.min(a, b), Math.max(a, b)].map(value => Math.min(most, Math.max(0, Math.round(value))))
  return /** @type {[number, number]} */ (clamped)
}

/**
 * The rectangle that four fields say, inside the image; null where one is not a number or nothing is left.
 * @param {{ left: number, top: number, width: number, height: number }} fields
 * @param {Size} size
 */
export function rectangleIn({ left, top, width, height }, size) {
  if (![left, top, width, height].every(Number.isFinite)) return null
  return rectangleOf([left, top], [left + width, top + height], size)
}

/**
 * The share of painted pixels, 0 to 1.
 * @param {ArrayLike<number>} rgba four bytes for each pixel
 */
export function shareOf(rgba) {
  let painted = 0
  for (let at = 3; at < rgba.length; at += 4) if (rgba[at] >= OPAQUE) painted++
  return rgba.length ? painted / (rgba.length / 4) : 0
}

/**
 * "12 % painted"; a little is not nothing, and nearly all is not all.
 * @param {number} share
 */
export function shareText(share) {
  if (share <= 0) return 'Nothing painted yet'
  if (share < 0.01) return 'Less than 1 % painted'
  return `${share < 1 ? Math.min(99, Math.round(share * 100)) : 100} % painted`
}

/**
 * Makes pixels either the color of what changes or the other one, in place.
 * @param {Uint8ClampedArray} rgba
 * @param {number} changed the gray of painted pixels, 0 or 255
 */
export function toMask(rgba, changed) {
  for (let at = 0; at < rgba.length; at += 4) {
    const gray = rgba[at + 3] >= OPAQUE ? changed : 255 - changed
    rgba[at] = rgba[at + 1] = rgba[at + 2] = gray
    rgba[at + 3] = 255
  }
}

/**
 * The opposite: makes pixels of that gray `color`, all others transparent, in place.
 * @param {Uint8ClampedArray} rgba
 * @param {number} changed
 * @param {[number, number, number]} color
 */
export function fromMask(rgba, changed, color) {
  for (let at = 0; at < rgba.length; at += 4) {
    const isChanged = (rgba[at] + rgba[at + 1] + rgba[at + 2]) / 3 >= OPAQUE === changed >= OPAQUE
    rgba[at] = color[0]
    rgba[at + 1] = color[1]
    rgba[at + 2] = color[2]
    rgba[at + 3] = isChanged ? 255 : 0
  }
}
