// @ts-check
// The selected ids, including those not loaded yet.
import { SelectionBar } from './selection_bar.js'

/** @import { Grid } from './grid.js' */

const LONG_PRESS_MS = 450
export const STILL_PX = 10

export class Selection {
  /** @param {Grid} grid */
  constructor(grid) {
    this.grid = grid
    /** @type {Set<number>} */
    this.chosen = new Set()
    /** Where a range begins. @type {number | undefined} */
    this.anchor = undefined
    /** What the last range added. @type {number[]} */
    this.range = []
    this.wasLong = false
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.pressing = undefined
    this.bar = new SelectionBar(grid, this)
    this.watchLongPress()
    // Also when the focus was lost with the clicked button.
    this.onKey = (/** @type {KeyboardEvent} */ event) => {
      if (event.key === 'Escape' && !event.defaultPrevented && document.activeElement === document.body) this.clear()
    }
    addEventListener('keydown', this.onKey)
  }

  /** @param {number} id */
  has(id) {
    return this.chosen.has(id)
  }

  get isOn() {
    return this.chosen.size > 0
  }

  get ids() {
    return this.grid.ids.filter(id => this.chosen.has(id))
  }

  /**
   * Toggles `id`; with `isRange`, selects everything from the last one to here.
   * @param {number} id
   */
  pick(id, isRange = false) {
    if (isRange && this.anchor !== undefined && this.grid.indexOfId(this.anchor) >= 0) this.pickRange(this.anchor, id)
    else {
      if (!this.chosen.delete(id)) this.chosen.add(id)
      this.anchor = id
      this.range = []
    }
    this.changed()
  }

  /**
   * Shift with an arrow key: from the start to the focused item.
   * @param {number} fromId
   */
  reach(fromId) {
    if (this.anchor === undefined) this.pick(fromId)
    this.pick(this.grid.ids[this.grid.active], true)
  }

  /**
   * A second range from the same start replaces the first.
   * @param {number} from
   * @param {number} to
   */
  pickRange(from, to) {
    for (const id of this.range) this.chosen.delete(id)
    const [first, last] = [this.grid.indexOfId(from), this.grid.indexOfId(to)].sort((a, b) => a - b)
    const all = this.grid.ids.slice(first, last + 1)
    this.range = all.filter(id => !this.chosen.has(id))
    for (const id of all) this.chosen.add(id)
  }

  all() {
    if (!this.grid.total) return
    this.chosen = new Set(this.grid.ids)
    this.anchor = this.grid.ids[0]
    this.range = []
    this.changed()
  }

  clear() {
    if (!this.isOn) return
    const hadFocus = this.bar.hasFocus
    this.chosen.clear()
    this.anchor = undefined
    this.changed()
    if (hadFocus) this.grid.refocus()
  }

  // Deselects items that left the gallery.
  prune() {
    const before = this.chosen.size
    if (!before) return
    for (const id of this.chosen) if (this.grid.indexOfId(id) < 0) this.chosen.delete(id)
    if (this.chosen.size !== before) this.changed()
  }

  changed() {
    const { grid } = this
    grid.root.classList.toggle('selecting', this.isOn)
    document.body.toggleAttribute('data-selecting', this.isOn)
    for (const card of grid.cards.values()) card.repaint()
    this.bar.draw()
    const count = this.chosen.size
    grid.live.say(count ? `${count.toLocaleString()} selected` : 'Nothing selected')
  }

  watchLongPress() {
    const { holder } = this.grid
    /** @type {{ x: number, y: number } | null} */
    let from = null
    const cancel = () => {
      clearTimeout(this.pressing)
      from = null
    }
    holder.addEventListener('pointerdown', event => {
      this.wasLong = false
      const card = this.grid.cardAt(event)
      if (event.pointerType === 'mouse' || !card || !this.grid.selectable) return
      from = { x: event.clientX, y: event.clientY }
      this.pressing = setTimeout(() => {
        from = null
        this.wasLong = true
        navigator.vibrate?.(8)
        this.pick(card.id)
      }, LONG_PRESS_MS)
    })
    holder.addEventListener('pointermove', event => {
      if (from && Math.hypot(event.clientX - from.x, event.clientY - from.y) > STILL_PX) cancel()
    })
    for (const kind of ['pointerup', 'pointercancel', 'pointerleave']) holder.addEventListener(kind, cancel)
    holder.addEventListener('contextmenu', event => {
      if (from || this.wasLong) event.preventDefault()
    })
  }

  // Ignores the click that ends a long press.
  takeLongPress() {
    const wasLong = this.wasLong
    this.wasLong = false
    return wasLong
  }

  stop() {
    clearTimeout(this.pressing)
    removeEventListener('keydown', this.onKey)
    if (this.isOn) document.body.removeAttribute('data-selecting')
  }
}
