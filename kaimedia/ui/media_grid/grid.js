// The grid: keeps cards in step with the data, takes keys and clicks, tells the server.
const GRIDS = new WeakMap()

class Grid {
  constructor(shadow) {
    this.shadow = shadow
    this.root = shadow.querySelector('.root')
    this.holder = shadow.querySelector('.grid')
    this.note = shadow.querySelector('.note')
    this.more = shadow.querySelector('.more')
    this.live = shadow.querySelector('.live')
    this.items = []
    this.cards = new Map()
    this.active = 0
    this.preview = new Preview()
    this.listen()
  }

  listen() {
    this.holder.addEventListener('click', event => this.onClick(event))
    this.holder.addEventListener('keydown', event => this.onKey(event))
    this.holder.addEventListener('focusin', event => {
      const card = event.target.closest('.card')
      if (card) this.setActive(this.indexOf(card))
    })
    this.holder.addEventListener('pointerover', event => {
      const card = event.target.closest?.('.card')
      if (card && event.pointerType === 'mouse') this.preview.start(card, this.items[this.indexOf(card)])
    })
    this.holder.addEventListener('pointerout', event => {
      if (this.preview.card && !this.preview.card.contains(event.relatedTarget)) this.preview.stop()
    })
    this.more.addEventListener('click', () => this.askForMore())
    this.observer = new ResizeObserver(() => this.holder.clientWidth !== this.width && this.arrange())
    this.observer.observe(this.holder)
  }

  update(args) {
    const data = args.data[0]
    this.sendTrigger = args.setTriggerValue
    const known = new Map(this.items.map(item => [item.id, item]))
    this.items = data.items
    this.total = data.total
    this.fitPx = data.fit
    this.hasMore = data.more
    this.isAsking = false
    this.empty = data.empty
    for (const item of this.items) this.syncCard(item, known.get(item.id))
    const wanted = new Set(this.items.map(item => item.id))
    for (const [id, card] of this.cards) if (!wanted.has(id)) this.dropCard(id, card)
    this.more.hidden = !this.hasMore
    this.arrange()
    this.showNote()
    if (this.viewer?.isOpen) this.viewer.refresh()
  }

  syncCard(item, before) {
    const card = this.cards.get(item.id)
    if (!card || (before && before.file !== item.file)) {
      card?.remove()
      this.cards.set(item.id, makeCard(item, Boolean(this.fitPx)))
    } else {
      paintFavorite(card, item)
    }
  }

  dropCard(id, card) {
    this.cards.delete(id)
    card.classList.add('gone')
    setTimeout(() => card.remove(), prefersCalm() ? 0 : 180)
  }

  arrange() {
    this.width = this.holder.clientWidth
    if (!this.width) return
    const plan = this.fitPx ? fit(this.items, this.width, this.fitPx) : justify(this.items, this.width)
    this.cells = plan.cells
    this.holder.style.height = `${plan.height}px`
    this.items.forEach((item, index) => {
      const card = this.cards.get(item.id)
      placeCard(card, plan.cells[index], index, this.total, item)
      if (this.holder.children[index] !== card) this.holder.insertBefore(card, this.holder.children[index] ?? null)
      setReachable(card, index === this.active)
    })
  }

  showNote() {
    const isEmpty = !this.items.length && Boolean(this.empty.title)
    this.note.hidden = !isEmpty
    if (!isEmpty) return
    this.note.replaceChildren(
      make('i', { icon: 'image' }), make('h3', { text: this.empty.title }), make('p', { text: this.empty.body ?? '' }),
      this.empty.action && make('button', { class: 'wide', type: 'button', text: this.empty.action, onclick: () => this.send('action', {}) }) || '')
  }

  indexOf(card) { return this.items.findIndex(item => String(item.id) === card.dataset.id) }

  setActive(index) {
    if (index < 0 || index === this.active) return
    setReachable(this.cards.get(this.items[this.active]?.id), false)
    this.active = index
    setReachable(this.cards.get(this.items[index].id), true)
  }

  focusIndex(index) {
    const item = this.items[Math.max(0, Math.min(this.items.length - 1, index))]
    if (item) this.focusId(item.id)
  }

  focusId(id) {
    const card = this.cards.get(id)
    if (!card) return
    this.setActive(this.indexOf(card))
    card.querySelector('.open').focus({ preventScroll: true })
    card.scrollIntoView({ block: 'nearest' })
  }

  onClick(event) {
    const card = event.target.closest('.card')
    if (!card) return
    const item = this.items[this.indexOf(card)]
    const act = event.target.closest('[data-act]')?.dataset.act
    if (act === 'favorite') return this.toggleFavorite(item)
    if (act !== 'download' && item) this.view(item, card)
  }

  view(item, card) {
    this.preview.stop()
    this.viewer ??= new Viewer(this)
    this.viewer.open(item, card)
  }

  onKey(event) {
    const card = event.target.closest('.card')
    if (!card || event.metaKey || event.ctrlKey || event.altKey) return
    const index = this.indexOf(card)
    const moves = {
      ArrowRight: () => this.focusIndex(index + 1),
      ArrowLeft: () => this.focusIndex(index - 1),
      ArrowDown: () => this.focusIndex(neighbourRow(this.cells, index, 1)),
      ArrowUp: () => this.focusIndex(neighbourRow(this.cells, index, -1)),
      Home: () => this.focusIndex(0),
      End: () => this.focusIndex(this.items.length - 1),
      f: () => this.toggleFavorite(this.items[index]),
      Delete: () => this.send('delete', this.items[index]),
    }
    if (!moves[event.key]) return
    event.preventDefault()
    event.stopPropagation()
    moves[event.key]()
  }

  toggleFavorite(item) {
    item.fav = !item.fav // shown at once; the server confirms with its next data
    paintFavorite(this.cards.get(item.id), item)
    if (this.viewer?.isOpen) this.viewer.refresh()
    this.send('favorite', item, { on: item.fav })
  }

  askForMore() {
    if (this.isAsking) return
    this.isAsking = true
    this.send('more', {})
  }

  send(what, item, more = {}) {
    this.sendTrigger('event', { do: what, id: item.id ?? null, ...more, at: Date.now() })
  }

  destroy() {
    this.observer.disconnect()
    this.preview.stop()
    if (this.viewer?.isOpen) this.viewer.dialog.close()
  }
}

export default function (args) {
  const shadow = args.parentElement
  let grid = GRIDS.get(shadow)
  if (!grid || !shadow.contains(grid.root)) {
    grid = new Grid(shadow)
    GRIDS.set(shadow, grid)
  }
  grid.update(args)
  return () => setTimeout(() => {
    const host = shadow.host ?? shadow
    if (host.isConnected || GRIDS.get(shadow) !== grid) return
    grid.destroy()
    GRIDS.delete(shadow)
  })
}
