// The full-window viewer: a native dialog with the media left and its facts right.
const VIEWER_SWIPE_PX = 56
const VIEWER_DETAILS_MS = 90
const VIEWER_AGAIN_MS = [1000, 3000, 8000] // after no answer, or a server in trouble
const VIEWER_PAN_PX = 80

class Viewer {
  constructor(grid) {
    this.grid = grid
    this.details = new Map()
    this.id = null
    this.build()
    if (grid.place !== 'results' && !grid.fitPx) {
      this.address = new ViewerAddress(() => this.dialog.close(), id => this.open(id, null), () => this.dialog.isConnected)
    }
  }

  build() {
    const nav = (kind, icon, text, keys, run) => make('button', { class: `nav ${kind}`, type: 'button', 'aria-label': text, ...withKey(text, ...keys), icon, onclick: run })
    this.dialog = make('dialog', { class: 'viewer', 'aria-label': 'Media viewer', tabindex: -1 })
    this.acts = new ViewerActs(this)
    this.media = new ViewerStage(this)
    this.panel = new ViewerPanel(this)
    this.live = make('div', { class: 'live', 'aria-live': 'polite' })
    this.back = nav('back', 'left', 'Previous', ['←', 'ArrowLeft'], () => this.step(-1))
    this.next = nav('next', 'right', 'Next', ['→', 'ArrowRight'], () => this.step(1))
    this.switch = nav('info', 'facts', 'Details', ['I'], () => this.togglePanel())
    this.switch.setAttribute('aria-pressed', 'true')
    this.dialog.append(nav('close', 'close', 'Close', ['Esc', 'Escape'], () => this.close()), this.back, this.media.hold, this.next, this.media.tools,
      this.switch, this.panel.node, this.live)
    this.dialog.addEventListener('click', event => {
      const isBeside = event.target === this.dialog || event.target === this.media.hold
      if (isBeside && !this.media.zoom.isDragged && !this.media.zoom.isZoomed) this.close()
    })
    this.dialog.addEventListener('keydown', event => this.onKey(event))
    this.dialog.addEventListener('close', () => this.onClose())
    this.grid.root.append(this.dialog)
  }

  get isOpen() { return this.dialog.open }
  get mayAsk() { return Boolean(this.grid.tellsDetails) }
  get isTrash() { return this.grid.place === 'trash' || Boolean(this.item?.gone) }

  async open(id, card) {
    this.heading = id
    const openedAt = performance.now()
    const item = await this.itemOf(id)
    if (this.heading !== id) return // another was pressed meanwhile
    if (!this.dialog.isConnected) return HANDOVER.give(id, openedAt)
    if (!this.isOpen) {
      this.openedAt = openedAt
      this.dialog.showModal()
      this.dialog.focus() // keys work at once, and no button wears a ring it was not given
    }
    document.body.toggleAttribute('data-viewer-open', true)
    this.dialog.classList.toggle('lonely', !item)
    this.index = -1
    if (!item) return this.showMissing()
    this.show(item)
    this.media.growFrom(card)
  }

  close() { if (this.isOpen) this.dialog.close() }

  async itemOf(id) {
    if (id == null) return null
    this.isLost = false
    try {
      return this.grid.itemNow(id) ?? (await this.grid.itemById(id))
    } catch {
      this.isLost = true
      return null
    }
  }

  // An old link, or no answer: say so in the window the link asked for.
  showMissing() {
    this.item = this.id = null
    this.media.missing(this.isLost ? 'Couldn’t load this item' : 'This item is no longer here',
      this.isLost ? 'Check your connection and try again.' : 'It was deleted for good, or the link has a mistake.')
    this.back.disabled = this.next.disabled = true
    this.address?.stay()
  }

  show(item) {
    this.id = item.id
    this.item = item
    this.shown = item.file
    this.panel.say(this.deleted ? `Deleted: ${this.deleted.prompt}` : null, this.deleted ? [['Undo', 'back', () => this.acts.undo()]] : [])
    this.media.show(item, this.details.get(item.id))
    this.dialog.scrollTop = 0 // phones: the new one is what one wants to see
    this.grid.bring?.(item.id)
    this.refresh()
    this.address?.show(item.id)
    this.tell(this.place ? `${item.video ? 'Video' : 'Image'} ${this.place}: ${item.prompt}` : item.prompt)
    this.media.fetchAhead([this.beside(1), this.beside(-1)])
    clearTimeout(this.asking)
    this.asking = setTimeout(() => this.ask(item.id), this.details.has(item.id) ? 0 : VIEWER_DETAILS_MS)
  }

