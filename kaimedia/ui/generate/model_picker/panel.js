// @ts-check
// The panel: a modal dialog with a search field, filters, and the list of models.
import { element, found, targetIn } from '../../components/media_grid/dom.js'
import { Cards } from './cards.js'
import { stateOf, toggled } from './comparing.js'
import { grouped } from './filter.js'
import { Foot } from './foot.js'
import { move } from './moving.js'
import { Toolbar } from './toolbar.js'

/** @import { Data, Model } from './types.d.ts' */
/** @import { Picker } from './picker.js' */

const PREPARE_MS = 200
const ARROWS = ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'Home', 'End']

/** @param {string} id */
const groupId = id => `group-${id.replace(/[^\p{L}\p{N}]/gu, '-')}`

export class Panel {
  /** @param {Picker} picker */
  constructor(picker) {
    this.picker = picker
    this.cards = new Cards()
    this.toolbar = new Toolbar(() => this.onFilter())
    this.isUnfolded = false
    /** While several models are chosen to be compared: the ids of the others. @type {string[] | null} */
    this.others = null
    /** The list is as it is to be when the panel opens. */
    this.isPrepared = false
    /** Those of when it was opened: a card whose heart is pressed stays where it is. @type {string[]} */
    this.favorites = []
    /** The listed models, group after group. @type {Model[]} */
    this.listed = []
    /** @type {number[]} */
    this.sizes = []
    /** The position of the marked card in `listed`; -1 for none. */
    this.at = -1
    /** The marked card was reached with the arrow keys, so that all of them move on and not the cursor in the text. */
    this.isMoving = false
    this.search = element('input', {
      class: 'search',
      type: 'text',
      role: 'combobox',
      placeholder: 'Name, maker or what it does',
      'aria-label': 'Search models',
      'aria-expanded': 'true',
      'aria-controls': 'models',
      'aria-autocomplete': 'list',
      autocomplete: 'off',
      autocapitalize: 'off',
      spellcheck: 'false',
      enterkeyhint: 'done',
      oninput: () => this.onFilter(),
    })
    this.list = element('div', { class: 'list', id: 'models', role: 'listbox', 'aria-label': 'Models' })
    this.none = element('div', { class: 'none', hidden: true })
    this.unfold = element('button', { class: 'unfold', type: 'button', hidden: true, onclick: () => this.showOlder() })
    this.scroller = element('div', { class: 'scroller' }, this.list, this.unfold, this.none)
    this.foot = new Foot(() => this.close())
    this.dialog = this.build()
    picker.root.append(this.dialog)
  }

  build() {
    const close = element('button', { class: 'close', type: 'button', 'aria-label': 'Close', icon: 'close' })
    close.addEventListener('click', () => this.close())
    const top = element('div', { class: 'top' }, element('i', { class: 'glass', icon: 'search' }), this.search, close)
    const frame = element('div', { class: 'frame' }, top, this.toolbar.node, this.scroller, this.foot.node)
    const dialog = element('dialog', { class: 'panel', 'aria-label': 'Choose a model', tabindex: -1 }, frame)
    let isPressedBeside = false // a text selection that ends beside the panel must not close it
    dialog.addEventListener('pointerdown', event => {
      isPressedBeside = event.target === dialog
    })
    dialog.addEventListener('click', event => {
      if (event.target === dialog && isPressedBeside) this.close()
      else this.onClick(event)
    })
    dialog.addEventListener('mousedown', event => {
      if (this.others && targetIn(event, '.card')) event.preventDefault() // the search field keeps the focus
    })
    dialog.addEventListener('keydown', event => this.onKey(event))
    dialog.addEventListener('close', () => {
      if (dialog.open) return // the event is late: it has been opened again
      this.onClosed()
    })
    return dialog
  }

  get isOpen() {
    return this.dialog.open
  }

  /** @returns {Data} */
  get data() {
    return this.picker.data
  }

  /** Build the list ahead, while the browser has nothing else to do, so that it is there at the press. */
  prepareSoon() {
    this.isPrepared = false
    const wait = window.requestIdleCallback ?? (run => setTimeout(run, PREPARE_MS)) // Safari has none
    wait(() => this.prepare())
  }

  prepare() {
    if (this.isOpen || this.isPrepared) return
    this.isPrepared = true
    this.search.value = ''
    this.isUnfolded = false
    this.favorites = this.picker.favorites
    this.toolbar.reset(this.data)
    this.foot.note.textContent = this.data.note
    this.paint()
  }

  /** @param {boolean} [isComparing] several models can be chosen, to be compared with the one of the page */
  open(isComparing = false) {
    if (this.isOpen) return
    this.prepare()
    this.isPrepared = false // whatever happens in it now
    if (isComparing) this.setComparing(this.picker.others)
    this.dialog.showModal()
    this.scroller.scrollTop = 0
    // A phone's keyboard would cover half of the list before anything was read.
    if (matchMedia('(hover: none) and (pointer: coarse)').matches) this.dialog.focus()
    else this.search.focus()
  }

  close() {
    if (this.isOpen) this.dialog.close()
  }

  onClosed() {
    const { others } = this
    if (others) {
      this.setComparing(null)
      this.picker.compareWith(others)
      this.picker.compare.focus()
    } else this.picker.opener.focus()
    this.prepareSoon()
  }

