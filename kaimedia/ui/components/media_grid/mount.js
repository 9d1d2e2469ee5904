// Called by Streamlit on mount, with new data, and on theme changes. The host element may be removed or reattached.
const GRIDS = new WeakMap()
const SHEET = new CSSStyleSheet()
SHEET.replaceSync(STYLES) // one for all grids of the page

export default function (args) {
  const shadow = args.parentElement
  let grid = GRIDS.get(shadow)
  if (!grid || !shadow.contains(grid.root)) {
    const scope = shadow.getRootNode()
    if (!scope.adoptedStyleSheets.includes(SHEET)) scope.adoptedStyleSheets.push(SHEET)
    grid = new Grid(shadow)
    GRIDS.set(shadow, grid)
  }
  grid.update(args)
  return () => setTimeout(() => {
    if (grid.isConnected || GRIDS.get(shadow) !== grid) return
    grid.destroy()
    GRIDS.delete(shadow)
  })
}
