// @ts-check
// Which of an item's stored images a browser loads.

/** @import { Item } from './types.d.ts' */

const THUMB_PX = 512
const LARGE_PX = 1024

/**
 * Sets the addresses of an item's thumbnails on an image that is drawn `width` pixels wide.
 * @param {HTMLImageElement} image
 * @param {Item} item with at least one thumbnail
 * @param {number} width
 * @param {boolean} hasFile whether it may load the file itself as well
 */
export function setSources(image, item, width, hasFile = false) {
  const { thumb, large } = item
  if (thumb && large && thumb !== large) {
    image.sizes = `${Math.ceil(width)}px`
    image.srcset = `${thumb} ${widthOf(item, THUMB_PX)}w, ${large} ${widthOf(item, LARGE_PX)}w`
    if (hasFile) image.srcset += `, ${item.file} ${item.w}w`
  }
  image.src = thumb || large
}

/**
 * Width of the stored thumbnail: its longest side is `longest` pixels, or the image's own if smaller.
 * @param {Item} item
 * @param {number} longest
 */
function widthOf(item, longest) {
  return Math.max(1, Math.round(item.w * Math.min(1, longest / Math.max(item.w, item.h))))
}
