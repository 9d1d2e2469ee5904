// @ts-check
// The source the grid draws from, and the next one while its first items load.
import { drawnItems } from './first_items.js'
import { counted } from './format.js'
import { GallerySource } from './gallery_source.js'
import { ListSource } from './list_source.js'

/** @import { Grid } from './grid.js' */
/** @import { GridData } from './types.d.ts' */

const RENEWED_MS = 4000
const RETRY_MS = 8000
const PLACE_MS = 1500

export class Sources {
  /** @param {Grid} grid */
  constructor(grid) {
    this.grid = grid
    /** Set by the first data, before any of its users run. @type {GallerySource | ListSource} */
    this.current = /** @type {any} */ (null)
    /** @type {GallerySource | null} */
    this.next = null
    this.isAsking = false
    /** The key that a new one was asked for. @type {string | undefined} */
    this.renewed = undefined
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.retrying = undefined
  }

  // The source for requests: a new one can be queried before its first page arrives.
  get latest() {
    return this.next ?? this.current
  }

  /**
   * Takes Python's data: the items themselves, or the filter of the gallery they come from.
   * @param {GridData} data
   */
  update(data) {
    if (data.mode === 'gallery') this.follow(data)
    else this.takeList(data)
  }

  /** @param {GridData} data */
  takeList(data) {
    const source = this.current instanceof ListSource ? this.current : new ListSource()
    if (source !== this.current) this.replace(source)
    this.isAsking = false
    source.take(data)
    this.grid.arrange(true)
  }

  /** @param {GridData} data */
  follow(data) {
    const { latest } = this
    if (latest instanceof GallerySource && latest.name === `${data.place} ${data.query}`) return latest.follow(data)
    this.next?.stop(this)
    const next = GallerySource.of(data)
    this.next = next
    next.owner = this
    if (next.ids.length || next.isWhole) this.onIdIndex(next)
    else if (!this.grid.plan?.count) this.grid.notes.showSkeleton()
    next.follow(data)
  }

  /**
   * Draws from `source` from now on; true if it is the first.
   * @param {GallerySource | ListSource} source
   */
  replace(source) {
    const isFirst = !this.current
    this.current?.stop(this)
    this.current = source
    this.grid.clear()
    this.grid.selection.clear()
    return isFirst
  }

  /** @param {GallerySource} source */
  onIdIndex(source) {
    const { grid } = this
    if (source === this.next) {
      this.next = null
      const isFirst = this.replace(source)
      grid.arrange()
      if (isFirst) this.takePlace()
      if (isFirst) grid.anchor.restore()
      else if (grid.anchor.mark()) grid.viewport.scrollTo(0)
    } else grid.arrange(true)
    grid.selection.prune()
    if (source.isWhole && !grid.total) grid.live.say(grid.empty.title ?? '')
    else if (source.isWhole && !grid.selection.isOn) grid.live.say(counted(grid.total))
    if (grid.viewer?.isOpen) grid.viewer.refresh()
  }

  // Covers what the page's HTML shows of the gallery, and removes it once the same images are there.
  async takePlace() {
    const drawn = drawnItems()
    if (!drawn) return
    this.grid.holder.classList.add('at-once')
    await this.whenShown(PLACE_MS)
    drawn.remove()
    this.grid.holder.classList.remove('at-once')
  }

  /** @param {GallerySource} source */
  onItems(source) {
    if (source === this.current) this.grid.paint()
    if (this.grid.viewer?.isOpen) this.grid.viewer.refresh()
  }

  /**
   * A refused key is renewed first; visible items stay, and the rest is retried automatically.
   * @param {GallerySource} source
   * @param {any} error
   */
  onError(source, error) {
    clearTimeout(this.retrying)
    if (error.status === 403 && !source.wasRefused) {
      source.wasRefused = true
      this.retrying = setTimeout(() => {
        if (source.error) source.load()
      }, RENEWED_MS)
      return
    }
    if (source === this.next) {
      this.next = null
      this.replace(source)
    }
    if (source !== this.current) return
    if (source.ids.length) this.retrying = setTimeout(() => source.load(), RETRY_MS)
    this.grid.arrange()
  }

  /**
   * Resolves when the visible images are loaded, or after that time.
   * @param {number} longestMs
   */
  whenShown(longestMs) {
    return this.grid.painter.whenShown(longestMs)
  }

  // Without the gallery API, Python sends more items with its next data.
  askForMore() {
    if (this.isAsking) return
    this.isAsking = true
    this.grid.actions.send('more', [])
  }

  /**
   * The key of the gallery API expired: Python sends a new one with its next data.
   * @param {string} key
   */
  renew(key) {
    if (this.renewed === key) return
    this.renewed = key
    this.grid.actions.send('renew', [])
  }

  retry() {
    const { latest } = this
    if (!(latest instanceof GallerySource)) return
    if (!this.grid.ids.length) this.grid.notes.showSkeleton()
    latest.retry()
  }

  stop() {
    clearTimeout(this.retrying)
    this.next?.stop(this)
    this.current?.stop(this)
  }
}
