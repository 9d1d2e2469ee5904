// @ts-check
// The gallery's first items, which the page's HTML has: `html` in kaimedia/ui/gallery/first_window.py.

/** @import { FirstWindow } from './types.d.ts' */

const DATA = '#kai-first-window'
const DRAWN = '.kai-first-items'

/** @returns {FirstWindow | null} null without any */
export function firstWindow() {
  const data = /** @type {HTMLElement | null} */ (document.querySelector(DATA))
  return data?.textContent ? { ...JSON.parse(data.textContent), isCopied: data.dataset.copied === '' } : null
}

// The same, once: later it is out of date.
export function takeFirstWindow() {
  const found = firstWindow()
  document.querySelector(DATA)?.remove()
  document.documentElement.dataset.kaiGallery = ''
  return found
}

/** Whether a gallery was shown since the page was loaded: the next one has its filters and its place. */
export const wasGalleryShown = () => document.documentElement.dataset.kaiGallery === ''

/** Where they are drawn until the grid takes their place; null afterwards. */
export const drawnItems = () => /** @type {HTMLElement | null} */ (document.querySelector(DRAWN))

/**
 * Takes them over from the gallery's page, which another page has asked for.
 * @param {Document} page
 */
export function copyFirstWindow(page) {
  const data = /** @type {HTMLElement | null} */ (page.querySelector(DATA)?.cloneNode(true) ?? null)
  document.querySelector(DATA)?.remove()
  if (!data) return
  data.dataset.copied = ''
  document.body.append(data)
}
