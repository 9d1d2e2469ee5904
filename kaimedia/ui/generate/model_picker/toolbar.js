// @ts-check
// The filters above the list.
import { element } from '../../components/media_grid/dom.js'
import { MODE_NAMES, makersOf } from './filter.js'

/** @import { Data, Mode } from './types.d.ts' */

const ANY_MAKER = 'All makers'
/** @type {Mode[]} */
const MODES = ['image', 'video']

/**
 * @param {string} kind
 * @param {string} text
 * @param {() => void} onPress
 * @param {string} [icon]
 */
function chip(kind, text, onPress, icon) {
  const children = [icon && element('i', { icon }), element('span', { text })]
  return element(
    'button',
    { class: `chip ${kind}`, type: 'button', 'aria-pressed': 'false', onclick: onPress },
    ...children,
  )
}

export class Toolbar {
  /** @param {() => void} onChange */
  constructor(onChange) {
    this.onChange = onChange
    /** @type {Mode} */
    this.mode = 'image'
    this.ability = -1
    this.isTaking = false
    /** @type {Map<number, HTMLElement>} */
    this.abilities = new Map()
    this.taking = chip('taking', '', () => this.change(() => this.setTaking(!this.isTaking)), 'reference')
    this.modes = MODES.map(mode => chip('mode', MODE_NAMES[mode], () => this.change(() => this.setMode(mode)), mode))
    this.makers = element('select', { class: 'makers', 'aria-label': 'Maker', onchange: () => this.onChange() })
    this.chips = element('div', { class: 'chips', role: 'group', 'aria-label': 'What it does' })
    this.number = element('span', { class: 'count', role: 'status' })
    const modes = element('div', { class: 'modes', role: 'group', 'aria-label': 'What to create' }, ...this.modes)
    const line = element('div', { class: 'tools' }, modes, this.makers, this.taking, this.number)
    this.node = element('div', { class: 'toolbar' }, line, this.chips)
    /** @type {Data | null} */
    this.data = null
  }

  /** @param {() => void} act */
  change(act) {
    act()
    this.onChange()
  }

  /**
   * As it is when the panel opens.
   * @param {Data} data
   */
  reset(data) {
    this.mode = data.mode
    this.ability = -1
    this.isTaking = Boolean(data.hand)
    this.makers.value = ''
    this.update(data)
  }

  clear() {
    this.ability = -1
    this.makers.value = ''
    this.isTaking = false
    this.paint()
  }

  /** @param {Data} data */
  update(data) {
    this.data = data
    if (!data.hand) this.isTaking = false
    this.paint()
  }

  /** @param {Mode} mode */
  setMode(mode) {
    if (mode === this.mode) return
    this.mode = mode
    this.ability = -1
    this.paint()
  }

  /** @param {boolean} isTaking */
  setTaking(isTaking) {
    this.isTaking = isTaking
    this.paint()
  }

  paint() {
    const { data } = this
    if (!data) return
    MODES.forEach((mode, at) => {
      this.modes[at].setAttribute('aria-pressed', String(mode === this.mode))
    })
    this.taking.hidden = !data.hand
    const text = /** @type {HTMLElement} */ (this.taking.querySelector('span'))
    text.textContent = `Takes my ${data.hand}`
    this.taking.setAttribute('aria-pressed', String(this.isTaking))
    this.paintMakers(data)
    this.paintChips(data)
  }

  /** @param {Data} data */
  paintMakers({ models }) {
    const makers = ['', ...makersOf(models.filter(({ mode }) => mode === this.mode))]
    const { value } = this.makers
    this.makers.replaceChildren(...makers.map(maker => element('option', { value: maker, text: maker || ANY_MAKER })))
    this.makers.value = makers.includes(value) ? value : ''
  }

  /** @param {Data} data */
  paintChips({ abilities, models }) {
    const offered = abilities.flatMap((ability, place) =>
      ability.mode === this.mode && models.some(({ does }) => does.includes(place)) ? place : [],
    )
    for (const place of offered) {
      let node = this.abilities.get(place)
      if (!node) {
        node = chip('ability', abilities[place].label, () =>
          this.change(() => {
            this.ability = this.ability === place ? -1 : place
            this.paint()
          }),
        )
        this.abilities.set(place, node)
      }
      node.setAttribute('aria-pressed', String(this.ability === place))
    }
    const nodes = offered.flatMap(place => this.abilities.get(place) ?? [])
    if ([...this.chips.children].some((node, at) => node !== nodes[at]) || this.chips.children.length !== nodes.length)
      this.chips.replaceChildren(...nodes) // otherwise the pressed chip would lose the focus
  }

  /** @param {Data} data */
  filters(data) {
    return {
      mode: this.mode,
      ability: this.ability,
      maker: this.makers.value,
      fitting: this.isTaking ? new Set(data.fitting) : null,
    }
  }

  /** @param {number} total */
  count(total) {
    const text = total === 1 ? '1 model' : `${total} models`
    if (this.number.textContent !== text) this.number.textContent = text
  }
}
