// @ts-check
// The full-window viewer: a native dialog with the media on the left and its facts on the right.
import { element, withKey } from './dom.js'
import { RequestError } from './gallery_api.js'
import { PENDING_VIEW } from './pending_view.js'
import { ViewerActions } from './viewer_actions.js'
import { ViewerAddress } from './viewer_address.js'
import { onViewerKey } from './viewer_keys.js'
import { ViewerPanel } from './viewer_panel.js'
import { ViewerStage } from './viewer_stage.js'

/** @import { Grid } from './grid.js' */
/** @import { Details, Item } from './types.d.ts' */

const VIEWER_DETAILS_MS = 90
const VIEWER_AGAIN_MS = [1000, 3000, 8000] // after no response or a server error

export class Viewer {
  /** @param {Grid} grid */
  constructor(grid) {
    this.grid = grid
    /** By id, as far as loaded. @type {Map<number, Details>} */
    this.details = new Map()
    /** The details last taken from the page's data. @type {Details | null} */
    this.taken = null
    /** The item being opened, which may still be loading. @type {number | null} */
    this.targetId = null
    /** The shown file. */
    this.shown = ''
    this.isLost = false
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.asking = undefined
    /** The shown item; null while none is shown. @type {Item | null} */
    this.item = null
    /** @type {number | null} */
    this.id = null
    /** @type {Item | null} */
    this.deleted = null
    this.index = -1
    this.place = ''
    this.openedAt = 0
    /**
     * @param {string} kind
     * @param {string} icon
     * @param {string} text
     * @param {[string, string?]} keys
     * @param {() => void} run
     */
    const nav = (kind, icon, text, keys, run) =>
      element('button', {
        class: `nav ${kind}`,
        type: 'button',
        'aria-label': text,
        ...withKey(text, ...keys),
        icon,
        onclick: run,
      })
    this.dialog = element('dialog', { class: 'viewer', 'aria-label': 'Media viewer', tabindex: -1 })
    this.actions = new ViewerActions(this)
    this.media = new ViewerStage(this)
    this.panel = new ViewerPanel(this)
    this.live = element('div', { class: 'live', 'aria-live': 'polite' })
    this.back = nav('back', 'left', 'Previous', ['←', 'ArrowLeft'], () => this.step(-1))
    this.next = nav('next', 'right', 'Next', ['→', 'ArrowRight'], () => this.step(1))
    this.switch = nav('info', 'facts', 'Details', ['I'], () => this.togglePanel())
    this.switch.setAttribute('aria-pressed', 'true')
    this.dialog.append(
      nav('close', 'close', 'Close', ['Esc', 'Escape'], () => this.close()),
      this.back,
      this.media.hold,
      this.next,
      this.media.tools,
      this.switch,
      this.panel.node,
      this.live,
    )
    this.dialog.addEventListener('click', event => {
      const isBeside = event.target === this.dialog || event.target === this.media.hold
      if (isBeside && !this.media.zoom.isDragged && !this.media.zoom.isZoomed) this.close()
    })
    this.dialog.addEventListener('keydown', event => onViewerKey(this, event))
    this.dialog.addEventListener('close', () => this.onClose())
    this.grid.root.append(this.dialog)
    /** @type {ViewerAddress | null} */
    this.address = null
    if (grid.place !== 'results' && !grid.fitPx) {
      this.address = new ViewerAddress(
        () => this.dialog.close(),
        id => this.open(id, null),
        () => this.dialog.isConnected,
      )
    }
  }

  get isOpen() {
    return this.dialog.open
  }
  get canLoadDetails() {
    return Boolean(this.grid.actions.hasDetails)
  }
  get isTrash() {
    return this.grid.place === 'trash' || Boolean(this.item?.gone)
  }

  /**
   * @param {number} id
   * @param {HTMLElement | null} card the one it grows from
   */
  async open(id, card) {
    this.targetId = id
    const openedAt = performance.now()
    const item = await this.itemOf(id)
    if (this.targetId !== id) return // another item was opened in the meantime
    if (!this.dialog.isConnected) return PENDING_VIEW.set(id, openedAt)
    if (!this.isOpen) {
      this.openedAt = openedAt
      this.dialog.showModal()
      this.dialog.focus() // keys work immediately, and no button shows a focus ring
    }
    document.body.toggleAttribute('data-viewer-open', true)
    this.dialog.classList.toggle('lonely', !item)
    this.index = -1
    if (!item) return this.showMissing()
    this.show(item)
    this.media.growFrom(card)
  }

  close() {
    if (this.isOpen) this.dialog.close()
  }

  /** @param {number | null} id */
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

  // An old link or no response: show it in the viewer.
  showMissing() {
    this.item = this.id = null
    this.media.missing(
      this.isLost ? 'Couldn’t load this item' : 'This item no longer exists',
      this.isLost ? 'Check your connection and try again.' : 'It was permanently deleted, or the link is wrong.',
    )
    this.back.disabled = this.next.disabled = true
    this.address?.stay()
  }

