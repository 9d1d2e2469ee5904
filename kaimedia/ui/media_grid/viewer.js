// The full-size viewer: a native dialog with the media left and its facts right.
const SWIPE_PX = 56

class Viewer {
  constructor(grid) {
    this.grid = grid
    this.build()
  }

  build() {
    this.stage = make('div', { class: 'stage' })
    this.panel = make('aside', { class: 'panel', 'aria-label': 'Details' })
    this.back = make('button', { class: 'nav back', type: 'button', 'aria-label': 'Previous', icon: 'left', onclick: () => this.step(-1) })
    this.next = make('button', { class: 'nav next', type: 'button', 'aria-label': 'Next', icon: 'right', onclick: () => this.step(1) })
    const close = make('button', { class: 'nav close', type: 'button', 'aria-label': 'Close', icon: 'close', onclick: () => this.dialog.close() })
    this.hold = make('div', { class: 'hold' }, this.stage)
    this.dialog = make('dialog', { class: 'viewer', 'aria-label': 'Media viewer' }, this.hold, close, this.back, this.next, this.panel)
    this.dialog.addEventListener('click', event => {
      if (event.target === this.dialog || event.target === this.hold) this.dialog.close()
    })
    this.dialog.addEventListener('keydown', event => this.onKey(event))
    this.dialog.addEventListener('close', () => this.onClose())
    this.watchSwipes()
    this.grid.root.append(this.dialog)
  }

  get isOpen() { return this.dialog.open }

  get item() { return this.grid.items.find(each => each.id === this.id) }

  open(item, card) {
    this.dialog.showModal()
    document.body.toggleAttribute('data-viewer-open', true)
    this.show(item)
    if (!card || prefersCalm()) return
    const from = card.getBoundingClientRect()
    const to = this.stage.getBoundingClientRect()
    if (!to.width) return
    const across = from.left + from.width / 2 - to.left - to.width / 2
    const down = from.top + from.height / 2 - to.top - to.height / 2
    const scale = Math.max(from.width / to.width, from.height / to.height)
    this.stage.animate(
      [{ transform: `translate(${across}px, ${down}px) scale(${scale})`, opacity: 0.5 }, { transform: 'none', opacity: 1 }],
      { duration: 230, easing: 'cubic-bezier(.2,.8,.2,1)' })
  }

  show(item) {
    this.id = item.id
    this.shownFile = item.file
    this.fitStage(item)
    this.stage.replaceChildren(...(item.video && item.file ? [this.film(item)] : this.pictures(item)))
    if (!item.file) this.grid.send('open', item)
    this.refresh()
    const index = this.grid.items.indexOf(item)
    for (const near of [this.grid.items[index + 1], this.grid.items[index - 1]]) {
      if (near?.file && !near.video) new Image().src = address(near.file)
    }
  }

  fitStage(item) {
    const isSmall = innerWidth <= 860
    const width = isSmall ? innerWidth : this.hold.clientWidth - 128
    const height = isSmall ? innerHeight * 0.62 : this.hold.clientHeight - 112
    const scale = Math.min(width / item.w, height / item.h, item.video ? 1.6 : 1)
    this.stage.style.width = `${Math.floor(item.w * scale)}px`
    this.stage.style.height = `${Math.floor(item.h * scale)}px`
  }

  film(item) {
    const film = make('video', {
      controls: true, autoplay: true, loop: true, playsinline: true, preload: 'auto',
      'aria-label': item.prompt, poster: item.large && address(item.large), src: address(item.file),
    })
    film.muted = true
    film.play().catch(() => {})
    return film
  }

  pictures(item) {
    const full = make('img', { class: 'full', alt: item.prompt })
    full.onload = () => full.classList.add('in')
    full.src = address(item.file || item.large || item.thumb)
    const first = item.large || item.thumb
    return first ? [make('img', { alt: '', 'aria-hidden': 'true', src: address(first) }), full] : [full]
  }

  // The data changed below us: go on with the same item, or the one that took its place.
  refresh() {
    const item = this.item
    if (!item) return this.replaceLost()
    if (item.file !== this.shownFile) return this.show(item)
    const index = this.grid.items.indexOf(item)
    this.index = index
    this.back.disabled = index === 0
    this.next.disabled = index === this.grid.items.length - 1 && !this.grid.hasMore
    const focused = this.grid.shadow.activeElement?.dataset?.do
    this.panel.classList.toggle('is-video', item.video)
    this.panel.replaceChildren(...this.facts(item, index))
    if (focused) this.panel.querySelector(`[data-do=${focused}]`)?.focus()
  }

