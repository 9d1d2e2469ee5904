// @ts-check
// The foot of the panel: what the prices are, the keys, and the button that ends choosing several models.
import { element } from '../../components/media_grid/dom.js'

export class Foot {
  /** @param {() => void} onDone */
  constructor(onDone) {
    this.note = element('p', { class: 'prices' })
    this.done = element('button', { class: 'done', type: 'button', hidden: true, onclick: onDone })
    const keys = element('p', { class: 'keys', 'aria-hidden': 'true' })
    for (const [key, what] of [
      ['Enter', 'choose'],
      ['Shift Enter', 'favorite'],
    ])
      keys.append(element('kbd', { text: key }), ` ${what} `)
    this.node = element('div', { class: 'foot' }, this.note, keys, this.done)
  }

  /** @param {string[] | null} others the models to compare with; null while only one is chosen */
  paint(others) {
    this.done.hidden = others === null
    this.done.textContent = others?.length ? `Compare ${others.length + 1} models` : 'Done'
  }
}