  /** @param {Item} item */
  show(item) {
    this.id = item.id
    this.item = item
    this.shown = item.file
    this.panel.say(
      this.deleted ? `Deleted: ${this.deleted.prompt}` : null,
      this.deleted ? [['Undo', 'back', () => this.actions.undo()]] : [],
    )
    this.media.show(item, this.details.get(item.id))
    this.dialog.scrollTop = 0 // on phones, scroll to the new item
    this.grid.actions.bring(item.id)
    this.refresh()
    this.address?.show(item.id)
    this.announce(this.place ? `${item.video ? 'Video' : 'Image'} ${this.place}: ${item.prompt}` : item.prompt)
    this.media.fetchAhead([this.beside(1), this.beside(-1)])
    clearTimeout(this.asking)
    this.asking = setTimeout(() => this.loadDetails(item.id), this.details.has(item.id) ? 0 : VIEWER_DETAILS_MS)
  }

  /**
   * Loads the details; shown when they arrive, left out without the gallery API.
   * @param {number} id
   */
  async loadDetails(id, tries = 0) {
    if (!this.canLoadDetails) return
    try {
      const more = await this.grid.sources.latest.request('details', { id })
      if (!more) return
      this.details.set(id, more)
      if (this.isOpen && this.id === id) this.refresh()
    } catch (error) {
      // The item's own facts stay. A refused key is being renewed; other client errors are final.
      const status = error instanceof RequestError ? error.status : 0
      const isPassing = !status || status >= 500 || status === 403
      if (!isPassing || tries >= VIEWER_AGAIN_MS.length) return
      setTimeout(() => {
        if (this.isOpen && this.id === id) this.loadDetails(id, tries + 1)
      }, VIEWER_AGAIN_MS[tries])
    }
  }

  /**
   * Details sent with the page's data; taken once, so that they do not hide later changes.
   * @param {Details | null} details
   */
  take(details) {
    if (!details?.id || details === this.taken) return
    this.taken = details
    this.details.set(details.id, details)
  }

  /** @param {string} text */
  reportError(text) {
    this.deleted = null // it may be the delete that failed
    this.panel.say(text)
  }

  // The data changed: keep showing the same item, at its new position if it has one.
  refresh() {
    if (!this.item) return
    const item = this.grid.itemNow(this.id) ?? this.item
    this.item = item
    this.take(this.grid.source?.details)
    if (item.file !== this.shown && item.file) {
      this.shown = item.file
      this.media.show(item, this.details.get(item.id))
      this.loadDetails(item.id)
    }
    this.media.updateReason(this.details.get(item.id))
    const index = this.grid.indexOfId(this.id)
    if (index >= 0) this.index = index
    const { total } = this.grid
    const of = total < 0 ? '' : ` of ${total.toLocaleString()}`
    this.place = index >= 0 ? `${(index + 1).toLocaleString()}${of}` : ''
    this.back.disabled = this.beside(-1) == null
    this.next.disabled = this.beside(1) == null
    this.panel.paint(item, this.details.get(item.id) ?? null, this.place)
  }

  /**
   * The neighbor's id; next to the old position if the item no longer matches the filter.
   * @param {number} by
   */
  beside(by) {
    if (this.grid.indexOfId(this.id) >= 0) return this.grid.neighbors(this.id, by)
    return this.index >= 0 ? (this.grid.idAt(by > 0 ? this.index : this.index - 1) ?? null) : null
  }

  /** @param {number} by */
  step(by) {
    return this.goTo(this.beside(by))
  }

  /** @param {number | null} id */
  async goTo(id) {
    if (id == null) return
    this.targetId = id
    const item = await this.itemOf(id)
    if (item && this.isOpen && this.targetId === id) this.show(item)
  }

  togglePanel() {
    const isHidden = this.dialog.classList.toggle('bare')
    this.switch.setAttribute('aria-pressed', String(!isHidden))
    this.panel.placeNote()
    this.media.fit()
  }

  /** @param {string} text */
  announce(text) {
    this.live.textContent = text
  }

  onClose() {
    this.address?.leave()
    this.media.clear()
    this.panel.say(null)
    clearTimeout(this.asking)
    this.details.clear()
    document.body.toggleAttribute('data-viewer-open', false)
    const id = this.id
    this.deleted = this.item = this.id = this.targetId = null
    if (id != null) this.grid.focusId(id)
  }

  // The grid is removed (page change): remove all listeners.
  destroy() {
    this.address?.destroy()
    this.address = null
    this.media.observer.disconnect()
    if (this.isOpen) PENDING_VIEW.set(this.id, this.openedAt)
    this.close()
  }
}
