// @ts-check
// Plays a video, muted, while the mouse rests on it, with a thin progress line; one at a time.
import { address, element, prefersReducedMotion } from './dom.js'

/** @import { Card } from './cards.js' */
/** @import { Item } from './types.d.ts' */

const PREVIEW_AFTER_MS = 160

export class Preview {
  constructor() {
    /** @type {Card | null} */
    this.card = null
    /** @type {HTMLVideoElement | null} */
    this.video = null
    /** @type {HTMLElement | null} */
    this.bar = null
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined
  }

  /** @param {Card} card */
  start(card) {
    if (this.card === card || card.isStaged) return
    this.stop()
    this.card = card
    this.timer = setTimeout(() => {
      const { item } = card
      if (item?.video && item.file && (item.status ?? 'completed') === 'completed' && !prefersReducedMotion())
        this.play(card, item)
    }, PREVIEW_AFTER_MS)
  }

  /**
   * @param {Card} card
   * @param {Item} item
   */
  play(card, item) {
    const video = element('video', {
      'aria-hidden': 'true',
      tabindex: -1,
      loop: true,
      playsinline: true,
      preload: 'auto',
    })
    const bar = element('span', { class: 'line' })
    video.muted = true
    video.src = address(item.file)
    video.onplaying = () => video.classList.add('in')
    card.open.append(video)
    card.node.append(bar)
    this.video = video
    this.bar = bar
    video.play().catch(() => {})
    const draw = () => {
      if (this.video !== video) return
      if (video.duration) bar.style.transform = `scaleX(${video.currentTime / video.duration})`
      requestAnimationFrame(draw)
    }
    draw()
  }

  stop() {
    clearTimeout(this.timer)
    const { video, bar } = this
    this.card = this.video = this.bar = null
    bar?.remove()
    if (!video) return
    video.classList.remove('in')
    setTimeout(() => {
      video.pause()
      video.removeAttribute('src')
      video.load()
      video.remove()
    }, 180)
  }
}