  // Everything the item itself does not hold; shown when it comes, left out where there is no feed.
  async ask(id, tries = 0) {
    if (!this.mayAsk) return
    try {
      const more = await this.grid.fetchFeed('details', { id })
      if (!more) return
      this.details.set(id, more)
      if (this.isOpen && this.id === id) this.refresh()
    } catch (error) {
      // The item's own facts stay. A refused key is being renewed; a server's refusal of another kind is final.
      const isPassing = !error.status || error.status >= 500 || error.status === 403
      if (!isPassing || tries >= VIEWER_AGAIN_MS.length) return
      setTimeout(() => { if (this.isOpen && this.id === id) this.ask(id, tries + 1) }, VIEWER_AGAIN_MS[tries])
    }
  }

  // What came with the page's data where no feed can be asked; once, so that it hides nothing pressed since.
  take(details) {
    if (!details?.id || details === this.taken) return
    this.taken = details
    this.details.set(details.id, details)
  }

  tellTrouble(text) {
    this.deleted = null // perhaps it was just this that failed
    this.panel.say(text)
  }

  // The data changed below us: go on with the same item, in its new place if it has one.
  refresh() {
    if (!this.item) return
    const item = (this.item = this.grid.itemNow(this.id) ?? this.item)
    this.take(this.grid.source?.details)
    if (item.file !== this.shown && item.file) {
      this.shown = item.file
      this.media.show(item, this.details.get(item.id))
      this.ask(item.id)
    }
    this.media.retell(this.details.get(this.id))
    const index = this.grid.indexOfId(this.id)
    if (index >= 0) this.index = index
    const { total } = this.grid
    const of = total < 0 ? '' : ` of ${total.toLocaleString()}`
    this.place = index >= 0 ? `${(index + 1).toLocaleString()}${of}` : ''
    this.back.disabled = this.beside(-1) == null
    this.next.disabled = this.beside(1) == null
    this.panel.paint(item, this.details.get(item.id) ?? null, this.place)
  }

  // The neighbour's id; beside the old place where the item has left the filter.
  beside(by) {
    if (this.grid.indexOfId(this.id) >= 0) return this.grid.neighbours(this.id, by)
    return this.index >= 0 ? this.grid.idAt(by > 0 ? this.index : this.index - 1) ?? null : null
  }

  step(by) { return this.goTo(this.beside(by)) }

  async goTo(id) {
    if (id == null) return
    this.heading = id
    const item = await this.itemOf(id)
    if (item && this.isOpen && this.heading === id) this.show(item)
  }

  togglePanel() {
    const isHidden = this.dialog.classList.toggle('bare')
    this.switch.setAttribute('aria-pressed', String(!isHidden))
    this.panel.placeNote()
    this.media.fit()
  }

  tell(text) { this.live.textContent = text }

  onKey(event) {
    event.stopPropagation()
    if (event.metaKey || event.ctrlKey || event.altKey) return
    const { zoom } = this.media
    const isFilm = event.target.tagName === 'VIDEO' // its own keys: space, arrows, Home, End
    const isButton = event.target.closest('button, a')
    const sideways = by => (event.shiftKey && zoom.isZoomed ? zoom.pan(-by * VIEWER_PAN_PX, 0, true) : this.step(by))
    const upward = by => zoom.isZoomed && event.shiftKey && zoom.pan(0, by * VIEWER_PAN_PX, true)
    const keys = {
      ArrowRight: () => !isFilm && sideways(1),
      ArrowLeft: () => !isFilm && sideways(-1),
      ArrowUp: () => !isFilm && upward(1),
      ArrowDown: () => !isFilm && upward(-1),
      ' ': () => !isFilm && !isButton && this.media.toggleFilm(),
      k: () => this.media.toggleFilm(),
      '+': () => zoom.by(ZOOM_STEP), '=': () => zoom.by(ZOOM_STEP), '-': () => zoom.by(1 / ZOOM_STEP),
      0: () => zoom.fit(), 1: () => zoom.canZoom && zoom.to(zoom.pixelScale),
      f: () => !this.isTrash && this.grid.toggleFavorite(this.item),
      i: () => this.togglePanel(),
      Delete: () => this.acts.act(this.isTrash ? 'purge' : 'delete'),
    }
    if (this.item && keys[event.key]?.() !== false && event.key in keys) event.preventDefault()
  }

  onClose() {
    this.address?.leave()
    this.media.clear()
    this.panel.say(null)
    clearTimeout(this.asking)
    this.details.clear()
    document.body.toggleAttribute('data-viewer-open', false)
    const id = this.id
    this.deleted = this.item = this.id = this.heading = null
    if (id != null) this.grid.focusId(id)
  }

  // The grid goes away (page change): no listener may stay behind.
  destroy() {
    this.address?.destroy()
    this.address = null
    this.media.observer.disconnect()
    if (this.isOpen) HANDOVER.give(this.id, this.openedAt)
    this.close()
  }
}
