// @ts-check
// Mouse clicks that the browser drops or sends to the wrong element, because the pressed control was rebuilt,
// moved or pushed away before the button was released. Such a click still takes effect, once. Touch
// needs no help: browsers look for the element under a tap when it ends.
import { targetIn } from './dom.js'
import { STILL_PX } from './selection.js'

/** @import { Grid } from './grid.js' */

/**
 * @typedef {object} Press
 * @property {import('./cards.js').Card | undefined} card
 * @property {HTMLElement | null} control
 * @property {string | undefined} act the control's `data-act`
 * @property {number} x
 * @property {number} y
 * @property {number | null | undefined} shown the id of the item in the viewer
 */

const LATE_CLICK_MS = 300

export class MissedClicks {
  /** @param {Grid} grid */
  constructor(grid) {
    this.grid = grid
    /** The press in progress. @type {Press | null} */
    this.down = null
    /** A press that had no click, and when it took effect. @type {(Press & { at: number }) | null} */
    this.repeated = null
    this.isStopped = false
    const { root } = grid
    root.addEventListener(
      'pointerdown',
      event => {
        this.down = this.pressOf(event)
      },
      true,
    )
    root.addEventListener('click', event => this.onClick(event), true)
    for (const kind of ['pointercancel', 'contextmenu', 'dragstart'])
      root.addEventListener(
        kind,
        () => {
          this.down = null
        },
        true,
      )
    /** @param {PointerEvent} event */
    this.onUp = event => this.onReleased(event)
    addEventListener('pointerup', this.onUp, true)
  }

  /**
   * The card with the button on it, or another control.
   * @param {Event} event
   */
  placeOf(event) {
    const card = this.grid.cardAt(event)
    const control = targetIn(event, card ? '[data-act]' : 'button, a')
    return { card, control, act: control?.dataset.act }
  }

  /** @param {PointerEvent} event */
  pressOf(event) {
    this.repeated = null
    const pressed = this.placeOf(event)
    if (event.pointerType !== 'mouse' || event.button !== 0 || (!pressed.card && !pressed.control)) return null
    return { ...pressed, x: event.clientX, y: event.clientY, shown: this.grid.viewer?.id }
  }

  /**
   * @param {Event} event
   * @param {Press} pressed
   */
  isSame(event, pressed) {
    const { card, control, act } = this.placeOf(event)
    return card || pressed.card ? card?.id === pressed.card?.id && act === pressed.act : control === pressed.control
  }

  /**
   * Runs before the click's own listeners, so that a late click is not handled twice.
   * @param {MouseEvent} event
   */
  onClick(event) {
    if (this.down && this.isSame(event, this.down)) this.down = null
    else if (this.down?.card && this.placeOf(event).card?.id === this.down.card.id) {
      event.stopImmediatePropagation() // the card moved under a still pointer: `repeat` handles the click
      return
    }
    if (!this.repeated || !event.detail || !this.isSame(event, this.repeated)) return
    if (performance.now() - this.repeated.at < LATE_CLICK_MS) event.stopImmediatePropagation()
    this.repeated = null
  }

  /** @param {PointerEvent} event */
  onReleased(event) {
    const { down } = this
    if (this.isStopped) removeEventListener('pointerup', this.onUp, true)
    if (!down || Math.hypot(event.clientX - down.x, event.clientY - down.y) > STILL_PX) this.down = null
    else setTimeout(() => this.repeat(down, event)) // the click, if there is one, belongs to the same task
  }

  /**
   * @param {Press} pressed
   * @param {PointerEvent} event
   */
  repeat(pressed, event) {
    if (this.down !== pressed) return
    this.down = null
    const { card, control, act } = pressed
    this.repeated = null
    if (!card) {
      if (this.grid.viewer?.id === pressed.shown) this.replacementOf(control)?.click() // otherwise it would apply to another item
    } else if (act === 'download') control?.click()
    else this.grid.actions.onPress(card, act, event)
    this.repeated = { ...pressed, at: performance.now() }
  }

  /**
   * The control that replaced a removed one; without a replacement the old one still works, as in confirmations and menus.
   * @param {HTMLElement | null} control
   * @returns {HTMLElement | null}
   */
  replacementOf(control) {
    const name = control?.dataset.do
    if (!control || control.isConnected || !name || name === 'note') return control
    return this.grid.root.querySelector(`[data-do="${name}"]`) ?? control
  }

  // The page may change while the button is down: wait for its release.
  stop() {
    this.isStopped = true
    if (!this.down) removeEventListener('pointerup', this.onUp, true)
  }
}