  replaceLost() {
    const next = this.grid.items[Math.min(this.index ?? 0, this.grid.items.length - 1)]
    if (next) this.show(next)
    else this.dialog.close()
  }

  facts(item, index) {
    const made = new Date(item.at * 1000).toLocaleString(undefined, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })
    const rows = [['Model', item.model], ['Size', `${item.w} × ${item.h}`], item.video && ['Length', `${item.seconds} s`],
      ['Created', made], item.sandbox && ['Made by', 'Sandbox, free']]
    const list = make('dl')
    for (const row of rows.filter(Boolean)) list.append(make('dt', { text: row[0] }), make('dd', { text: row[1] }))
    const kind = item.video ? 'Video' : 'Image'
    return [
      make('div', { class: 'head' },
        labelled('span', item.video ? 'video' : 'image', kind, { class: 'chip' }),
        make('span', { class: 'place', text: `${index + 1} of ${this.grid.total}` })),
      make('div', {}, make('h2', { text: 'Prompt' }), make('p', { class: 'prompt', text: item.prompt })),
      list,
      this.undo(),
      this.actions(item),
    ].filter(Boolean)
  }

  // The page's own undo bar is out of sight while this dialog is open.
  undo() {
    const deleted = this.deleted
    if (!deleted) return null
    const bring = () => {
      this.deleted = null
      this.refresh()
      this.grid.send('restore', deleted)
    }
    return make('p', { class: 'undo', role: 'status' }, make('span', { text: `Deleted: ${deleted.prompt}` }),
      labelled('button', 'again', 'Undo', { class: 'wide', type: 'button', 'data-do': 'undo', onclick: bring }))
  }

  actions(item) {
    const button = (name, icon, text, more = {}) =>
      labelled('button', icon, text, { class: 'wide', type: 'button', 'data-do': name, onclick: () => this.act(name), ...more })
    return make('div', { class: 'actions' },
      item.file && labelled('a', 'download', 'Download', { class: 'wide main', href: downloadAddress(item.file), download: item.name }),
      button('reuse', 'again', 'Reuse prompt'),
      button('copy', 'copy', 'Copy prompt'),
      button('reference', 'reference', 'Use as reference'),
      button('favorite', item.fav ? 'heartFull' : 'heart', item.fav ? 'Favourited' : 'Favourite', { 'aria-pressed': String(item.fav) }),
      button('delete', 'trash', 'Delete', { class: 'wide danger' }))
  }

  act(name) {
    const item = this.item
    if (!item) return
    if (name === 'favorite') return this.grid.toggleFavorite(item)
    if (name === 'copy') return this.copy(item)
    if (name === 'delete') this.deleted = item
    else this.dialog.close()
    this.grid.send(name, item)
  }

  async copy(item) {
    const label = this.panel.querySelector('[data-do=copy] span')
    try {
      await navigator.clipboard.writeText(item.prompt)
      label.textContent = 'Copied'
    } catch {
      label.textContent = 'Select it above'
    }
    setTimeout(() => { label.textContent = 'Copy prompt' }, 1600)
  }

  step(by) {
    const index = this.grid.items.findIndex(each => each.id === this.id) + by
    const item = this.grid.items[index]
    if (item) this.show(item)
    if (this.grid.hasMore && index >= this.grid.items.length - 6) this.grid.askForMore()
  }

  onKey(event) {
    event.stopPropagation()
    if (event.target.tagName === 'VIDEO') return
    if (event.key === 'ArrowRight') this.step(1)
    else if (event.key === 'ArrowLeft') this.step(-1)
    else if (event.key === 'f' && this.item) this.grid.toggleFavorite(this.item)
  }

  onClose() {
    this.stage.replaceChildren()
    this.deleted = null
    document.body.toggleAttribute('data-viewer-open', false)
    const id = this.id
    this.id = null
    this.grid.focusId(id)
  }

  watchSwipes() {
    let from = null
    this.dialog.addEventListener('touchstart', event => {
      from = event.touches.length === 1 ? event.touches[0].clientX : null
    }, { passive: true })
    this.dialog.addEventListener('touchend', event => {
      if (from === null || event.target.closest('video, .panel')) return
      const moved = event.changedTouches[0].clientX - from
      if (Math.abs(moved) > SWIPE_PX) this.step(moved < 0 ? 1 : -1)
    }, { passive: true })
  }
}
