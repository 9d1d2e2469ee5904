// The whole gallery under one filter: the outline at once, items as they come into view.
const FIRST_PAGE = 60
const CONFIRM_MS = 6000
const PATIENT_MS = 600
const KEPT_FEEDS = new Map() // the last filters seen, so that coming back draws at once
const MOST_FEEDS = 3

class Feed extends Sequence {
  constructor(name, data) {
    super()
    this.name = name
    this.query = data.query
    this.rev = data.rev
    this.key = data.key
    this.isWhole = false
    this.total = 0 // -1: more than are here, not counted yet
    this.cache = new ItemCache((ids, signal) => this.ask('items', { ids: ids.join(',') }, signal).then(told => told.items),
      () => this.owner?.onItems(this))
  }

  get isByTime() { return new URLSearchParams(this.query).get('sort') !== 'longest' }

  static of(data) {
    const name = `${data.place} ${data.query}`
    const feed = KEPT_FEEDS.get(name) ?? new Feed(name, data)
    KEPT_FEEDS.delete(name)
    KEPT_FEEDS.set(name, feed)
    for (const other of KEPT_FEEDS.keys()) {
      if (KEPT_FEEDS.size <= MOST_FEEDS) break
      KEPT_FEEDS.delete(other)
    }
    return feed
  }

  async ask(path, params, signal) {
    try {
      const isFiltered = path === 'page' || path === 'outline'
      return await askFeed(path, [isFiltered && this.query, String(new URLSearchParams(params)), this.key], signal)
    } catch (error) {
      if (error.status === 403) this.owner?.renew(this.key)
      throw error
    }
  }

  // Brings the feed up to what Python tells; loads what is missing.
  follow(data) {
    const isRenewed = data.key !== this.key
    const isNews = data.rev !== this.rev
    this.key = data.key
    this.rev = data.rev
    this.told = data.total // what Python knows without looking
    if (isNews || isRenewed) this.cache.expire() // a new key: addresses signed with the old one are soon over
    if (isRenewed && !isNews) this.cache.retry()
    if (isNews || (isRenewed && this.error) || (!this.isWhole && !this.isLoading)) this.load()
  }

  async load() {
    this.call?.abort()
    const call = this.call = new AbortController()
    this.error = null
    this.isLoading = true
    const isFirst = !this.isWhole && !this.ids.length
    const page = isFirst && this.ask('page', { limit: FIRST_PAGE }, call.signal).then(told => this.takePage(told, call), () => {})
    try {
      await page // first, with its pictures: the outline would compete with them for the server's processor
      if (isFirst && !KEPT_MARKS.has(this.name)) await this.owner?.painter.whenShown(PATIENT_MS)
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

  takePage(told, call) {
    if (call.signal.aborted || this.isWhole) return
    this.cache.take(told.items)
    this.total = told.more ? this.told ?? -1 : told.items.length
    this.months = this.isByTime ? monthsOf(told.items) : []
    this.arrange(told.items.map(item => item.id), Float32Array.from(told.items, steppedRatio))
    this.owner?.onOutline(this)
  }

  takeOutline(told) {
    let last = 0
    const ids = told.ids.map((step, at) => { last = at ? last + step : step; return last })
    this.months = told.months ?? []
    this.arrange(ids, ratiosOfLetters(told.ratios))
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
    // Without an answer from Python the server's truth comes back by itself.
    this.confirming = setTimeout(() => { if (this.dropped.size && this.owner) this.load() }, CONFIRM_MS + 200)
  }

  bringBack(ids) {
    super.bringBack(ids)
    if (this.isWhole) this.total = this.ids.length
  }

  get(id) { return this.cache.get(id) }

  one(id) { return this.cache.one(id) }

  setFavorite(ids, on) { this.cache.setFavorite(ids, on) }

  // Nothing that was only pressed counts any more.
  distrust() {
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

  // A grid that comes back to the page may hold the feed before the old one lets go.
  stop(owner) {
    if (this.owner !== owner) return
    this.owner = null
    this.isLoading = false
    this.call?.abort()
    this.cache.stop()
  }
}
