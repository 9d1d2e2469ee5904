// What can be done with media: shown at once, told to Python, confirmed by its next data.
class Actions {
  chosenOr(id) { return this.selection.isOn ? this.selection.ids : [id] }

  send(what, ids, more = {}) { this.sendTrigger('event', { do: what, ids, ...more, at: Date.now() }) }

  toggleFavorite(item) { this.setFavorite([item.id], !item.fav) }

  // Shown at once; the next data or items confirm.
  setFavorite(ids, on) {
    this.source.setFavorite(ids, on)
    for (const id of ids) this.cards.get(id)?.repaint()
    if (this.viewer?.isOpen) this.viewer.refresh()
    this.send('favorite', ids, { on })
  }

  remove(ids) {
    if (this.place === 'trash') return this.send('purge', ids)
    this.drop(ids)
    this.send('delete', ids)
  }

  bringBack(ids) {
    if (this.place === 'trash') this.drop(ids)
    else {
      this.source.bringBack(ids)
      this.arrange(true)
    }
    this.send('restore', ids)
    if (this.viewer?.isOpen) this.viewer.refresh()
  }

  drop(ids) {
    const hadFocus = ids.some(id => this.cards.get(id)?.node.contains(this.shadow.activeElement))
    this.source.drop(ids)
    this.arrange(true)
    this.selection.prune()
    if (hadFocus) this.focusIndex(this.active)
    if (this.viewer?.isOpen) this.viewer.refresh()
  }

  // One as its file, many as a ZIP. Asks for one item first, so that an old key is renewed and a lost connection told.
  async download(ids) {
    if (!this.isFeed && ids.length > 1) return this.send('archive', ids)
    try {
      const item = ids.length === 1 ? await this.itemById(ids[0]) : null
      if (ids.length > 1 && this.source.key) await this.source.ask('items', { ids: ids[0] })
      if (item?.file) make('a', { href: this.downloadOf(item), download: item.name }).click()
      else if (!item && ids.length > 1) postArchive([this.source.key], ids)
      this.live.say(`Downloading ${counted(ids.length)}`)
    } catch {
      this.live.say('The download did not start. Try again.')
    }
  }
}
