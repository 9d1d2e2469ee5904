// @ts-check
// The scroll position, by the id at the top of the view, so that it survives added and removed items.

/** @import { Grid } from './grid.js' */
/** @import { Mark } from './types.d.ts' */

const REMEMBER_MS = 250
const RESTORE_AT_MS = [0, 50, 150, 300]
// By the source's name, for returning to the page.
/** @type {Map<string, Mark>} */
export const SAVED_MARKS = new Map()

export class Anchor {
  /** @param {Grid} grid */
  constructor(grid) {
    this.grid = grid
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined
    /** @type {ReturnType<typeof setTimeout>[] | null} */
    this.restoring = null
    this.stopRestoring = () => {
      this.restoring?.forEach(timer => {
        clearTimeout(timer)
      })
      this.restoring = null
    }
    for (const kind of ['wheel', 'touchstart', 'keydown', 'pointerdown'])
      addEventListener(kind, this.stopRestoring, { passive: true, capture: true })
  }

  // No mark at the very top: new items simply appear there.
  mark() {
    const { plan, ids, viewport } = this.grid
    if (!plan?.count) return null
    const { top, covered } = viewport.read()
    const edge = top + covered
    if (edge <= 4) return null
    const index = plan.firsts[plan.rowAt(edge)]
    if (this.grid.stage.holds(index)) return null // the stage stays in place, whatever it shows
    return { id: ids[index], index, ids, offset: plan.topOf(index) - edge }
  }

  /**
   * The marked item, or the next of its old neighbors that still exists.
   * @param {Mark} mark
   */
  indexOf(mark) {
    for (let index = mark.index; index < mark.ids.length; index++) {
      const found = this.grid.source.indexOf(mark.ids[index])
      if (found >= 0) return found
    }
    return this.grid.ids.length - 1
  }

  /** @param {Mark | null} mark */
  hold(mark) {
    const { plan, viewport } = this.grid
    if (!mark || !plan.count) return
    viewport.scrollTo(plan.topOf(this.indexOf(mark)), mark.offset)
  }

  // Streamlit scrolls to the top on a page change, so save a position only after a delay.
  remember() {
    clearTimeout(this.timer)
    const name = this.grid.source?.name
    if (!name || this.restoring) return
    const mark = this.mark()
    this.timer = setTimeout(() => {
      if (!this.grid.isConnected) return
      if (mark) SAVED_MARKS.set(name, mark)
      else SAVED_MARKS.delete(name)
    }, REMEMBER_MS)
  }

  restore() {
    const mark = SAVED_MARKS.get(this.grid.source.name)
    if (!mark) return
    this.stopRestoring()
    this.restoring = RESTORE_AT_MS.map((after, at) =>
      setTimeout(() => {
        this.hold(mark)
        this.grid.paint()
        if (at === RESTORE_AT_MS.length - 1) this.restoring = null
      }, after),
    )
  }

  stop() {
    clearTimeout(this.timer)
    this.stopRestoring()
    for (const kind of ['wheel', 'touchstart', 'keydown', 'pointerdown'])
      removeEventListener(kind, this.stopRestoring, { capture: true })
  }
}
