// Actions on media: shown immediately, sent to Python, confirmed by its next data.
const MAX_AT_ONCE = 200_000 // as on the server
const NOT_STARTED = 'The download did not start. Try again.'

class Actions {
  chosenOr(id) { return this.selection.isOn ? this.selection.ids : [id] }

  send(what, ids, more = {}) {
    if (!this.isTooMany(ids)) OUTBOX.put({ do: what, ids, ...more })
  }

  get hasDetails() { return this.latestSource instanceof Feed || Boolean(this.source?.details) }

  // Without the gallery API, Python sends the file and the details with its next data.
  bring(id) { if (!(this.latestSource instanceof Feed) && this.hasDetails) this.send('open', [id]) }

  onClick(event) {
    const card = this.cardAt(event)
    if (card && !this.selection.takeLongPress()) this.onPress(card, event.target.closest('[data-act]')?.dataset.act, event)
  }

  // `event` holds the modifier keys. Selecting needs the current page; everything else reaches Python or the next page.
  onPress(card, act, event) {
    if (act === 'download') return
    if (card.isFailed) return this.retry()
    if (this.press(act, card)) return
    const isRange = event.shiftKey && this.selection.anchor !== undefined
    const isPick = act === 'check' || this.selection.isOn || event.ctrlKey || event.metaKey || isRange
    if (!this.selectable || !isPick) this.view(card.id, card.node)
    else if (this.isConnected) this.selection.pick(card.id, event.shiftKey)
  }

  view(id, node) {
    if (!this.isConnected) return HANDOVER.give(id, performance.now())
    this.preview.stop()
    this.viewer ??= new Viewer(this)
    this.viewer.open(id, node)
  }

  // Opens an item that was opened while the previous page was closing. Without our routes Python first sends a missing item.
  takeHandover() {
    const { id } = HANDOVER
    if (id === null) return
    if (this.source instanceof Inline && !this.source.get(id)) {
      if (this.brought !== id) this.send('open', [(this.brought = id)])
      return
    }
    HANDOVER.pending = null
    this.view(id, null)
  }

  // Handles a button on a card; false if it is another one.
  press(name, { id, item }) {
    if (name === 'favorite') this.toggleFavorite(item)
    else if (name === 'restore') this.bringBack([id])
    else if (name === 'reuse') this.send('reuse', [id], { how: 'all' })
    else if (name === 'reference') this.send('reference', [id], { to: 'here' })
    else if (name === 'animate') this.send('reference', [id], { to: 'video' })
    else return false
    return true
  }

  isTooMany(ids) {
    if (ids.length <= MAX_AT_ONCE) return false
    const message = `Too many: at most ${MAX_AT_ONCE.toLocaleString()} at a time`
    this.selection.bar.say(message)
    this.live.say(`${message}.`)
    return true
  }

  toggleFavorite(item) { this.setFavorite([item.id], !item.fav) }

  // Shown immediately; confirmed by the next data or items.
  setFavorite(ids, on) {
    if (this.isTooMany(ids)) return
    this.source.setFavorite(ids, on)
    for (const id of ids) this.cards.get(id)?.repaint()
    if (this.viewer?.isOpen) this.viewer.refresh()
    this.send('favorite', ids, { on })
  }

  remove(ids) {
    if (this.isTooMany(ids)) return
    if (this.place === 'trash') return this.send('purge', ids)
    this.drop(ids)
    this.send('delete', ids)
  }

  bringBack(ids) {
    if (this.isTooMany(ids)) return
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

  // One item as a file, several as a ZIP. Fetches one item first, to renew an expired key and detect a lost connection.
  async download(ids) {
    if (this.isTooMany(ids)) return
    if (!this.isFeed && ids.length > 1) return this.send('archive', ids)
    try {
      const [fresh] = this.source.key ? (await this.source.ask('items', { ids: ids[0] })).items : []
      const item = ids.length === 1 ? fresh ?? await this.itemById(ids[0]) : null
      if (item?.file) make('a', { href: this.downloadOf(item), download: item.name }).click()
      else if (!item && ids.length > 1) postArchive([this.source.key], ids, () => this.announce(NOT_STARTED))
      else return this.announce(NOT_STARTED)
      this.announce(`Downloading ${counted(ids.length)}`)
    } catch {
      this.announce(NOT_STARTED)
    }
  }

  announce(text) {
    this.selection.bar.say(text)
    this.live.say(text)
  }
}
