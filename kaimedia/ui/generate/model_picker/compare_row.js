// @ts-check
// What the picker shows about comparing: a quiet button in the label's line, and a chip for each other model.
import { element, found, targetIn } from '../../components/media_grid/dom.js'

/** @import { Picker } from './picker.js' */

export class CompareRow {
  /** @param {Picker} picker */
  constructor(picker) {
    this.picker = picker
    /** What the chips were made of: equal ones stay, and with them the focus. */
    this.source = ''
    this.past = element('button', { class: 'quiet', type: 'button', text: 'Past comparisons', hidden: true })
    this.past.addEventListener('click', () => picker.showPast())
    this.toggle = element('button', { class: 'quiet', type: 'button', text: 'Compare' })
    this.toggle.addEventListener('click', () => this.onToggle())
    this.chips = found(picker.root, '.others')
    this.chips.setAttribute('role', 'group')
    this.chips.setAttribute('aria-label', 'Compared with')
    this.chips.addEventListener('click', event => this.onChip(event))
    found(picker.root, '.tools').append(this.past, this.toggle)
  }

  onToggle() {
    const { reason } = this.picker.data.compare
    if (this.picker.others.length) this.picker.compareWith([])
    else if (reason) {
      this.source = '' // until something changes
      this.chips.hidden = false
      this.chips.replaceChildren(element('span', { class: 'with', role: 'alert', text: reason }))
    } else this.picker.panel.open(true)
  }

  /** @param {Event} event */
  onChip(event) {
    const chip = targetIn(event, '.other')
    if (!chip) return
    const { id } = chip.dataset
    if (!id) return this.picker.panel.open(true)
    const { others } = this.picker
    const next = others[others.indexOf(id) + 1] ?? others[others.indexOf(id) - 1]
    this.picker.compareWith(others.filter(each => each !== id))
    const beside = next && this.chips.querySelector(`[data-id="${CSS.escape(next)}"]`)
    if (beside instanceof HTMLElement) beside.focus()
    else this.toggle.focus()
  }

  /** After the panel was closed: to where more can be added. */
  focus() {
    const add = this.chips.querySelector('.add')
    if (add instanceof HTMLElement) add.focus()
    else this.toggle.focus()
  }

  paint() {
    const { others, data, models, chosen } = this.picker
    const { reason, most, hasPast } = data.compare
    this.past.hidden = !hasPast
    this.toggle.textContent = others.length ? 'Stop comparing' : 'Compare'
    this.toggle.title = others.length ? '' : 'The same prompt to several models'
    const source = JSON.stringify([others, others.length < most, chosen, reason])
    if (source === this.source) return
    this.source = source
    this.chips.hidden = !others.length
    const nodes = others.map(id => {
      const label = models.find(model => model.id === id)?.label ?? id
      const remove = { 'data-id': id, 'aria-label': `Remove ${label} from the comparison`, title: 'Remove' }
      return element(
        'button',
        { class: 'other', type: 'button', ...remove },
        element('span', { text: label }),
        element('i', { icon: 'close' }),
      )
    })
    const add = element('button', { class: 'other add', type: 'button' }, element('i', { icon: 'plus' }), 'Add')
    add.setAttribute('aria-label', 'Add a model to compare')
    const end = others.length < most ? [add] : []
    this.chips.replaceChildren(element('span', { class: 'with', text: 'with' }), ...nodes, ...end)
  }
}
