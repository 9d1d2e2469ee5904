// @ts-check
// Items that came with the data: results of one task, or a gallery without our routes.
import { monthsOf } from './format.js'
import { RequestError } from './gallery_api.js'
import { clampedRatio } from './layout.js'
import { Sequence } from './sequence.js'

/** @import { GridData, Item, SourceOwner } from './types.d.ts' */

export class ListSource extends Sequence {
  constructor() {
    super()
    this.isWhole = true
    /** @type {Map<number, Item>} */
    this.items = new Map()
  }

  /**
   * `more` means that there are further pages. A `viewer_only` item is only for the viewer. `details` describes
   * the last opened item, without the gallery API; it is empty before the first.
   * @param {GridData} data
   */
  take({ items: received, total, more, byTime, details }) {
    this.details = details
    this.items = new Map(received.map(item => [item.id, item]))
    const items = received.filter(item => !item.viewer_only)
    this.hasMore = more
    this.total = total
    this.arrange(
      items.map(item => item.id),
      Float32Array.from(items, clampedRatio),
    )
    this.months = byTime ? monthsOf(items) : []
    this.dropped.clear()
  }

  /** @param {number[]} ids */
  drop(ids) {
    super.drop(ids)
    this.total = Math.max(this.ids.length, this.total - ids.length)
  }

  /** @param {number} id */
  get(id) {
    return this.items.get(id)
  }

  /** @param {number} id */
  async one(id) {
    return this.items.get(id) ?? null
  }

  /**
   * @param {number[]} ids
   * @param {boolean} on
   */
  setFavorite(ids, on) {
    for (const id of ids) {
      const item = this.items.get(id)
      if (item) item.fav = on
    }
  }

  /**
   * What the gallery API would answer, as far as it came with the data; raises RequestError otherwise.
   * @param {string} path
   * @param {Record<string, string | number>} params
   * @returns {Promise<any>}
   */
  async request(path, { id }) {
    if (path === 'details' && id === this.details?.id) return this.details
    throw new RequestError(404)
  }

  /** @param {number} _id */
  hasFailed(_id) {
    return false
  }

  /**
   * Nothing is loaded later.
   * @param {number[]} _near
   * @param {number[]} _far
   */
  want(_near, _far) {}

  /** @param {SourceOwner} _owner */
  stop(_owner) {}
}
