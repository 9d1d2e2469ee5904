// @ts-check
// Tags and collections of the shown item: chips with a cross, and a field that adds one.
import { element, focusedBeside, labelled } from './dom.js'

export const VIEWER_MAX_TAG_CHARS = 40
export const VIEWER_MAX_COLLECTION_CHARS = 80
/**
 * @param {string} one
 * @param {string} other
 */
export const isSameName = (one, other) => one.localeCompare(other, undefined, { sensitivity: 'accent' }) === 0
/** @param {string} text */
const cleanName = text =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: pasted text may contain them
    .replace(/[\u0000-\u001f\u007f]/g, ' ')
    .trim()
    .replace(/\s+/g, ' ')

/**
 * `id` is a collection's, null until the server has created it.
 * @typedef {{ label: string, id?: number | null }} Row
 *
 * `add` is the label of the button, `most` the number of characters; `onAsk` is called when the field opens.
 * @typedef {object} ChipsSpec
 * @property {string} name
 * @property {string} title
 * @property {string} icon
 * @property {string} add
 * @property {string} hint
 * @property {number} most
 * @property {() => void} onAsk
 * @property {(text: string) => void} onAdd
 * @property {(row: Row) => void} onRemove
 */

export class ViewerChips {
  /** @param {ChipsSpec} spec */
  constructor(spec) {
    this.spec = spec
    /** @type {Row[]} */
    this.rows = []
    this.state = ''
    this.list = element('ul', { class: 'chips', 'aria-label': spec.title })
    this.input = element('input', {
      class: 'chip-field',
      maxlength: spec.most,
      'aria-label': spec.add,
      placeholder: spec.hint,
      autocomplete: 'off',
      list: `kai-known-${spec.name}`,
      enterkeyhint: 'done',
      hidden: true,
    })
    this.known = element('datalist', { id: `kai-known-${spec.name}` })
    this.button = labelled('button', 'plus', spec.add, {
      class: 'chip-add',
      'aria-label': `Add: ${spec.add.toLowerCase()}`,
      title: spec.hint,
      type: 'button',
      'data-do': `add-${spec.name}`,
      onclick: () => this.showInput(),
    })
    this.input.addEventListener('keydown', event => this.onKey(event))
    this.input.addEventListener('blur', () => this.input.value.trim() || this.stop())
    this.node = element(
      'section',
      { class: 'chips-of', hidden: true, 'aria-label': spec.title },
      element('i', { icon: spec.icon }),
      this.list,
      this.button,
      this.input,
      this.known,
    )
  }

  /**
   * Null `rows` hide the part; `known` are suggestions.
   * @param {Row[] | null} rows
   * @param {string[]} known
   */
  paint(rows, known) {
    this.node.hidden = rows === null
    if (rows === null) return
    const state = JSON.stringify([rows, known])
    if (state === this.state) return
    this.state = state
    this.rows = rows
    const held = this.list.contains(focusedBeside(this.node))
    this.list.replaceChildren(
      ...rows.map(row =>
        element(
          'li',
          {},
          element('span', { text: row.label }),
          element('button', {
            type: 'button',
            class: 'mini',
            'aria-label': `Remove ${row.label}`,
            icon: 'close',
            onclick: () => this.spec.onRemove(row),
          }),
        ),
      ),
    )
    this.list.hidden = !rows.length
    this.known.replaceChildren(...known.filter(text => !this.has(text)).map(text => element('option', { value: text })))
    if (held) (this.list.querySelector('button') ?? this.button).focus()
  }

  /** @param {string} text */
  has(text) {
    return this.rows.some(row => isSameName(row.label, text))
  }

  showInput() {
    this.button.hidden = true
    this.input.hidden = false
    this.input.focus()
    this.spec.onAsk()
  }

  stop(isFocused = false) {
    this.input.value = ''
    this.input.hidden = true
    this.button.hidden = false
    if (isFocused) this.button.focus()
  }

  // Another item is shown: discard half-typed text.
  leave() {
    const isTyping = focusedBeside(this.node) === this.input
    this.stop()
    return isTyping
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    event.stopPropagation() // keys type text here, they are not viewer shortcuts
    if (event.key === 'Escape') {
      event.preventDefault()
      this.stop(true)
    } else if (event.key === 'Enter' || event.key === ',') {
      event.preventDefault()
      const text = cleanName(this.input.value)
      if (!text) return
      this.input.value = ''
      if (!this.has(text)) this.spec.onAdd(text)
    }
  }
}
