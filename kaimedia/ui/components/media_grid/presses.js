// Mouse clicks that the browser drops or sends to the wrong element, because the pressed control was rebuilt,
// moved or pushed away before the button was released. Such a click still takes effect, once. Touch
// needs no help: browsers look for the element under a tap when it ends.
const PRESS_MISSED_MS = 300

class Presses {
  constructor(grid) {
    this.grid = grid
    const { root } = grid
    root.addEventListener('pointerdown', event => { this.down = this.noted(event) }, true)
    root.addEventListener('click', event => this.onClick(event), true)
    for (const kind of ['pointercancel', 'contextmenu', 'dragstart']) root.addEventListener(kind, () => { this.down = null }, true)
    this.onUp = event => this.onReleased(event)
    addEventListener('pointerup', this.onUp, true)
  }

  // The card with the button on it, or another control.
  pressedAt(event) {
    const card = this.grid.cardAt(event)
    const control = event.target.closest?.(card ? '[data-act]' : 'button, a')
    return { card, control, act: control?.dataset.act }
  }

  noted(event) {
    this.redone = null
    const pressed = this.pressedAt(event)
    if (event.pointerType !== 'mouse' || event.button !== 0 || (!pressed.card && !pressed.control)) return null
    return { ...pressed, x: event.clientX, y: event.clientY, shown: this.grid.viewer?.id }
  }

  isSame(event, pressed) {
    const { card, control, act } = this.pressedAt(event)
    return card || pressed.card ? card?.id === pressed.card?.id && act === pressed.act : control === pressed.control
  }

  // Runs before the click's own listeners, so that a late click is not handled twice.
  onClick(event) {
    if (this.down && this.isSame(event, this.down)) this.down = null
    else if (this.down?.card && this.pressedAt(event).card?.id === this.down.card.id) {
      event.stopImmediatePropagation() // the card moved under a still pointer: `redo` handles the click
      return
    }
    if (!this.redone || !event.detail || !this.isSame(event, this.redone)) return
    if (performance.now() - this.redone.at < PRESS_MISSED_MS) event.stopImmediatePropagation()
    this.redone = null
  }

  onReleased(event) {
    const { down } = this
    if (this.isOver) removeEventListener('pointerup', this.onUp, true)
    if (!down || Math.hypot(event.clientX - down.x, event.clientY - down.y) > STILL_PX) this.down = null
    else setTimeout(() => this.redo(down, event)) // the click, if there is one, belongs to the same task
  }

  redo(pressed, event) {
    if (this.down !== pressed) return
    this.down = null
    const { card, control, act } = pressed
    this.redone = null
    if (!card) {
      if (this.grid.viewer?.id === pressed.shown) this.standIn(control).click() // otherwise it would apply to another item
    } else if (act === 'download') control.click()
    else this.grid.onPress(card, act, event)
    this.redone = { ...pressed, at: performance.now() }
  }

  // The control that replaced a removed one; without a replacement the old one still works, as in confirmations and menus.
  standIn(control) {
    const name = control.dataset.do
    const isNamed = !control.isConnected && name && name !== 'note'
    return (isNamed && this.grid.root.querySelector(`[data-do="${name}"]`)) || control
  }

  // The page may change while the button is down: wait for its release.
  stop() {
    this.isOver = true
    if (!this.down) removeEventListener('pointerup', this.onUp, true)
  }
}
