// Ids in order with their aspect ratios: shared by both kinds of source.
class Sequence {
  constructor() {
    this.ids = []
    this.ratios = new Float32Array(0)
    this.months = []
    this.dropped = new Map() // id -> {index, ratio}: removed here, not yet confirmed by the server
  }

  // Arrays are replaced, never changed: the grid keeps the ones it drew from.
  arrange(ids, ratios) {
    this.ids = ids
    this.ratios = ratios
    this.index = null
  }

  indexOf(id) {
    this.index ??= new Map(this.ids.map((each, at) => [each, at]))
    return this.index.get(id) ?? -1
  }

  drop(ids) {
    const leaving = new Set(ids)
    this.ids.forEach((id, index) => {
      if (leaving.has(id)) this.dropped.set(id, { index, ratio: this.ratios[index] })
    })
    this.keep(id => !leaving.has(id))
  }

  keep(isKept) {
    const flags = this.ids.map(isKept)
    const ids = this.ids.filter((_, index) => flags[index])
    if (ids.length === this.ids.length) return
    this.months = this.months.map(([month, first]) => {
      let before = 0
      for (let index = 0; index < first; index++) before += flags[index] ? 1 : 0
      return [month, before]
    }).filter(([, first], at, all) => first < (all[at + 1]?.[1] ?? ids.length))
    this.arrange(ids, this.ratios.filter((_, index) => flags[index]))
  }

  // Restores them at their old positions; the server's order follows with the next update.
  bringBack(ids) {
    const back = ids.filter(id => this.dropped.has(id)).map(id => [id, this.dropped.get(id)]).sort((a, b) => a[1].index - b[1].index)
    const order = [...this.ids]
    const shapes = [...this.ratios]
    for (const [id, { index, ratio }] of back) {
      const at = Math.min(index, order.length)
      order.splice(at, 0, id)
      shapes.splice(at, 0, ratio)
      this.months = this.months.map(([month, first]) => [month, first > at ? first + 1 : first])
      this.dropped.delete(id)
    }
    if (back.length) this.arrange(order, Float32Array.from(shapes))
  }
}
