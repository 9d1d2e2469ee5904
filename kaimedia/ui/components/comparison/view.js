// @ts-check
// The whole comparison: heading, the grid or two results side by side, the videos' controls, and what to do next.
import { element, labelled } from '../media_grid/dom.js'
import { PairView } from './pair.js'
import { nameOf, news, shownIn } from './pairing.js'
import { Tile } from './tile.js'
import { Transport } from './transport.js'

/** @import { Data, Entry, Send } from './types.d.ts' */

const CONFIRM_MS = 6000 // a choice that Python has not confirmed by then was refused
const NARROW = '(max-width: 900px)'

/** The number of the last comparison that was scrolled to: the component is mounted again with each page. */
let scrolledTo = 0

export class View {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root
    /** @type {Data | null} */
    this.data = null
    /** @type {Send} */
    this.send = () => {}
    /** The choice that Python has not confirmed yet. @type {string | null} */
    this.pending = null
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined
    this.isPair = false
    /** By task. @type {Map<string, Tile>} */
    this.tiles = new Map()
    this.transport = new Transport()
    this.pair = new PairView(this)
    this.title = element('h2', { id: 'comparison-title', text: 'Comparison' })
    this.mark = element('span', { class: 'mark', text: 'Blind', hidden: true })
    this.prompt = element('p', { class: 'prompt' })
    this.summary = element('p', { class: 'summary' })
    this.live = element('div', { class: 'live', role: 'status' })
    this.grid = element('div', { class: 'tiles', role: 'list', 'aria-label': 'Results' })
    this.modes = this.buildModes()
    this.foot = element('div', { class: 'foot' })
    this.build()
  }

  build() {
    const close = element('button', {
      class: 'icon',
      type: 'button',
      'aria-label': 'Close the comparison',
      icon: 'close',
    })
    close.title = 'Close the comparison'
    close.addEventListener('click', () => this.send({ do: 'close' }))
    const words = element(
      'div',
      { class: 'words' },
      element('div', { class: 'line' }, this.title, this.mark, this.summary),
      this.prompt,
    )
    const head = element(
      'div',
      { class: 'head' },
      words,
      element('div', { class: 'tools' }, ...this.modes.nodes, close),
    )
    const { root } = this
    root.setAttribute('role', 'region')
    root.setAttribute('aria-labelledby', 'comparison-title')
    root.append(head, this.grid, this.pair.node, this.transport.node, this.foot, this.live)
  }

  buildModes() {
    /** @param {string} text @param {boolean} isPair */
    const button = (text, isPair) =>
      element('button', { class: 'mode', type: 'button', text, onclick: () => this.setPair(isPair) })
    const [grid, pair] = [button('Grid', false), button('Side by side', true)]
    const node = element('div', { class: 'modes', role: 'group', 'aria-label': 'View' }, grid, pair)
    return { nodes: [node], grid, pair }
  }

  get winner() {
    return this.pending ?? this.data?.winner ?? ''
  }

  /** @param {Data} data */
  update(data) {
    const before = this.data?.id === data.id ? this.data.entries : []
    if (this.data && this.data.id !== data.id) this.isPair = this.pair.wasShown = false
    this.data = data
    if (this.pending === data.winner) this.pending = null
    const said = news(before, data.entries)
    if (said) this.live.textContent = said
    this.paint()
    if (data.opened > scrolledTo) {
      scrolledTo = data.opened
      if (matchMedia(NARROW).matches) this.root.scrollIntoView({ block: 'start' })
    }
  }

  paint() {
    const { data } = this
    if (!data) return
    const done = shownIn(data)
    if (done.length < 2) this.isPair = false
    this.root.classList.toggle('is-video', data.video)
    this.mark.hidden = !data.isBlind
    set(this.prompt, data.prompt)
    this.prompt.title = data.prompt
    set(this.summary, data.summary)
    this.modes.pair.disabled = done.length < 2
    this.modes.pair.title = done.length < 2 ? 'When two results are there' : ''
    this.modes.grid.setAttribute('aria-pressed', String(!this.isPair))
    this.modes.pair.setAttribute('aria-pressed', String(this.isPair))
    this.grid.hidden = this.isPair
    this.pair.node.hidden = !this.isPair
    this.paintTiles(data)
    this.pair.update(data, this.isPair)
    this.transport.setVideos(data.video ? this.videos(done) : [])
    this.paintFoot(data)
  }

  /** @param {Data} data */
  paintTiles(data) {
    const canChoose = shownIn(data).length > 1 || Boolean(this.winner)
    const nodes = data.entries.map(entry => {
      const tile = this.tiles.get(entry.task) ?? new Tile(this, entry.task)
      this.tiles.set(entry.task, tile)
      tile.update(entry, { isWinner: entry.task === this.winner, canChoose, isRevealed: data.isRevealed })
      return tile.node
    })
    for (const [task, tile] of this.tiles)
      if (!data.entries.some(entry => entry.task === task)) {
        tile.node.remove()
        this.tiles.delete(task)
      }
    if (nodes.some((node, at) => this.grid.children[at] !== node)) this.grid.replaceChildren(...nodes)
    this.grid.style.setProperty('--count', String(Math.min(nodes.length, nodes.length === 4 ? 2 : 3)))
  }

  /** @param {Entry[]} done */
  videos(done) {
    if (this.isPair) return this.pair.videos
    return done.flatMap(({ task }) => this.tiles.get(task)?.video ?? [])
  }

  /** @param {Data} data */
  paintFoot(data) {
    const winner = data.entries.find(({ task }) => task === data.winner)
    const state = JSON.stringify([data.winner, winner?.model, data.canKeep, data.better, shownIn(data).length > 1])
    if (this.foot.dataset.state === state) return // otherwise a pressed button would lose the focus
    this.foot.dataset.state = state
    if (!winner) {
      const text =
        data.isBlind && !data.isRevealed ? 'Choose the best one to see which model made it.' : 'Which one is best?'
      return this.foot.replaceChildren(...(shownIn(data).length > 1 ? [element('p', { text })] : []))
    }
    /** @param {string} icon @param {string} text @param {'keep' | 'again'} what */
    const button = (icon, text, what) =>
      labelled('button', icon, text, { class: 'act', type: 'button', onclick: () => this.send({ do: what }) })
    const said = element('p', {}, element('b', { text: nameOf(winner) }), ' is your winner.')
    const record = winner.record && element('span', { class: 'record', text: winner.record })
    const acts = [
      data.canKeep && button('trash', 'Keep only the winner', 'keep'),
      data.better && button('again', data.better, 'again'),
    ].filter(each => each !== false && each !== '')
    this.foot.replaceChildren(
      element('div', { class: 'said' }, said, record),
      element('div', { class: 'acts' }, ...acts),
    )
  }

  /** @param {boolean} isPair */
  setPair(isPair) {
    if (isPair === this.isPair) return
    this.isPair = isPair
    this.paint()
  }

  /**
   * Choose a winner; choosing it again withdraws the choice.
   * @param {string} task
   */
  vote(task) {
    const wanted = this.winner === task ? '' : task
    this.pending = wanted
    clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      this.pending = null
      this.paint()
    }, CONFIRM_MS)
    this.paint()
    this.send({ do: 'vote', task: wanted || null })
  }

  destroy() {
    clearTimeout(this.timer)
    this.transport.destroy()
  }
}

/**
 * @param {HTMLElement} node
 * @param {string} text
 */
function set(node, text) {
  if (node.textContent !== text) node.textContent = text
}
