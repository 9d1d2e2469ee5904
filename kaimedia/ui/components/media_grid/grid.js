// @ts-check
// The grid: keeps cards in sync with the source and the viewport, handles clicks, sends events to the server.
import { Actions } from './actions.js'
import { Anchor } from './anchor.js'
import { found, prefersReducedMotion, targetIn } from './dom.js'
import { GallerySource } from './gallery_source.js'
import { onGridKey } from './keys.js'
import { MissedClicks } from './missed_clicks.js'
import { Months } from './months.js'
import { Live, Notes } from './notes.js'
import { OUTBOX } from './outbox.js'
import { Painter } from './painter.js'
import { Preview } from './preview.js'
import { Scrubber } from './scrubber.js'
import { Selection } from './selection.js'
import { Sources } from './sources.js'
import { Stage } from './stage.js'
import { Viewport } from './viewport.js'

/** @import { Plan } from './layout.js' */
/** @import { CardNode, ComponentArgs, GridData, Model, Place } from './types.d.ts' */

export class Grid {
  /** @param {ShadowRoot} shadow */
  constructor(shadow) {
    this.shadow = shadow
    this.root = found(shadow, '.root')
    this.holder = found(shadow, '.grid')
    this.more = found(shadow, '.more')
    this.live = new Live(found(shadow, '.live'))
    this.painter = new Painter(this)
    this.cards = this.painter.cards
    this.actions = new Actions(this)
    this.sources = new Sources(this)
    /** @type {number[]} */
    this.ids = []
    /** Where each card is; set by the first `arrange`, before any of its users run. @type {Plan} */
    this.plan = /** @type {any} */ (null)
    this.active = 0
    /** Made when the first item is opened. @type {import('./viewer.js').Viewer | null} */
    this.viewer = null
    /** The item the page was opened with; undefined before the first data. @type {number | null | undefined} */
    this.opened = undefined
    this.viewport = new Viewport(this.holder, isSettled => this.onScroll(isSettled))
    this.notes = new Notes(this)
    this.anchor = new Anchor(this)
    this.stage = new Stage(this)
    this.months = new Months(this)
    this.selection = new Selection(this)
    this.scrubber = new Scrubber(this)
    this.preview = new Preview()
    this.missedClicks = new MissedClicks(this)
    this.onLine = () => this.sources.retry()
    this.observer = new ResizeObserver(() => this.onResize())
    /** @type {number | null | undefined} */
    this.fitPx = undefined
    /** @type {NonNullable<GridData['empty']>} */
    this.empty = {}
    /** @type {Place} */
    this.place = 'gallery'
    /** @type {Model[]} */
    this.models = []
    /** @type {import('./types.d.ts').Step[]} */
    this.steps = []
    this.selectable = false
    this.width = 0
    /** @type {number | undefined} */
    this.errorCount = undefined
    this.listen()
  }

  listen() {
    const { holder } = this
    holder.addEventListener('click', event => this.actions.onClick(event))
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
      if (!card || card.node.contains(/** @type {Node | null} */ (event.relatedTarget))) return
      card.hideControlsSoon()
      if (this.preview.card === card) this.preview.stop()
    })
    this.more.addEventListener('click', () => this.sources.askForMore())
    addEventListener('online', this.onLine)
    this.observer.observe(this.root)
    this.observer.observe(this.viewport.scroller)
  }

  get isConnected() {
    return (this.shadow.host ?? this.shadow).isConnected
  }
  get source() {
    return this.sources.current
  }
  get total() {
    return this.source?.total ?? 0
  }
  get isGallery() {
    return this.source instanceof GallerySource
  }
  get isFitted() {
    return Boolean(this.fitPx)
  }
  get isComplete() {
    return this.source instanceof GallerySource ? this.source.isWhole : !this.source.hasMore
  }

  /** @param {Event} event */
  cardAt(event) {
    const node = /** @type {CardNode | null} */ (targetIn(event, '.card'))
    return node?.card
  }

  /** @param {ComponentArgs} args */
  update(args) {
    const data = args.data[0]
    OUTBOX.attach(this, args.setTriggerValue, data.acknowledged)
    this.fitPx = data.fit
    this.stage.take(data.stage ?? 0)
    this.empty = data.empty ?? {}
    this.place = data.place ?? 'gallery'
    this.models = data.models ?? []
    this.steps = data.steps ?? []
    this.selectable = Boolean(data.selectable)
    this.root.classList.toggle('can-select', this.selectable)
    this.sources.update(data)
    if (data.opened && this.opened === undefined) this.actions.view(data.opened, null) // later the viewer controls the URL
    this.opened ??= data.opened ?? null
    this.actions.openPendingView()
    if (this.viewer?.isOpen) this.viewer.refresh()
    this.onErrorReport(...(data.failure ?? [0, '']))
  }

  // Nothing is laid out: the items of another source follow.
  clear() {
    this.ids = []
    this.plan = /** @type {any} */ (null)
    this.active = 0
  }

  /**
   * Python could not do what is already shown: reload the state, and show the error in an open viewer, which covers toasts.
   * @param {number} number
   * @param {string} text
   */
  onErrorReport(number, text) {
    const isNew = this.errorCount !== undefined && number > this.errorCount
    this.errorCount = number
    if (!isNew) return
    if (this.source instanceof GallerySource) this.source.discardPending()
    if (this.viewer?.isOpen) this.viewer.reportError(text)
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
    this.active = Math.max(
      0,
      this.source.indexOf(activeId) >= 0 ? this.source.indexOf(activeId) : Math.min(this.active, ids.length - 1),
    )
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

  /** @param {boolean} isSettled */
  onScroll(isSettled) {
    if (!this.plan?.count) return
    this.preview.stop()
    this.paint()
    if (!isSettled) this.scrubber.flash()
    this.anchor.remember()
  }

  /** @param {number} index */
  setActive(index) {
    this.active = index
    this.painter.keepReachable(index)
  }

  /** @param {number} index */
  focusIndex(index) {
    if (!this.ids.length) return
    const at = Math.max(0, Math.min(this.ids.length - 1, index))
    this.viewport.show(this.plan.topOf(at), this.plan.heightOf(at))
    this.setActive(at)
    this.paint()
    this.cards.get(this.ids[at])?.open.focus({ preventScroll: true })
  }

  /** @param {number} id */
  focusId(id) {
    const index = this.indexOfId(id)
    if (index >= 0) this.focusIndex(index)
  }

  // Focuses without scrolling.
  refocus() {
    this.painter.reachable?.open.focus({ preventScroll: true })
  }

  // ---- used by the viewer ----

  /** @param {number | null} id */
  indexOfId(id) {
    return id === null ? -1 : (this.source?.indexOf(id) ?? -1)
  }

  /** @param {number} index */
  idAt(index) {
    return this.ids[index] ?? null
  }

  /** @param {number | null} id */
  itemNow(id) {
    return id === null ? undefined : this.source?.get(id)
  }

  /** @param {number} id */
  itemById(id) {
    return (this.source ?? this.sources.latest).one(id)
  }

  /**
   * @param {number | null} id
   * @param {number} by
   */
  neighbors(id, by) {
    const index = this.indexOfId(id)
    return index < 0 ? null : this.idAt(index + by)
  }

  destroy() {
    this.observer.disconnect()
    removeEventListener('online', this.onLine)
    this.preview.stop()
    for (const part of [this.sources, this.viewport, this.anchor, this.selection, this.scrubber, this.missedClicks])
      part.stop()
    OUTBOX.detach(this)
    this.viewer?.destroy()
  }
}