  /** @param {string[] | null} others */
  setComparing(others) {
    this.others = others
    const isComparing = others !== null
    this.dialog.classList.toggle('comparing', isComparing)
    this.dialog.setAttribute('aria-label', isComparing ? 'Choose models to compare' : 'Choose a model')
    this.list.setAttribute('aria-multiselectable', String(isComparing))
    if (isComparing) this.paint()
  }

  // Changed data while it is open: the same filters, the same place.
  update() {
    if (!this.isOpen) return this.prepareSoon()
    this.foot.note.textContent = this.data.note
    this.toolbar.update(this.data)
    const marked = this.listed[this.at]?.id
    this.paint()
    this.mark(
      this.listed.findIndex(({ id }) => id === marked),
      false,
    )
  }

  onFilter() {
    this.isMoving = false
    this.paint()
    this.scroller.scrollTop = 0
  }

  paint() {
    const { models, favorites, chosen } = this.picker
    const filters = { query: this.search.value, ...this.toolbar.filters(this.data) }
    const { others } = this
    const { possible, most } = this.data.compare
    if (others) filters.fitting = new Set([...possible, chosen])
    this.foot.paint(others)
    const own = { favorites: this.favorites, recent: this.data.recent, chosen, isUnfolded: this.isUnfolded }
    const groups = grouped(models, filters, own)
    const shown = groups.filter(({ isFolded }) => !isFolded)
    const folded = groups.find(({ isFolded }) => isFolded)
    this.listed = shown.flatMap(group => group.models)
    this.sizes = shown.map(group => group.models.length)
    const nodes = shown.map(group => {
      const id = groupId(group.title)
      const cards = group.models.map(model =>
        this.cards.node(model, {
          ...stateOf(model.id, chosen, others, most),
          isFavorite: favorites.includes(model.id),
        }),
      )
      const heading = element('div', { class: 'heading', id, role: 'presentation', text: group.title })
      return element(
        'div',
        { class: 'group', role: 'group', 'aria-labelledby': id },
        heading,
        element('div', { class: 'cards', role: 'presentation' }, ...cards),
      )
    })
    this.list.replaceChildren(...nodes)
    this.unfold.hidden = !folded
    if (folded) this.unfold.textContent = `Show ${folded.models.length} older models`
    this.toolbar.count(this.listed.length + (folded?.models.length ?? 0))
    this.paintNone(!groups.length)
    this.mark(this.search.value.trim() && this.listed.length ? 0 : -1, false)
  }

  /** @param {boolean} isEmpty */
  paintNone(isEmpty) {
    this.list.hidden = isEmpty
    this.none.hidden = !isEmpty
    if (!isEmpty) return
    const isTaking = this.toolbar.isTaking && !this.others
    const text = isTaking ? `No model here takes your ${this.data.hand}.` : 'No models match.'
    const act = isTaking ? `Show models that don’t take it` : 'Clear search and filters'
    const clear = element('button', { class: 'clear', type: 'button', text: act })
    clear.addEventListener('click', () => {
      if (isTaking) this.toolbar.setTaking(false)
      else {
        this.search.value = ''
        this.toolbar.clear()
      }
      this.onFilter()
      this.search.focus()
    })
    this.none.replaceChildren(element('p', { text }), clear)
  }

  showOlder() {
    const first = this.listed.length
    this.isUnfolded = true
    this.paint()
    this.search.focus() // the button is gone
    this.mark(first, true)
  }

  /**
   * @param {number} at
   * @param {boolean} isScrolled
   */
  mark(at, isScrolled) {
    this.dialog.querySelector('.card.marked')?.classList.remove('marked')
    this.at = at
    const model = this.listed[at]
    if (!model) return this.search.removeAttribute('aria-activedescendant')
    const node = found(this.list, `#${CSS.escape(`model-${model.id}`)}`)
    node.classList.add('marked')
    this.search.setAttribute('aria-activedescendant', node.id)
    if (isScrolled) node.scrollIntoView({ block: 'nearest' })
  }

  /** Cards beside each other. */
  get columns() {
    const cards = this.list.querySelector('.cards')
    return cards ? getComputedStyle(cards).gridTemplateColumns.split(' ').length : 1
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    event.stopPropagation() // the page has shortcuts of single letters
    if (event.target !== this.search || event.isComposing) return
    const isVertical = event.key === 'ArrowUp' || event.key === 'ArrowDown'
    if (ARROWS.includes(event.key) && (isVertical || this.isMoving) && !event.ctrlKey && !event.metaKey) {
      event.preventDefault()
      this.isMoving = true
      this.mark(move(this.sizes, this.columns, this.at, event.key), true)
    } else if (event.key === 'Enter') {
      event.preventDefault()
      const model = this.listed[this.at]
      if (!model) return
      if (event.shiftKey) this.picker.toggleFavorite(model.id)
      else this.choose(model)
    }
  }

  /** @param {Event} event */
  onClick(event) {
    const id = targetIn(event, '.card')?.dataset.id
    const model = this.listed.find(each => each.id === id)
    if (!model) return
    if (targetIn(event, '[data-act=favorite]')) this.picker.toggleFavorite(model.id)
    else this.choose(model)
  }

  /** @param {Model} model */
  choose(model) {
    if (model.isRefused) return
    if (this.others) {
      if (model.id === this.picker.chosen) return
      this.others = toggled(this.others, model.id, this.data.compare.most)
      return this.update()
    }
    this.close()
    this.picker.choose(model.id)
  }
}
