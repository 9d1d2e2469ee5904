// @ts-check
// Month headings of a gallery sorted by time.
import { element } from './dom.js'
import { monthName } from './format.js'
import { MONTH_LINE_PX } from './layout.js'

/** @import { Grid } from './grid.js' */

export class Months {
  /** @param {Grid} grid */
  constructor(grid) {
    this.grid = grid
    /** The drawn headings by month. @type {Map<string, HTMLElement>} */
    this.nodes = new Map()
    this.layer = element('div', { class: 'months' })
    grid.root.prepend(this.layer)
  }

  /** @param {[number, number]} range top and bottom of what is drawn */
  paint([from, to]) {
    const inView = (this.grid.plan?.headings ?? []).filter(({ top }) => top + MONTH_LINE_PX > from && top < to)
    const names = new Set(inView.map(({ name }) => name))
    for (const [name, node] of this.nodes) {
      if (names.has(name)) continue
      node.remove()
      this.nodes.delete(name)
    }
    for (const { name, top } of inView) {
      const node = this.nodes.get(name) ?? element('h2', { text: monthName(name) })
      node.style.top = `${top}px`
      if (this.nodes.has(name)) continue
      this.nodes.set(name, node)
      this.layer.append(node)
    }
  }
}
