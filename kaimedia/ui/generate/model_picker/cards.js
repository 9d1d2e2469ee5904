// @ts-check
// The cards of the list. A card is an option, so it contains nothing that takes the focus: its heart is for mouse and
// touch; the keyboard has Shift+Enter, and the page a button beside the picker's.
import { element } from '../../components/media_grid/dom.js'

/** @import { Model } from './types.d.ts' */

/**
 * What a screen reader says.
 * @param {Model} model
 * @param {boolean} isFavorite
 */
export function spoken(model, isFavorite) {
  const marks = [isFavorite && 'favorite', model.isNew && 'new', model.retired, model.listing, model.record]
  return [model.label, model.maker, model.tagline, model.price, model.time, ...marks].filter(Boolean).join(', ')
}

/** @param {Model} model */
function build(model) {
  const marks = element(
    'span',
    { class: 'marks' },
    model.isNew && element('b', { class: 'mark new', text: 'New' }),
    model.retired && element('b', { class: 'mark retired', text: 'Retired' }),
    model.badge && element('b', { class: 'mark listing', text: model.badge }),
  )
  return element(
    'div',
    { class: 'card', role: 'option', id: `model-${model.id}`, 'data-id': model.id },
    element(
      'div',
      { class: 'head' },
      element('span', { class: 'name', text: model.label }),
      marks,
      element('i', { class: 'tick', icon: 'check' }),
    ),
    element('div', { class: 'tagline', text: model.retired ?? model.listing ?? model.tagline ?? '' }),
    element(
      'div',
      { class: 'facts' },
      element('span', { text: model.maker }),
      element('span', { text: model.price }),
      model.time && element('span', { text: model.time }),
      model.record && element('span', { class: 'record', text: model.record }),
    ),
    element(
      'span',
      { class: 'heart', 'data-act': 'favorite', 'aria-hidden': 'true' },
      element('i', { class: 'empty', icon: 'heart' }),
      element('i', { class: 'full', icon: 'heartFull' }),
    ),
  )
}

export class Cards {
  constructor() {
    /** By model id. @type {Map<string, { model: Model, node: HTMLElement }>} */
    this.known = new Map()
  }

  /**
   * The card of a model, as it is now.
   * @param {Model} model
   * @param {{ isChosen: boolean, isFavorite: boolean, isFixed?: boolean }} is with `isFixed` it stays as it is
   */
  node(model, is) {
    let known = this.known.get(model.id)
    if (known?.model !== model) {
      known = { model, node: build(model) }
      this.known.set(model.id, known)
    }
    const { node } = known
    node.setAttribute('aria-selected', String(is.isChosen))
    node.setAttribute('aria-label', spoken(model, is.isFavorite))
    node.classList.toggle('favorite', is.isFavorite)
    if (model.isRefused || is.isFixed) node.setAttribute('aria-disabled', 'true')
    else node.removeAttribute('aria-disabled')
    node.classList.toggle('refused', Boolean(model.isRefused))
    return node
  }
}
