// The grid: keeps cards in sync with the source and the viewport, handles clicks, sends events to the server.
const RENEWED_MS = 4000
const RETRY_MS = 8000

class Grid extends Actions {
  constructor(shadow) {
    super()
    this.shadow = shadow
    this.root = shadow.querySelector('.root')
    this.holder = shadow.querySelector('.grid')
    this.more = shadow.querySelector('.more')
    this.live = new Live(shadow.querySelector('.live'))
    this.painter = new Painter(this)
    this.cards = this.painter.cards
    this.ids = []
    this.active = 0
    this.window = new Window(this.holder, isSettled => this.onScroll(isSettled))
    this.notes = new Notes(this)
    this.anchor = new Anchor(this)
    this.stage = new Stage(this)
    this.months = new Months(this)
    this.selection = new Selection(this)
    this.scrubber = new Scrubber(this)
    this.preview = new Preview()
    this.presses = new Presses(this)
    this.listen()
  }

  listen() {
    const { holder } = this
    holder.addEventListener('click', event => this.onClick(event))
    this.root.addEventListener('keydown', event => onGridKey(this, event))
    holder.addEventListener('focusin', event => {
      const card = this.cardAt(event)
      card?.showControls()
      if (card) this.setActive(card.index)
    })
    holder.addEventListener('focusout', event => this.cardAt(event)?.hideControlsSoon())
    holder.addEventListener('pointerover', event => {
      const card = this.cardAt(event)
      if (!card || event.pointerType !== 'mouse') return
      card.showControls()
      this.preview.start(card)
    })
    holder.addEventListener('pointerout', event => {
      const card = this.cardAt(event)
      if (!card || card.node.contains(event.relatedTarget)) return
      card.hideControlsSoon()
      if (this.preview.card === card) this.preview.stop()
    })
    this.more.addEventListener('click', () => this.askForMore())
    this.onLine = () => this.retry()
    addEventListener('online', this.onLine)
    this.observer = new ResizeObserver(() => this.onResize())
    this.observer.observe(this.root)
    this.observer.observe(this.window.scroller)
  }

  get isConnected() { return (this.shadow.host ?? this.shadow).isConnected }
  get total() { return this.source?.total ?? 0 }
  get isFeed() { return this.source instanceof Feed }
  get isFitted() { return Boolean(this.fitPx) }
  get isComplete() { return this.isFeed ? this.source.isWhole : !this.source.hasMore }

  cardAt(event) { return event.target.closest?.('.card')?.card }

  update(args) {
    const data = args.data[0]
    OUTBOX.attach(this, args.setTriggerValue, data.heard)
    this.fitPx = data.fit
    this.stage.take(data.stage ?? 0)
    this.empty = data.empty ?? {}
    this.place = data.place ?? 'gallery'
    this.models = data.models ?? []
    this.selectable = Boolean(data.selectable)
    this.root.classList.toggle('can-select', this.selectable)
    if (data.mode === 'feed') this.follow(data)
    else this.takeInline(data)
    if (data.opened && this.opened === undefined) this.view(data.opened, null) // later the viewer controls the URL
    this.opened ??= data.opened ?? null
    this.takeHandover()
    if (this.viewer?.isOpen) this.viewer.refresh()
    this.onErrorReport(...(data.trouble ?? [0, '']))
  }

  // Python could not do what is already shown: reload the state, and show the error in an open viewer, which covers toasts.
  onErrorReport(number, text) {
    const isNew = this.errorCount !== undefined && number > this.errorCount
    this.errorCount = number
    if (!isNew) return
    if (this.isFeed) this.source.discardPending()
    if (this.viewer?.isOpen) this.viewer.reportError(text)
  }

  takeInline(data) {
    if (!(this.source instanceof Inline)) this.setSource(new Inline())
    this.isAsking = false
    this.source.take(data)
    this.arrange(true)
  }

  follow(data) {
    const feed = this.next ?? this.source
    if (feed instanceof Feed && feed.name === `${data.place} ${data.query}`) return feed.follow(data)
    this.next?.stop(this)
    const next = this.next = Feed.of(data)
    next.owner = this
    if (next.ids.length || next.isWhole) this.onOutline(next)
    else if (!this.plan?.count) this.notes.showSkeleton()
    next.follow(data)
  }

  setSource(source) {
    const isFirst = !this.source
    this.source?.stop(this)
    this.source = source
    this.ids = []
    this.plan = null
    this.active = 0
    this.selection.clear()
    return isFirst
  }

  onOutline(feed) {
    if (feed === this.next) {
      this.next = null
      const isFirst = this.setSource(feed)
      this.arrange()
      if (isFirst) this.anchor.restore()
      else if (this.anchor.mark()) this.window.scrollTo(0)
    } else this.arrange(true)
    this.selection.prune()
    if (feed.isWhole && !this.total) this.live.say(this.empty.title ?? '')
    else if (feed.isWhole && !this.selection.isOn) this.live.say(counted(this.total))
    if (this.viewer?.isOpen) this.viewer.refresh()
  }

