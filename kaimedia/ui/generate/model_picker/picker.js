// @ts-check
// The button with the chosen model, beside it the heart. Called by Streamlit on mount, with new data, and on theme
// changes; the panel stays open meanwhile.
import { element, found } from '../../components/media_grid/dom.js'
import { CompareRow } from './compare_row.js'
import { Panel } from './panel.js'
import { STYLES } from './styles.js'

/** @import { Data } from './types.d.ts' */

/**
 * @typedef {object} Args `data` is the list of models as JSON, and the rest
 * @property {any} parentElement
 * @property {[string, Omit<Data, 'models'>]} data
 * @property {(name: string, value: any) => void} setTriggerValue
 */

const CONFIRM_MS = 6000 // a choice that Python has not confirmed by then was refused
const SHEET = new CSSStyleSheet()
SHEET.replaceSync(STYLES)

export class Picker {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root
    /** @type {Data} */
    this.data = {
      models: [],
      abilities: [],
      chosen: '',
      mode: 'image',
      hand: '',
      fitting: [],
      favorites: [],
      recent: [],
      note: '',
      compare: { others: [], possible: [], most: 0, reason: '', hasPast: false },
    }
    /** What the list of models was made of, so that equal lists keep their cards. */
    this.source = ''
    this.models = this.data.models
    /** @type {Args['setTriggerValue']} */
    this.send = () => {}
    /** The id chosen here that Python has not confirmed yet. */
    this.pending = ''
    /** The other models to compare with, chosen here and not confirmed yet. @type {string[] | null} */
    this.pendingOthers = null
    /** Changed favorites that Python has not confirmed yet. @type {Map<string, boolean>} */
    this.changes = new Map()
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined
    this.opener = element(
      'button',
      { class: 'opener', type: 'button', 'aria-haspopup': 'dialog', onclick: () => this.panel.open() },
      element('span', { class: 'hidden', text: 'Model: ' }),
      element('span', { class: 'name' }),
      element('span', { class: 'by' }),
      element('span', { class: 'change', text: 'Change' }),
      element('i', { class: 'arrow', icon: 'down' }),
    )
    this.heart = element(
      'button',
      { class: 'favor', type: 'button', onclick: () => this.toggleFavorite(this.chosen) },
      element('i', { class: 'empty', icon: 'heart' }),
      element('i', { class: 'full', icon: 'heartFull' }),
    )
    found(root, '.line').append(this.opener, this.heart)
    this.compare = new CompareRow(this)
    this.panel = new Panel(this)
  }

  get chosen() {
    return this.pending || this.data.chosen
  }

  /** The models compared with the chosen one. */
  get others() {
    return (this.pendingOthers ?? this.data.compare.others).filter(id => id !== this.chosen)
  }

  /** The newest first. */
  get favorites() {
    const { favorites } = this.data
    const added = [...this.changes].filter(([id, isOn]) => isOn && !favorites.includes(id)).map(([id]) => id)
    return [...added.reverse(), ...favorites.filter(id => this.changes.get(id) !== false)]
  }

  /** @param {Args} args */
  update({ data: [source, data], setTriggerValue }) {
    if (source !== this.source) {
      this.source = source
      this.models = JSON.parse(source)
    }
    this.data = { ...data, models: this.models }
    this.send = setTriggerValue
    if (this.pending === data.chosen) this.pending = ''
    if (this.pendingOthers?.join() === data.compare.others.join()) this.pendingOthers = null
    for (const [id, isOn] of this.changes) if (data.favorites.includes(id) === isOn) this.changes.delete(id)
    this.paint()
    this.panel.update()
  }

  paint() {
    const model = this.models.find(({ id }) => id === this.chosen)
    if (!model) return
    const isFavorite = this.favorites.includes(model.id)
    found(this.opener, '.name').textContent = model.label
    found(this.opener, '.by').textContent = model.maker
    this.opener.classList.toggle('old', Boolean(model.retired))
    this.heart.setAttribute('aria-pressed', String(isFavorite))
    this.heart.setAttribute('aria-label', `Favorite: ${model.label}`)
    this.heart.title = isFavorite ? 'Remove from favorites' : 'Add to favorites'
    this.compare.paint()
  }

  /** @param {string} id */
  choose(id) {
    if (id === this.chosen) return
    this.pending = id === this.data.chosen ? '' : id
    this.awaitPython()
    this.send('chosen', { id, at: Date.now() })
  }

  /** @param {string[]} ids of the models to compare with the chosen one */
  compareWith(ids) {
    if (ids.join() === this.others.join()) return
    this.pendingOthers = ids
    this.awaitPython()
    this.send('compared', { ids, at: Date.now() })
  }

  showPast() {
    this.send('past', { at: Date.now() })
  }

  awaitPython() {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      this.pending = ''
      this.pendingOthers = null
      this.paint()
    }, CONFIRM_MS)
    this.paint()
  }

  /**
   * Sends all unconfirmed changes, because a value replaces one that is still on its way.
   * @param {string} id
   */
  toggleFavorite(id) {
    this.changes.set(id, !this.favorites.includes(id))
    this.paint()
    this.panel.update()
    this.send('favorites', { changes: Object.fromEntries(this.changes), at: Date.now() })
  }
}

/** @type {WeakMap<HTMLElement, Picker>} */
const PICKERS = new WeakMap()

/** @param {Args} args */
export default function (args) {
  const root = /** @type {HTMLElement} */ (args.parentElement.querySelector('.root'))
  let picker = PICKERS.get(root)
  if (!picker) {
    const scope = /** @type {ShadowRoot} */ (root.getRootNode())
    if (!scope.adoptedStyleSheets.includes(SHEET)) scope.adoptedStyleSheets.push(SHEET)
    picker = new Picker(root)
    PICKERS.set(root, picker)
  }
  picker.update(args)
}
