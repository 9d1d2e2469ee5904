// Month headings of a gallery sorted by time.
const MONTH_LINE_PX = 40
const MONTH_GAP_PX = 22

// Rows that never mix two months; `months` as [name, index of its first cell].
function inMonths(ratios, months, width) {
  const plan = new Plan(ratios)
  plan.leadPx = MONTH_LINE_PX
  months.forEach(([name, first], at) => {
    const end = months[at + 1]?.[1] ?? ratios.length
    const top = plan.height ? plan.height + MONTH_GAP_PX : 0
    plan.headings.push({ name, top })
    addRows(plan, justify(ratios.subarray(first, end), width), first, top + MONTH_LINE_PX)
  })
  return plan
}

class Months {
  constructor(grid) {
    this.grid = grid
    this.nodes = new Map()
    this.layer = make('div', { class: 'months' })
    grid.root.prepend(this.layer)
  }

  paint([from, to]) {
    const inView = (this.grid.plan?.headings ?? []).filter(({ top }) => top + MONTH_LINE_PX > from && top < to)
    const names = new Set(inView.map(({ name }) => name))
    for (const [name, node] of this.nodes) {
      if (names.has(name)) continue
      node.remove()
      this.nodes.delete(name)
    }
    for (const { name, top } of inView) {
      if (!this.nodes.has(name)) {
        const node = make('h2', { text: monthName(name) })
        this.nodes.set(name, node)
        this.layer.append(node)
      }
      this.nodes.get(name).style.top = `${top}px`
    }
  }
}
