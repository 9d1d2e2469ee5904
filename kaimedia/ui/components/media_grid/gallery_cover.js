// @ts-check
// The gallery's first items over the page that is left, from the press on the gallery's link until the grid is there.
import { drawFirstItems } from './first_cards.js'

/** @import { FirstWindow } from './types.d.ts' */

const LONGEST_MS = 4000 // then the page below is shown, whatever it is
const LOOK_MS = 50
const GRID_MS = 1600 // how long the grid may take to remove it; one that drew its first cards just before does not
const GRID = '.st-key-gallery_grid'

/** Whether the grid has cards of its own. */
export function isGridDrawn() {
  const parts = document.querySelectorAll(`${GRID} *`)
  return Array.from(parts).some(part => part.shadowRoot?.querySelector('.card'))
}

/**
 * The grid removes it (`takePlace` in sources.js).
 * @param {FirstWindow} first
 * @param {string} path of the gallery
 */
export function coverPage(first, path) {
  const app = document.querySelector('.stApp')
  if (!app) return
  const cover = document.createElement('div')
  cover.className = 'kai-first-items kai-over-page'
  cover.ariaHidden = 'true'
  const { backgroundColor, colorScheme } = getComputedStyle(app)
  Object.assign(cover.style, { backgroundColor, colorScheme })
  const holder = document.createElement('div')
  cover.append(holder)
  document.body.append(cover)
  drawFirstItems(holder, first)
  removeWhenLeft(cover, path)
}

/**
 * @param {HTMLElement} cover
 * @param {string} path
 */
function removeWhenLeft(cover, path) {
  const since = performance.now()
  let wasThere = false
  let drawnSince = Number.POSITIVE_INFINITY
  /** @param {Event} event */
  const onPress = ({ target }) => {
    if (target instanceof Element && target.closest('a')) cover.remove()
  }
  const onBack = () => cover.remove()
  addEventListener('click', onPress, true)
  addEventListener('popstate', onBack)
  const looking = setInterval(() => {
    const now = performance.now()
    const isThere = location.pathname === path
    if (isGridDrawn()) drawnSince = Math.min(drawnSince, now)
    if ((wasThere && !isThere) || now - since > LONGEST_MS || now - drawnSince > GRID_MS) cover.remove()
    wasThere ||= isThere
    if (cover.isConnected) return
    clearInterval(looking)
    removeEventListener('click', onPress, true)
    removeEventListener('popstate', onBack)
  }, LOOK_MS)
}
