// Where one stands: by the id at the top of the view, so that it holds when others come and go.
const REMEMBER_MS = 250
const RESTORE_AT_MS = [0, 50, 150, 300]
const KEPT_MARKS = new Map() // feed's name -> mark, for coming back to the page

class Anchor {
  constructor(grid) {
    this.grid = grid
    this.stopRestoring = () => { this.restoring?.forEach(clearTimeout); this.restoring = null }
    for (const kind of ['wheel', 'touchstart', 'keydown', 'pointerdown']) addEventListener(kind, this.stopRestoring, { passive: true, capture: true })
  }

  // Nothing at the very top: there, what is new simply appears.
  mark() {
    const { plan, ids, window } = this.grid
    if (!plan?.count) return null
    const { top, covered } = window.read()
    const edge = top + covered
    if (edge <= 4) return null
    const index = plan.firsts[plan.rowAt(edge)]
    if (this.grid.stage.holds(index)) return null // the stage stays where it is, whatever stands on it
    return { id: ids[index], index, ids, offset: plan.topOf(index) - edge }
  }

  // The marked one, or the next of its old neighbours that is still there.
  indexOf(mark) {
    for (let index = mark.index; index < mark.ids.length; index++) {
      const found = this.grid.source.indexOf(mark.ids[index])
      if (found >= 0) return found
    }
    return this.grid.ids.length - 1
  }

  hold(mark) {
    const { plan, window } = this.grid
    if (!mark || !plan.count) return
    window.scrollTo(plan.topOf(this.indexOf(mark)), mark.offset)
  }

  // Streamlit scrolls to the top when the page changes: only what lasts is kept.
  remember() {
    clearTimeout(this.timer)
    const name = this.grid.source?.name
    if (!name || this.restoring) return
    const mark = this.mark()
    this.timer = setTimeout(() => {
      if (!this.grid.isConnected) return
      if (mark) KEPT_MARKS.set(name, mark)
      else KEPT_MARKS.delete(name)
    }, REMEMBER_MS)
  }

  comeBack() {
    const mark = KEPT_MARKS.get(this.grid.source.name)
    if (!mark) return
    this.stopRestoring()
    this.restoring = RESTORE_AT_MS.map((after, at) => setTimeout(() => {
      this.hold(mark)
      this.grid.paint()
      if (at === RESTORE_AT_MS.length - 1) this.restoring = null
    }, after))
  }

  stop() {
    clearTimeout(this.timer)
    this.stopRestoring()
    for (const kind of ['wheel', 'touchstart', 'keydown', 'pointerdown']) removeEventListener(kind, this.stopRestoring, { capture: true })
  }
}
