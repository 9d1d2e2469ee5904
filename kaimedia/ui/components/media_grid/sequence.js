// @ts-check
// Ids in order with their aspect ratios: shared by both kinds of source.

/** @import { Details, Dropped, Month } from './types.d.ts' */

export class Sequence {
  constructor() {
    /** @type {number[]} */
    this.ids = []
    /** Width divided by height of each. @type {Float32Array} */
    this.ratios = new Float32Array(0)
    /** Only of a source sorted by time. @type {Month[]} */
    this.months = []
    /** By id: removed here, not yet confirmed by the server. @type {Map<number, Dropped>} */
    this.dropped = new Map()
    /** The number of items, also of those not in `ids`; -1 while unknown. */
    this.total = 0
    /** Whether all ids are known. */
    this.isWhole = false
    /** Whether Python has more items to send. */
    this.hasMore = false
    /** Why the last request failed. @type {any} */
    this.error = null
    /** The details that came with the data. @type {Details | null} */
    this.details = null
    /** The signed key of the gallery API. */
    this.key = ''
    /** The filter this is, '' for a list. */
    this.name = ''
    /** Positions by id, made when needed. @type {Map<number, number> | null} */
    this.index = null
  }

  /**
   * Arrays are replaced, never changed: the grid keeps the ones it drew from.
   * @param {number[]} ids
   * @param {Float32Array} ratios
   */
  arrange(ids, ratios) {
    this.ids = ids
    this.ratios = ratios
    this.index = null
  }

  /** @param {number} id */
  indexOf(id) {
    this.index ??= new Map(this.ids.map((each, at) => [each, at]))
    return this.index.get(id) ?? -1
  }

  /** @param {number[]} ids */
  drop(ids) {
    const leaving = new Set(ids)
    this.ids.forEach((id, index) => {
      if (leaving.has(id)) this.dropped.set(id, { index, ratio: this.ratios[index] })
    })
    this.keep(id => !leaving.has(id))
  }

  /** @param {(id: number, index: number) => boolean} isKept */
  keep(isKept) {
    const flags = this.ids.map(isKept)
    const ids = this.ids.filter((_, index) => flags[index])
    if (ids.length === this.ids.length) return
    /** @type {Month[]} */
    const months = this.months.map(([month, first]) => {
      let before = 0
      for (let index = 0; index < first; index++) before += flags[index] ? 1 : 0
      return [month, before]
    })
    this.months = months.filter(([, first], at, all) => first < (all[at + 1]?.[1] ?? ids.length))
    this.arrange(
      ids,
      this.ratios.filter((_, index) => flags[index]),
    )
  }

  /**
   * Restores them at their old positions; the server's order follows with the next update.
   * @param {number[]} ids
   */
  restore(ids) {
    const wanted = new Set(ids)
    const back = [...this.dropped].filter(([id]) => wanted.has(id)).sort(([, a], [, b]) => a.index - b.index)
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