  onItems(feed) {
    if (feed === this.source) this.paint()
    if (this.viewer?.isOpen) this.viewer.refresh()
  }

  // A refused key is renewed first; visible items stay, and the rest is retried automatically.
  onFeedError(feed, error) {
    clearTimeout(this.retrying)
    if (error.status === 403 && !feed.wasRefused) {
      feed.wasRefused = true
      this.retrying = setTimeout(() => { if (feed.error) feed.load() }, RENEWED_MS)
      return
    }
    if (feed === this.next) {
      this.next = null
      this.setSource(feed)
    }
    if (feed !== this.source) return
    if (feed.ids.length) this.retrying = setTimeout(() => feed.load(), RETRY_MS)
    this.arrange()
  }

  // Recomputes the layout, keeping the view on the same item.
  arrange(isAnimated = false) {
    this.width = this.root.clientWidth
    if (!this.width || !this.source) return
    const mark = this.isFitted ? null : this.anchor.mark()
    const { ids, ratios } = this.source
    const hadAny = Boolean(this.ids.length)
    const activeId = this.ids[this.active]
    this.ids = ids
    this.plan = this.stage.planned(ratios, this.width)
    this.active = Math.max(0, this.source.indexOf(activeId) >= 0 ? this.source.indexOf(activeId) : Math.min(this.active, ids.length - 1))
    this.notes.clearSkeleton()
    this.holder.style.height = `${this.fullHeight()}px`
    this.holder.hidden = !ids.length
    this.anchor.hold(mark)
    if (isAnimated && hadAny && !prefersReducedMotion()) this.painter.animate()
    this.paint()
    this.scrubber.arrange()
    this.more.hidden = !this.source.hasMore
    if (this.source.error && !ids.length) this.notes.showError(this.source.error)
    else if (!ids.length) this.notes.showEmpty()
    else this.notes.hide()
  }

  // Before the id index arrives, the height is estimated from the first page.
  fullHeight() {
    const { plan, source } = this
    return source.isWhole || !plan.count ? plan.height : plan.height * Math.max(1, source.total / plan.count)
  }

  paint() {
    this.painter.paint()
    this.stage.paint()
  }

  onResize() {
    if (this.root.clientWidth !== this.width || this.stage.isOfOtherHeight) this.arrange()
    else if (this.plan) {
      this.paint()
      this.scrubber.arrange()
    }
  }

  onScroll(isSettled) {
    if (!this.plan?.count) return
    this.preview.stop()
    this.paint()
    if (!isSettled) this.scrubber.flash()
    this.anchor.remember()
  }

  setActive(index) {
    this.active = index
    this.painter.keepReachable(index)
  }

  focusIndex(index) {
    if (!this.ids.length) return
    const at = Math.max(0, Math.min(this.ids.length - 1, index))
    this.window.show(this.plan.topOf(at), this.plan.heightOf(at))
    this.setActive(at)
    this.paint()
    this.cards.get(this.ids[at])?.open.focus({ preventScroll: true })
  }

  focusId(id) {
    const index = this.indexOfId(id)
    if (index >= 0) this.focusIndex(index)
  }

  // Focuses without scrolling.
  refocus() { this.painter.reachable?.open.focus({ preventScroll: true }) }

  // ---- used by the viewer ----

  indexOfId(id) { return this.source?.indexOf(id) ?? -1 }

  idAt(index) { return this.ids[index] ?? null }

  itemNow(id) { return this.source?.get(id) }

  itemById(id) { return (this.source ?? this.next).one(id) }

  neighbors(id, by) {
    const index = this.indexOfId(id)
    return index < 0 ? null : this.idAt(index + by)
  }

  // The source for requests: a new feed can be queried before its first page arrives.
  get latestSource() { return this.next ?? this.source }

  fetchFeed(path, params) { return this.latestSource.ask(path, params) }

  downloadOf(item) { return downloadAddress(item.file) }

  askForMore() {
    if (this.isAsking) return
    this.isAsking = true
    this.send('more', [])
  }

  // The feed's key expired: Python sends a new one with its next data.
  renew(key) {
    if (this.renewed === key) return
    this.renewed = key
    this.send('renew', [])
  }

  retry() {
    const feed = this.next ?? this.source
    if (!(feed instanceof Feed)) return
    if (!this.ids.length) this.notes.showSkeleton()
    feed.retry()
  }

  destroy() {
    this.observer.disconnect()
    removeEventListener('online', this.onLine)
    clearTimeout(this.retrying)
    this.preview.stop()
    for (const part of [this.window, this.anchor, this.selection, this.scrubber, this.presses]) part.stop()
    OUTBOX.detach(this)
    this.next?.stop(this)
    this.source?.stop(this)
    this.viewer?.destroy()
  }
}
