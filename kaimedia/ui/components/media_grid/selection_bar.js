// The floating selection bar: the number of selected items and their actions.
const BAR_KEYS = { favorite: 'F', delete: 'Delete' }
const BAR_ACTIONS = {
  gallery: [
    ['favorite', 'heart', 'Favorite'], ['tag', 'tag', 'Tag'], ['collect', 'collect', 'Add to collection'],
    ['download', 'download', 'Download'], ['delete', 'trash', 'Delete'],
  ],
  trash: [['restore', 'restore', 'Restore'], ['purge', 'trash', 'Delete forever']],
}

const SAID_MS = 4000

class SelectionBar {
  constructor(grid, selection) {
    this.grid = grid
    this.selection = selection
    this.node = grid.root.querySelector('.bar')
  }

  get hasFocus() { return this.node.contains(this.grid.shadow.activeElement) }

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
    this.all.replaceChildren('Select all', make('span', { text: ` ${total.toLocaleString()}` }))
    this.drawFavorite()
  }

  build() {
    this.count = make('b')
    this.all = make('button', { class: 'all', type: 'button', ...withKey('Select all', 'Ctrl+A', 'Control+A'), onclick: () => this.selection.all() })
    this.buttons = new Map((BAR_ACTIONS[this.grid.place] ?? BAR_ACTIONS.gallery).map(([name, icon, label]) => [name,
      labelled('button', icon, label, { class: `do ${name === 'delete' || name === 'purge' ? 'danger' : ''}`, type: 'button', ...BAR_KEYS[name] ? withKey(label, BAR_KEYS[name]) : { title: label }, onclick: () => this.act(name) })]))
    const close = make('button', { class: 'do close', type: 'button', 'aria-label': 'Clear selection', title: 'Clear selection (Esc)', icon: 'close', onclick: () => this.selection.clear() })
    this.node.replaceChildren(make('div', { class: 'count' }, this.count, this.all), ...this.buttons.values(), close)
  }

  // Shows a message instead of the count for a short time.
  say(text) {
    if (!this.count) return
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
    button.querySelector('span').textContent = label
    button.querySelector('i').innerHTML = this.areFavorites ? ICONS.heartFull : ICONS.heart
  }

  async act(name) {
    const { grid, selection } = this
    const ids = selection.ids
    if (grid.isTooMany(ids)) return
    if (name === 'favorite') grid.setFavorite(ids, !this.areFavorites)
    else if (name === 'download') await grid.download(ids)
    else if (name === 'restore') grid.bringBack(ids)
    else if (name === 'delete') grid.remove(ids)
    else grid.send(name, ids)
    if (name === 'favorite') this.draw()
    else if (name === 'restore' || name === 'delete') selection.clear()
  }
}
