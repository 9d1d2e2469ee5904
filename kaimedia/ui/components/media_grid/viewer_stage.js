// @ts-check
// The viewer's media: the image or video, its size in the window, prefetching of its neighbors.
import { detailsState } from './details.js'
import { address, element, prefersReducedMotion, withKey } from './dom.js'
import { ZOOM_STEP, Zoom } from './zoom.js'

/** @import { Details, Item } from './types.d.ts' */
/** @import { Viewer } from './viewer.js' */

const VIEWER_SMALL_PX = 860 // at and below: media on top, panel below
const VIEWER_AHEAD_MS = 120

export class ViewerStage {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer
    /** @type {Item | null} */
    this.item = null
    /** @type {Details | null | undefined} */
    this.more = null
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.ahead = undefined
    this.stage = element('div', { class: 'stage' })
    this.hold = element('div', { class: 'hold' }, this.stage)
    this.readout = element('button', {
      class: 'percent',
      type: 'button',
      title: 'Fit or 100% (0, 1)',
      onclick: () => this.zoom.toggle(null),
    })
    /**
     * @param {string} icon
     * @param {string} text
     * @param {[string, string?]} keys
     * @param {() => void} run
     */
    const tool = (icon, text, keys, run) =>
      element('button', {
        class: 'tool',
        type: 'button',
        'aria-label': text,
        ...withKey(text, ...keys),
        icon,
        onclick: run,
      })
    this.tools = element(
      'div',
      { class: 'tools', role: 'group', 'aria-label': 'Zoom' },
      tool('minus', 'Zoom out', ['−', '-'], () => this.zoom.by(1 / ZOOM_STEP)),
      this.readout,
      tool('plus', 'Zoom in', ['+', 'Plus'], () => this.zoom.by(ZOOM_STEP)),
      tool('fit', 'Fit to window', ['0'], () => this.zoom.fit()),
    )
    this.zoom = new Zoom(
      this.hold,
      this.stage,
      () => this.onZoom(),
      by => viewer.step(by),
    )
    this.observer = new ResizeObserver(() => this.fit())
    this.observer.observe(viewer.dialog)
  }

  get video() {
    return this.stage.querySelector('video')
  }

  /**
   * @param {Item} item
   * @param {Details | null | undefined} more
   */
  show(item, more) {
    this.item = item
    this.stop()
    this.stage.classList.remove('lost')
    this.stage.style.setProperty('--from', `#${(item.colors || '2b2b37').slice(0, 6)}`)
    this.stage.style.setProperty('--to', `#${(item.colors || '2b2b371c1c25').slice(6, 12) || '1c1c25'}`)
    const state = detailsState(item, more)
    const hasImage = item.file || item.large || item.thumb
    this.stage.replaceChildren(
      ...(!hasImage && state
        ? [this.stand(item, state)]
        : item.video && item.file && item.condition !== 'unshowable'
          ? [this.videoOf(item)]
          : this.imagesOf(item)),
    )
    this.fit()
    this.zoom.reset(hasImage && !item.video ? item.w : null)
    this.onZoom()
  }

  stop() {
    const video = this.video
    if (!video) return
    video.pause()
    video.removeAttribute('src')
    video.load()
  }

  clear() {
    this.stop()
    this.stage.replaceChildren()
    this.item = this.more = null
    clearTimeout(this.ahead)
  }

  fit() {
    const item = this.item
    if (!item) return
    const isSmall = innerWidth <= VIEWER_SMALL_PX
    const style = getComputedStyle(this.hold)
    const width = isSmall
      ? innerWidth
      : this.hold.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)
    const height = isSmall
      ? innerHeight * 0.62
      : this.hold.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom)
    const isStanding = !item.file && !item.large && !item.thumb
    const most = isStanding ? Math.min(1, 640 / Math.max(item.w, item.h)) : item.video ? 1.6 : 1
    const scale = Math.min(width / item.w, height / item.h, isSmall ? Infinity : most)
    const before = this.stage.offsetWidth
    this.stage.style.width = `${Math.floor(item.w * scale)}px`
    this.stage.style.height = `${Math.floor(item.h * scale)}px`
    this.zoom.keep(before)
    this.onZoom()
  }

  onZoom() {
    const { zoom, viewer } = this
    viewer.dialog.classList.toggle('zoomed', zoom.isZoomed)
    viewer.dialog.classList.toggle('zoomable', zoom.canZoom)
    this.readout.textContent = `${zoom.percent}%`
    this.readout.setAttribute(
      'aria-label',
      `Zoom ${zoom.percent} percent. Press for ${zoom.isZoomed ? 'fit' : 'full size'}`,
    )
    /** @type {NodeListOf<HTMLButtonElement>} */
    const tools = this.tools.querySelectorAll('.tool')
    const [less, more, whole] = tools
    less.disabled = whole.disabled = !zoom.isZoomed
    more.disabled = !zoom.canZoom || zoom.scale >= zoom.most - 0.001
  }

  /** @param {Item} item */
  videoOf(item) {
    const video = element('video', {
      controls: true,
      autoplay: true,
      loop: true,
      playsinline: true,
      preload: 'auto',
      'aria-label': item.prompt,
      poster: item.large && address(item.large),
      src: address(item.file),
    })
    video.muted = true
    video.onerror = () => this.onLoadError(video)
    video.play().catch(() => {})
    return video
  }

  /** @param {Item} item */
  imagesOf(item) {
    const full = element('img', { class: 'full', alt: item.prompt, draggable: 'false', decoding: 'async' })
    full.onload = () => full.classList.add('in')
    full.onerror = () => this.onLoadError(full)
    full.src = address((item.condition !== 'unshowable' && item.file) || item.large || item.thumb)
    const first = item.large || item.thumb
    return first
      ? [element('img', { alt: '', 'aria-hidden': 'true', draggable: 'false', src: address(first) }), full]
      : [full]
  }

  /** @param {HTMLElement} node */
  onLoadError(node) {
    if (!node.isConnected) return
    this.stage.classList.add('lost')
    this.stage.append(
      element('p', {
        class: 'missing',
        role: 'status',
        text: 'The file didn’t load. Check your connection, then open it again.',
      }),
    )
    this.explainLoss()
  }

  // If the details say why a file is missing, do not blame the connection.
  explainLoss() {
    const line = this.stage.querySelector('.missing')
    if (line && this.more?.condition === 'missing') line.textContent = 'The file is no longer in the media storage.'
  }

  /**
   * The reason comes with the details, after the item.
   * @param {Details | null | undefined} more
   */
  updateReason(more) {
    this.more = more
    this.explainLoss()
    const { item } = this
    const state = item && this.stage.querySelector('.stand') && detailsState(item, more)
    if (state) this.stage.replaceChildren(this.stand(item, state))
  }

  /**
   * @param {string} title
   * @param {string} text
   */
  missing(title, text) {
    this.clear()
    this.stage.style.width = this.stage.style.height = ''
    this.stage.replaceChildren(this.stand({ status: 'failed' }, { icon: 'alarm', title, text }))
    this.zoom.reset(null)
    this.onZoom()
  }

  /**
   * @param {Pick<Item, 'status'>} item
   * @param {{ icon: string, title: string, text: string }} state
   */
  stand(item, state) {
    return element(
      'div',
      { class: item.status === 'failed' ? 'stand bad' : 'stand' },
      element('i', { icon: state.icon }),
      element('strong', { text: state.title }),
      element('span', { text: state.text }),
    )
  }

  /**
   * The image grows out of its card on opening; no animation on closing, since the card may be far away.
   * @param {HTMLElement | null} card
   */
  growFrom(card) {
    if (!card || prefersReducedMotion()) return
    const from = card.getBoundingClientRect()
    const to = this.stage.getBoundingClientRect()
    if (!to.width || !from.width) return
    const across = from.left + from.width / 2 - to.left - to.width / 2
    const down = from.top + from.height / 2 - to.top - to.height / 2
    const scale = Math.max(from.width / to.width, from.height / to.height)
    this.stage.animate(
      [
        { transform: `translate(${across}px, ${down}px) scale(${scale})`, opacity: 0.5 },
        { transform: 'none', opacity: 1 },
      ],
      { duration: 230, easing: 'cubic-bezier(.2,.8,.2,1)' },
    )
  }

  /**
   * Prefetches neighbors (an image's file, a video's poster) after the current item.
   * @param {(number | null)[]} ids
   */
  fetchAhead(ids) {
    clearTimeout(this.ahead)
    this.ahead = setTimeout(async () => {
      for (const id of ids) {
        const item = await this.viewer.itemOf(id)
        const path = item && (item.video ? item.large : item.file || item.large)
        if (path) new Image().src = address(path)
      }
    }, VIEWER_AHEAD_MS)
  }

  // Space and k: play or pause.
  togglePlayback() {
    const video = this.video
    if (!video) return false
    if (video.paused) video.play().catch(() => {})
    else video.pause()
    return true
  }
}
