// @ts-check
// Keeps the cards in sync with the viewport: only cards in the window are in the DOM.
import { Card } from './cards.js'

/** @import { Grid } from './grid.js' */
/** @import { CardNode } from './types.d.ts' */

const CLOSE_MS = 200
const SHOWN_CHECK_MS = 25

export class Painter {
  /** @param {Grid} grid */
  constructor(grid) {
    this.grid = grid
    /** The drawn cards by id. @type {Map<number, Card>} */
    this.cards = new Map()
    /** @type {Card | undefined} */
    this.reachable = undefined
  }

  animate() {
    this.grid.holder.classList.add('moving')
    clearTimeout(this.moving)
    this.moving = setTimeout(() => this.grid.holder.classList.remove('moving'), CLOSE_MS + 40)
  }

  paint() {
    const { plan, ids, viewport, source } = this.grid
    if (!plan) return
    const view = viewport.read()
    const [from, to] = this.grid.isFitted ? [-Infinity, Infinity] : viewport.range(view)
    this.grid.months.paint([from, to])
    /** @type {Set<number>} */
    const shown = new Set()
    /** @type {number[]} */
    const inView = []
    /** @type {number[]} */
    const around = []
    /** @type {HTMLElement | null} */
    let before = null
    for (let row = plan.rowAt(from); row < plan.rows && plan.tops[row] < to; row++) {
      const isInView = plan.tops[row] + plan.heights[row] > view.top && plan.tops[row] < view.top + view.height
      for (let index = plan.firsts[row]; index < plan.endOf(row); index++) {
        const id = ids[index]
        shown.add(id)
        ;(isInView ? inView : around).push(id)
        before = this.draw(id, index, isInView, before)
      }
    }
    this.clearOthers(shown)
    this.order(shown)
    this.keepReachable(plan.firsts[plan.rowAt(view.top + view.covered)])
    if (!viewport.isFast) source.want([...inView, ...around], this.beyond(from, to, view.height))
    if (source.hasMore && plan.height - view.top < view.height * 3) this.grid.sources.askForMore()
  }

  /**
   * Waits until every visible image has loaded or failed, with a time limit.
   * @param {number} longestMs
   */
  async whenShown(longestMs) {
    const until = performance.now() + longestMs
    /** @param {Card} card */
    const isComing = ({ image }) => image?.fetchPriority === 'high' && !image.complete
    while (performance.now() < until && [...this.cards.values()].some(isComing)) {
      await new Promise(go => setTimeout(go, SHOWN_CHECK_MS))
    }
  }

  /**
   * The next items on both sides, not drawn yet.
   * @param {number} from
   * @param {number} to
   * @param {number} screen
   */
  beyond(from, to, screen) {
    const { plan, ids } = this.grid
    if (!Number.isFinite(from)) return []
    const first = plan.firsts[plan.rowAt(from - screen * 0.5)]
    const start = plan.firsts[plan.rowAt(from)]
    const end = plan.endOf(plan.rowAt(to))
    return [...ids.slice(end, plan.endOf(plan.rowAt(to + screen * 1.5))), ...ids.slice(first, start)]
  }

  /**
   * @param {number} id
   * @param {number} index
   * @param {boolean} isInView
   * @param {HTMLElement | null} before
   */
  draw(id, index, isInView, before) {
    let card = this.cards.get(id)
    if (!card || card.isGone) {
      card = new Card(id, this.grid)
      this.cards.set(id, card)
      if (before) before.after(card.node)
      else this.grid.holder.prepend(card.node)
    }
    card.place(this.grid.plan, index, this.grid.total)
    const item = this.grid.viewport.isFast && !card.item ? null : this.grid.source.get(id)
    if (item) card.fill(item, isInView)
    else if (!card.item) card.setFailed(this.grid.source.hasFailed(id))
    return card.node
  }

  /**
   * In gallery order, for screen readers. The focused card is not moved, since it
   * would lose the focus; the others are placed around it.
   * @param {Set<number>} ids
   */
  order(ids) {
    const { holder, shadow } = this.grid
    /** @param {Node} node */
    const isOther = node => {
      const { card } = /** @type {Partial<CardNode>} */ (node)
      return !card || card.isGone || !ids.has(card.id)
    }
    let next = holder.firstChild
    for (const id of ids) {
      const node = this.cards.get(id)?.node
      if (!node) continue
      while (next && isOther(next)) next = next.nextSibling
      if (next === node || node.contains(shadow.activeElement)) next = node.nextSibling
      else holder.insertBefore(node, next)
    }
  }

  /** @param {Set<number>} shown */
  clearOthers(shown) {
    const focused = this.grid.shadow.activeElement
    for (const [id, card] of this.cards) {
      if (shown.has(id)) continue
      const isLeaving = this.grid.source.indexOf(id) < 0
      if (!isLeaving && card.node.contains(focused)) {
        card.place(this.grid.plan, this.grid.source.indexOf(id), this.grid.total)
        continue
      }
      this.cards.delete(id)
      if (isLeaving && this.grid.holder.classList.contains('moving')) this.fade(card)
      else card.node.remove()
    }
  }

  /** @param {Card} card */
  fade(card) {
    card.isGone = true
    card.node.inert = true
    card.node.classList.add('gone')
    setTimeout(() => card.node.remove(), CLOSE_MS)
  }

  /**
   * One card is reachable by Tab: the active one, or the first in view while that is far away.
   * @param {number} fallback
   */
  keepReachable(fallback) {
    const card = this.cards.get(this.grid.ids[this.grid.active]) ?? this.cards.get(this.grid.ids[fallback])
    if (card !== this.reachable) this.reachable?.setReachable(false)
    card?.setReachable(true)
    this.reachable = card
  }
}
