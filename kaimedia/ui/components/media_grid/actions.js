// @ts-check
// Actions on media: shown immediately, sent to Python, confirmed by its next data.
import { downloadAddress, element, targetIn } from './dom.js'
import { counted } from './format.js'
import { downloadArchive } from './gallery_api.js'
import { GallerySource } from './gallery_source.js'
import { ListSource } from './list_source.js'
import { OUTBOX } from './outbox.js'
import { PENDING_VIEW } from './pending_view.js'
import { Viewer } from './viewer.js'

/** @import { Card } from './cards.js' */
/** @import { Grid } from './grid.js' */
/** @import { Item } from './types.d.ts' */

const MAX_AT_ONCE = 200_000 // as on the server
const NOT_STARTED = 'The download did not start. Try again.'

export class Actions {
  /** @param {Grid} grid */
  constructor(grid) {
    this.grid = grid
    /** The pending item that Python was asked for. @type {number | null} */
    this.brought = null
  }

  /** @param {number} id */
  chosenOr(id) {
    return this.grid.selection.isOn ? this.grid.selection.ids : [id]
  }

  /**
   * @param {string} what
   * @param {number[]} ids
   */
  send(what, ids, more = {}) {
    if (!this.isTooMany(ids)) OUTBOX.put({ do: what, ids, ...more })
  }

  get hasDetails() {
    return this.grid.sources.latest instanceof GallerySource || Boolean(this.grid.source?.details)
  }

  /**
   * Without the gallery API, Python sends the file and the details with its next data.
   * @param {number} id
   */
  bring(id) {
    if (!(this.grid.sources.latest instanceof GallerySource) && this.hasDetails) this.send('open', [id])
  }

  /** @param {MouseEvent} event */
  onClick(event) {
    const card = this.grid.cardAt(event)
    if (card && !this.grid.selection.takeLongPress())
      this.onPress(card, targetIn(event, '[data-act]')?.dataset.act, event)
  }

  /**
   * `event` holds the modifier keys. Selecting needs the current page; everything else reaches Python or the next page.
   * @param {Card} card
   * @param {string | undefined} act
   * @param {MouseEvent} event
   */
  onPress(card, act, event) {
    if (act === 'download') return
    if (card.isFailed) return this.grid.sources.retry()
    if (this.press(act, card)) return
    const isRange = event.shiftKey && this.grid.selection.anchor !== undefined
    const isPick = act === 'check' || this.grid.selection.isOn || event.ctrlKey || event.metaKey || isRange
    if (!this.grid.selectable || !isPick) this.view(card.id, card.node)
    else if (this.grid.isConnected) this.grid.selection.pick(card.id, event.shiftKey)
  }

  /**
   * @param {number} id
   * @param {HTMLElement | null} node
   */
  view(id, node) {
    if (!this.grid.isConnected) return PENDING_VIEW.set(id, performance.now())
    this.grid.preview.stop()
    this.grid.viewer ??= new Viewer(this.grid)
    this.grid.viewer.open(id, node)
  }

  // Opens an item that was opened while the previous page was closing. Without our routes Python first sends a missing item.
  openPendingView() {
    const { id } = PENDING_VIEW
    if (id === null) return
    if (this.grid.source instanceof ListSource && !this.grid.source.get(id)) {
      if (this.brought === id) return
      this.brought = id
      return this.send('open', [id])
    }
    PENDING_VIEW.pending = null
    this.view(id, null)
  }

  /**
   * Handles a button on a card; false if it is another one.
   * @param {string | undefined} name
   * @param {Card} card
   */
  press(name, { id, item }) {
    if (name === 'favorite') item && this.toggleFavorite(item)
    else if (name === 'restore') this.restore([id])
    else if (name === 'reuse') this.send('reuse', [id], { how: 'all' })
    else if (name === 'reference') this.send('reference', [id], { to: 'here' })
    else if (name === 'animate') this.send('reference', [id], { to: 'video' })
    else return false
    return true
  }

  /** @param {number[]} ids */
  isTooMany(ids) {
    if (ids.length <= MAX_AT_ONCE) return false
    const message = `Too many: at most ${MAX_AT_ONCE.toLocaleString()} at a time`
    this.grid.selection.bar.say(message)
    this.grid.live.say(`${message}.`)
    return true
  }

  /** @param {Item} item */
  toggleFavorite(item) {
    this.setFavorite([item.id], !item.fav)
  }

  /**
   * Shown immediately; confirmed by the next data or items.
   * @param {number[]} ids
   * @param {boolean} on
   */
  setFavorite(ids, on) {
    if (this.isTooMany(ids)) return
    this.grid.source.setFavorite(ids, on)
    for (const id of ids) this.grid.cards.get(id)?.repaint()
    if (this.grid.viewer?.isOpen) this.grid.viewer.refresh()
    this.send('favorite', ids, { on })
  }

  /** @param {number[]} ids */
  remove(ids) {
    if (this.isTooMany(ids)) return
    if (this.grid.place === 'trash') return this.send('purge', ids)
    this.drop(ids)
    this.send('delete', ids)
  }

  /** @param {number[]} ids */
  restore(ids) {
    if (this.isTooMany(ids)) return
    if (this.grid.place === 'trash') this.drop(ids)
    else {
      this.grid.source.restore(ids)
      this.grid.arrange(true)
    }
    this.send('restore', ids)
    if (this.grid.viewer?.isOpen) this.grid.viewer.refresh()
  }

  /** @param {number[]} ids */
  drop(ids) {
    const hadFocus = ids.some(id => this.grid.cards.get(id)?.node.contains(this.grid.shadow.activeElement))
    this.grid.source.drop(ids)
    this.grid.arrange(true)
    this.grid.selection.prune()
    if (hadFocus) this.grid.focusIndex(this.grid.active)
    if (this.grid.viewer?.isOpen) this.grid.viewer.refresh()
  }

  /**
   * One item as a file, several as a ZIP. Fetches one item first, to renew an expired key and detect a lost connection.
   * @param {number[]} ids
   */
  async download(ids) {
    if (this.isTooMany(ids)) return
    if (!this.grid.isGallery && ids.length > 1) return this.send('archive', ids)
    try {
      const [fresh] = this.grid.source.key ? (await this.grid.source.request('items', { ids: ids[0] })).items : []
      const item = ids.length === 1 ? (fresh ?? (await this.grid.itemById(ids[0]))) : null
      if (item?.file) element('a', { href: downloadAddress(item.file), download: item.name }).click()
      else if (!item && ids.length > 1) downloadArchive([this.grid.source.key], ids, () => this.announce(NOT_STARTED))
      else return this.announce(NOT_STARTED)
      this.announce(`Downloading ${counted(ids.length)}`)
    } catch {
      this.announce(NOT_STARTED)
    }
  }

  /** @param {string} text */
  announce(text) {
    this.grid.selection.bar.say(text)
    this.grid.live.say(text)
  }
}
