// @ts-check
// The floating selection bar: the number of selected items and their actions.
import { element, found, labelled, withKey } from './dom.js'
import { ICONS } from './icons.js'

/** @import { Grid } from './grid.js' */
/** @import { Selection } from './selection.js' */
/** @import { Place } from './types.d.ts' */

/** @type {Record<string, string>} */
const BAR_KEYS = { favorite: 'F', delete: 'Delete' }
/** Name, icon and label of each action, by place. @type {Record<string, [string, string, string][]>} */
const BAR_ACTIONS = {
  gallery: [
    ['favorite', 'heart', 'Favorite'],
    ['tag', 'tag', 'Tag'],
    ['collect', 'collect', 'Add to collection'],
    ['download', 'download', 'Download'],
    ['delete', 'trash', 'Delete'],
  ],
  trash: [
    ['restore', 'restore', 'Restore'],
    ['purge', 'trash', 'Delete forever'],
  ],
}

const SAID_MS = 4000

export class SelectionBar {
  /**
   * @param {Grid} grid
   * @param {Selection} selection
   */
  constructor(grid, selection) {
    this.grid = grid
    this.selection = selection
    this.node = found(grid.root, '.bar')
    /** The place that the buttons are for. @type {Place | undefined} */
    this.drawnFor = undefined
    this.count = element('b')
    this.all = element('button', {
      class: 'all',
      type: 'button',
      ...withKey('Select all', 'Ctrl+A', 'Control+A'),
      onclick: () => this.selection.all(),
    })
    /** By the name of the action. @type {Map<string, HTMLButtonElement>} */
    this.buttons = new Map()
    this.areFavorites = false
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.saying = undefined
  }

  get hasFocus() {
    return this.node.contains(this.grid.shadow.activeElement)
  }

  draw() {
    const count = this.selection.chosen.size
    if (!count) {
      this.node.hidden = true
      return
    }
    if (this.node.hidden || this.drawnFor !== this.grid.place) this.build()
    this.drawnFor = this.grid.place
    this.node.hidden = false
    this.count.textContent = `${count.toLocaleString()} selected`
    const total = this.grid.ids.length
    this.all.hidden = count >= total || !this.grid.isComplete
    this.all.replaceChildren('Select all', element('span', { text: ` ${total.toLocaleString()}` }))
    this.drawFavorite()
  }

  build() {
    this.buttons = new Map(
      (BAR_ACTIONS[this.grid.place] ?? BAR_ACTIONS.gallery).map(([name, icon, label]) => [
        name,
        labelled('button', icon, label, {
          class: `do ${name === 'delete' || name === 'purge' ? 'danger' : ''}`,
          type: 'button',
          ...(BAR_KEYS[name] ? withKey(label, BAR_KEYS[name]) : { title: label }),
          onclick: () => this.act(name),
        }),
      ]),
    )
    const close = element('button', {
      class: 'do close',
      type: 'button',
      'aria-label': 'Clear selection',
      title: 'Clear selection (Esc)',
      icon: 'close',
      onclick: () => this.selection.clear(),
    })
    this.node.replaceChildren(element('div', { class: 'count' }, this.count, this.all), ...this.buttons.values(), close)
  }

  /**
   * Shows a message instead of the count for a short time.
   * @param {string} text
   */
  say(text) {
    if (this.node.hidden) return
    this.count.textContent = text
    clearTimeout(this.saying)
    this.saying = setTimeout(() => this.draw(), SAID_MS)
  }

  // Shows "Unfavorite" when all loaded selected items are favorites.
  drawFavorite() {
    const button = this.buttons.get('favorite')
    if (!button) return
    this.areFavorites = false
    for (const id of this.selection.chosen) {
      const item = this.grid.itemNow(id)
      if (!item) continue
      this.areFavorites = item.fav
      if (!item.fav) break
    }
    const label = this.areFavorites ? 'Unfavorite' : 'Favorite'
    button.title = `${label} (F)`
    found(button, 'span').textContent = label
    found(button, 'i').innerHTML = this.areFavorites ? ICONS.heartFull : ICONS.heart
  }

  /** @param {string} name */
  async act(name) {
    const { grid, selection } = this
    const ids = selection.ids
    if (grid.actions.isTooMany(ids)) return
    if (name === 'favorite') grid.actions.setFavorite(ids, !this.areFavorites)
    else if (name === 'download') await grid.actions.download(ids)
    else if (name === 'restore') grid.actions.restore(ids)
    else if (name === 'delete') grid.actions.remove(ids)
    else grid.actions.send(name, ids)
    if (name === 'favorite') this.draw()
    else if (name === 'restore' || name === 'delete') selection.clear()
  }
}
