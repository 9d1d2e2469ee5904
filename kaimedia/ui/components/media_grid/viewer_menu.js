// @ts-check
// A button with a menu, inside the viewer: the ARIA menu button pattern.
import { element } from './dom.js'

/** @typedef {[string, string, (menu: ViewerMenu) => unknown]} MenuRow label, hint or '', action; 'stay' leaves it open */

export class ViewerMenu {
  /**
   * `rows` is called each time the menu opens.
   * @param {HTMLElement} button
   * @param {() => MenuRow[]} rows
   */
  constructor(button, rows) {
    this.button = button
    this.rows = rows
    this.list = element('div', { class: 'menu', role: 'menu', hidden: true, 'aria-label': button.textContent.trim() })
    this.node = element('div', { class: 'menu-of' }, button, this.list)
    button.setAttribute('aria-haspopup', 'menu')
    button.setAttribute('aria-expanded', 'false')
    button.addEventListener('click', () => (this.isOpen ? this.close(true) : this.open(this.rows())))
    this.node.addEventListener('keydown', event => this.onKey(event))
    this.node.addEventListener(
      'focusout',
      ({ relatedTarget }) => relatedTarget instanceof Node && !this.node.contains(relatedTarget) && this.close(),
    )
  }

  get items() {
    return /** @type {HTMLElement[]} */ ([...this.list.children])
  }

  get isOpen() {
    return !this.list.hidden
  }

  /** @param {MenuRow[]} rows */
  open(rows) {
    this.list.replaceChildren(
      ...rows.map(([label, hint, run]) =>
        element(
          'button',
          {
            role: 'menuitem',
            type: 'button',
            tabindex: -1,
            onclick: () => {
              if (run(this) !== 'stay') this.close(true)
            },
          },
          element('span', { text: label }),
          hint && element('small', { text: hint }),
        ),
      ),
    )
    this.list.hidden = false
    this.button.setAttribute('aria-expanded', 'true')
    this.items[0]?.focus()
  }

  /** Shows rows that changed while it is open; the focus stays where it was. */
  renew() {
    if (!this.isOpen) return
    const at = this.items.findIndex(each => each.matches(':focus'))
    this.open(this.rows())
    this.items[Math.max(at, 0)]?.focus()
  }

  close(isFocused = false) {
    if (!this.isOpen) return
    this.list.hidden = true
    this.button.setAttribute('aria-expanded', 'false')
    if (isFocused && this.button.isConnected) this.button.focus()
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (!this.isOpen) {
      if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
      this.open(this.rows())
      if (event.key === 'ArrowUp') this.items.at(-1)?.focus()
    } else {
      const all = this.items
      const at = all.findIndex(each => each.matches(':focus'))
      /** @type {Record<string, number>} */
      const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }
      if (event.key === 'Escape') this.close(true)
      else if (event.key === 'Tab') return this.close(true)
      else if (event.key in moves) all.at(moves[event.key] % all.length)?.focus()
      else return event.stopPropagation()
    }
    event.preventDefault()
    event.stopPropagation()
  }
}
