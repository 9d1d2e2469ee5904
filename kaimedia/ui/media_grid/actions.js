// What can be done with media: shown at once, told to Python, confirmed by its next data.
const MOST_AT_ONCE = 200_000 // as on the server
const NOT_STARTED = 'The download did not start. Try again.'

class Actions {
  chosenOr(id) { return this.selection.isOn ? this.selection.ids : [id] }

  send(what, ids, more = {}) {
    if (!this.isTooMany(ids)) OUTBOX.put({ do: what, ids, ...more })
  }

  get tellsDetails() { return this.asked instanceof Feed || Boolean(this.source?.details) }

  // Where no feed can be asked, Python brings the file and the details with its next data.
  bring(id) { if (!(this.asked instanceof Feed) && this.tellsDetails) this.send('open', [id]) }

  onClick(event) {
    const card = this.cardAt(event)
    if (card && !this.selection.takeLongPress()) this.onPress(card, event.target.closest('[data-act]')?.dataset.act, event)
  }

  // `event` tells the keys held down. Selecting belongs to a page that is here; all else reaches Python or the next page.
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

  // Once: what was opened while the page before this one went away. Without our routes Python brings an item this page does not hold.
  takeHandover() {
    const { id } = HANDOVER
    if (id === null) return
    if (this.source instanceof Inline && !this.source.get(id)) {
      if (this.brought !== id) this.send('open', [(this.brought = id)])
      return
    }
    HANDOVER.given = null
    this.view(id, null)
  }

  // A button on a card; false when it is none of these.
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
    if (ids.length <= MOST_AT_ONCE) return false
    const told = `Too many: at most ${MOST_AT_ONCE.toLocaleString()} at a time`
    this.selection.bar.say(told)
    this.live.say(`${told}.`)
    return true
  }

  toggleFavorite(item) { this.setFavorite([item.id], !item.fav) }

  // Shown at once; the next data or items confirm.
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

  // One as its file, many as a ZIP. Asks for one item first, so that an old key is renewed and a lost connection told.
  async download(ids) {
    if (this.isTooMany(ids)) return
    if (!this.isFeed && ids.length > 1) return this.send('archive', ids)
    try {
      const [fresh] = this.source.key ? (await this.source.ask('items', { ids: ids[0] })).items : []
      const item = ids.length === 1 ? fresh ?? await this.itemById(ids[0]) : null
      if (item?.file) make('a', { href: this.downloadOf(item), download: item.name }).click()
      else if (!item && ids.length > 1) postArchive([this.source.key], ids, () => this.tellAll(NOT_STARTED))
      else return this.tellAll(NOT_STARTED)
      this.tellAll(`Downloading ${counted(ids.length)}`)
    } catch {
      this.tellAll(NOT_STARTED)
    }
  }

  tellAll(text) {
    this.selection.bar.say(text)
    this.live.say(text)
  }
}
