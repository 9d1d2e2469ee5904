// The whole gallery under one filter: first the index of ids, then items as they come into view.
const FIRST_PAGE = 60
const CONFIRM_MS = 6000
const PATIENT_MS = 600
const RECENT_FEEDS = new Map() // the last filters used, so that returning to one draws immediately
const MAX_FEEDS = 3

class Feed extends Sequence {
  constructor(name, data) {
    super()
    this.name = name
    this.query = data.query
    this.rev = data.rev
    this.key = data.key
    this.isWhole = false
    this.total = 0 // -1: more than loaded, not counted yet
    this.cache = new ItemCache((ids, signal) => this.ask('items', { ids: ids.join(',') }, signal).then(response => response.items),
      () => this.owner?.onItems(this))
  }

  get isByTime() { return new URLSearchParams(this.query).get('sort') !== 'longest' }

  static of(data) {
    const name = `${data.place} ${data.query}`
    const feed = RECENT_FEEDS.get(name) ?? new Feed(name, data)
    RECENT_FEEDS.delete(name)
    RECENT_FEEDS.set(name, feed)
    for (const other of RECENT_FEEDS.keys()) {
      if (RECENT_FEEDS.size <= MAX_FEEDS) break
      RECENT_FEEDS.delete(other)
    }
    return feed
  }

  async ask(path, params, signal) {
    try {
      const isFiltered = path === 'page' || path === 'outline'
      return await requestFeed(path, [isFiltered && this.query, String(new URLSearchParams(params)), this.key], signal)
    } catch (error) {
      if (error.status === 403) this.owner?.renew(this.key)
      throw error
    }
  }

  // Updates the feed with Python's data; loads what is missing.
  follow(data) {
    const isRenewed = data.key !== this.key
    const isNew = data.rev !== this.rev
    this.key = data.key
    this.rev = data.rev
    this.knownTotal = data.total // the total, if Python knows it
    if (isNew || isRenewed) this.cache.expire() // a new key: URLs signed with the old one expire soon
    if (isRenewed && !isNew) this.cache.retry()
    if (isNew || (isRenewed && this.error) || (!this.isWhole && !this.isLoading)) this.load()
  }

  async load() {
    this.call?.abort()
    const call = this.call = new AbortController()
    this.error = null
    this.isLoading = true
    const isFirst = !this.isWhole && !this.ids.length
    const page = isFirst && this.ask('page', { limit: FIRST_PAGE }, call.signal).then(response => this.takePage(response, call), () => {})
    try {
      await page // first, with its images: the index would compete with them for the server's CPU
      if (isFirst && !SAVED_MARKS.has(this.name)) await this.owner?.painter.whenShown(PATIENT_MS)
      if (call.signal.aborted) return
      const outline = await this.ask('outline', {}, call.signal)
      if (!call.signal.aborted) this.takeOutline(outline)
    } catch (error) {
      if (call.signal.aborted) return
      this.error = error
      this.owner?.onFeedError(this, error)
    }
    this.isLoading = false
  }

  takePage(response, call) {
    if (call.signal.aborted || this.isWhole) return
    this.cache.take(response.items)
    this.total = response.more ? this.knownTotal ?? -1 : response.items.length
    this.months = this.isByTime ? monthsOf(response.items) : []
    this.arrange(response.items.map(item => item.id), Float32Array.from(response.items, steppedRatio))
    this.owner?.onOutline(this)
  }

  takeOutline(response) {
    let last = 0
    const ids = response.ids.map((step, at) => { last = at ? last + step : step; return last })
    this.months = response.months ?? []
    this.arrange(ids, ratiosOfLetters(response.ratios))
    for (const [id, gone] of this.dropped) {
      if (this.indexOf(id) < 0 || Date.now() - gone.at > CONFIRM_MS) this.dropped.delete(id)
    }
    this.keep(id => !this.dropped.has(id))
    this.isWhole = true
    this.wasRefused = false
    this.total = this.ids.length
    this.owner?.onOutline(this)
  }

  drop(ids) {
    super.drop(ids)
    for (const id of ids) if (this.dropped.has(id)) this.dropped.get(id).at = Date.now()
    if (this.isWhole) this.total = this.ids.length
    else if (this.total > 0) this.total = Math.max(0, this.total - ids.length)
    clearTimeout(this.confirming)
    // If Python does not confirm, reload the server's state.
    this.confirming = setTimeout(() => { if (this.dropped.size && this.owner) this.load() }, CONFIRM_MS + 200)
  }

  bringBack(ids) {
    super.bringBack(ids)
    if (this.isWhole) this.total = this.ids.length
  }

  get(id) { return this.cache.get(id) }

  one(id) { return this.cache.one(id) }

  setFavorite(ids, on) { this.cache.setFavorite(ids, on) }

  // Discards all unconfirmed changes.
  discardPending() {
    this.cache.favorites.clear()
    this.cache.expire()
    this.dropped.clear()
    this.load()
  }

  hasFailed(id) { return this.cache.failed.has(id) }

  want(near, far) { this.cache.want(near, far) }

  retry() {
    this.cache.retry()
    if (!this.isWhole || this.error) this.load()
  }

  // A new grid may take over the feed before the old one releases it.
  stop(owner) {
    if (this.owner !== owner) return
    this.owner = null
    this.isLoading = false
    this.call?.abort()
    this.cache.stop()
  }
}
