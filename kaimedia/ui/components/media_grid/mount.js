// @ts-check
// Called by Streamlit on mount, with new data, and on theme changes. The host element may be removed or reattached.
import { Grid } from './grid.js'
import { STYLES } from './styles.js'

/** @import { ComponentArgs } from './types.d.ts' */

/** @type {WeakMap<ShadowRoot, Grid>} */
const GRIDS = new WeakMap()
const SHEET = new CSSStyleSheet()
SHEET.replaceSync(STYLES) // one for all grids of the page

/**
 * @param {ComponentArgs} args
 * @returns {() => void} to call when it is removed
 */
export default function (args) {
  const shadow = args.parentElement
  const known = GRIDS.get(shadow)
  const isKnown = known && shadow.contains(known.root)
  if (!isKnown) {
    const scope = /** @type {ShadowRoot} */ (shadow.getRootNode())
    if (!scope.adoptedStyleSheets.includes(SHEET)) scope.adoptedStyleSheets.push(SHEET)
  }
  const grid = isKnown ? known : new Grid(shadow)
  GRIDS.set(shadow, grid)
  grid.update(args)
  return () =>
    setTimeout(() => {
      if (grid.isConnected || GRIDS.get(shadow) !== grid) return
      grid.destroy()
      GRIDS.delete(shadow)
    })
}
