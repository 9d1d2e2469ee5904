// @ts-check
// Two results in one place: the slider reveals the left one over the right one.
import { element } from '../media_grid/dom.js'
import { chosen, nameOf, pairOf, shownIn, spoken } from './pairing.js'
import { mediaOf, paintChoice } from './tile.js'

/** @import { Data, Entry, Pair } from './types.d.ts' */
/** @import { View } from './view.js' */

const SIDES = /** @type {const} */ ([0, 1])
const NAMES = ['Left', 'Right']

export class PairView {
  /** @param {View} view */
  constructor(view) {
    this.view = view
    /** @type {Pair} */
    this.pair = ['', '']
    this.wasShown = false
    /** What the two media were made of, so that equal data keep them. */
    this.sources = ['', '']
    this.selects = SIDES.map(side =>
      element('select', { 'aria-label': NAMES[side], onchange: () => this.choose(side, this.selects[side].value) }),
    )
    this.layers = SIDES.map(side => element('div', { class: `layer ${NAMES[side].toLowerCase()}` }))
    this.slider = element('input', {
      type: 'range',
      min: 0,
      max: 100,
      step: 1,
      value: 50,
      'aria-label': 'How much of the left result is shown',
      oninput: () => this.reveal(),
    })
    this.line = element(
      'div',
      { class: 'line', 'aria-hidden': 'true' },
      element('b', {}, element('i', { icon: 'left' }), element('i', { icon: 'right' })),
    )
    this.stage = element('div', { class: 'stage' }, this.layers[1], this.layers[0], this.slider, this.line)
    this.votes = SIDES.map(side =>
      element('button', { class: 'choose', type: 'button', onclick: () => this.view.vote(this.pair[side]) }),
    )
    this.facts = SIDES.map(() => element('span', { class: 'facts' }))
    const side = (/** @type {0 | 1} */ at) =>
      element('div', { class: `side ${NAMES[at].toLowerCase()}` }, this.selects[at], this.facts[at], this.votes[at])
    this.node = element(
      'div',
      { class: 'pair', hidden: true },
      this.stage,
      element('div', { class: 'sides' }, side(0), side(1)),
    )
  }

  get videos() {
    return [...this.stage.querySelectorAll('video')]
  }

  /**
   * @param {Data} data
   * @param {boolean} isShown
   */
  update(data, isShown) {
    // Until it is shown, results still come in, in any order.
    this.pair = pairOf(data, this.wasShown ? this.pair : ['', ''])
    this.wasShown ||= isShown
    const done = shownIn(data)
    const entries = this.pair.map(task => done.find(each => each.task === task))
    for (const side of SIDES) {
      this.paintSelect(side, done)
      this.paintLayer(side, isShown ? entries[side] : undefined)
      const entry = entries[side]
      if (!entry) continue
      this.facts[side].textContent = [entry.time, entry.cost].filter(Boolean).join(' · ')
      paintChoice(this.votes[side], nameOf(entry), entry.task === this.view.winner)
    }
    const item = entries[0]?.items[this.shownOf(entries[0])]
    if (item) this.stage.style.setProperty('--ratio', `${item.w} / ${item.h}`)
    this.reveal()
  }

  /** @param {Entry} entry */
  shownOf(entry) {
    return this.view.tiles.get(entry.task)?.at ?? 0
  }

  /**
   * @param {0 | 1} side
   * @param {Entry[]} done
   */
  paintSelect(side, done) {
    const select = this.selects[side]
    const source = JSON.stringify(done.map(each => [each.task, nameOf(each)]))
    if (select.dataset.source !== source) {
      select.dataset.source = source
      select.replaceChildren(...done.map(each => element('option', { value: each.task, text: nameOf(each) })))
    }
    select.value = this.pair[side]
  }

  /**
   * @param {0 | 1} side
   * @param {Entry | undefined} entry
   */
  paintLayer(side, entry) {
    const item = entry?.items[this.shownOf(entry)]
    const source = entry && item ? JSON.stringify([item.id, item.file]) : ''
    if (source !== this.sources[side]) {
      this.sources[side] = source
      this.layers[side].replaceChildren(...(entry && item ? [mediaOf(item, nameOf(entry), true)] : []))
    }
    if (entry) this.layers[side].dataset.name = nameOf(entry)
  }

  /**
   * @param {0 | 1} side
   * @param {string} task
   */
  choose(side, task) {
    this.pair = chosen(this.pair, side, task)
    this.view.paint()
  }

  reveal() {
    const percent = Number(this.slider.value)
    this.stage.style.setProperty('--shown', `${percent}%`)
    const [left, right] = this.layers.map(layer => layer.dataset.name ?? '')
    this.slider.setAttribute('aria-valuetext', spoken(percent, left, right))
  }
}
