// Items that came with the data: results of one task, or a gallery without our routes.
class Inline extends Sequence {
  constructor() {
    super()
    this.isWhole = true
    this.items = new Map()
  }

  // `more` means that there are further pages. An `aside` item is only for the viewer. `details` describes
  // the last opened item, without the gallery API; it is empty before the first.
  take({ items: received, total, more, byTime, details }) {
    this.details = details
    this.items = new Map(received.map(item => [item.id, item]))
    const items = received.filter(item => !item.aside)
    this.received = items.length
    this.hasMore = more
    this.total = total
    this.arrange(items.map(item => item.id), Float32Array.from(items, clampedRatio))
    this.months = byTime ? monthsOf(items) : []
    this.dropped.clear()
  }

  drop(ids) {
    super.drop(ids)
    this.total = Math.max(this.ids.length, this.total - ids.length)
  }

  get(id) { return this.items.get(id) }

  async one(id) { return this.items.get(id) ?? null }

  setFavorite(ids, on) { ids.forEach(id => { if (this.items.has(id)) this.items.get(id).fav = on }) }

  async ask(path, { id }) {
    if (path === 'details' && id === this.details?.id) return this.details
    throw new FeedError(404)
  }

  hasFailed() { return false }

  want() {}

  stop() {}
}
