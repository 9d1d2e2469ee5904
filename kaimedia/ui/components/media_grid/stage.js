// @ts-check
// The newest result shown large, earlier results in smaller rows below.
import { address, element, prefersReducedMotion } from './dom.js'
import { addRows, fit, inMonths, justify, Plan } from './layout.js'

/** @import { Card } from './cards.js' */
/** @import { Grid } from './grid.js' */

const STAGE_GAP = 8
const WALL_TOP_PX = 50 // the heading over the rows
const WALL_ROW_PX = 150
export const ROOMY_PX = 560 // wide enough for labels next to the icons

/**
 * Positions of one result's images: the number of rows that fills most of the stage, centered.
 * @param {Float32Array} ratios
 * @param {number} width
 * @param {number} height
 */
function mosaic(ratios, width, height) {
  let best = inRows(ratios, 1, width, height)
  for (let rows = 2; rows <= ratios.length; rows++) {
    const tried = inRows(ratios, rows, width, height)
    if (tried.area > best.area) best = tried
  }
  return best
}

/**
 * @param {Float32Array} ratios
 * @param {number} rows
 * @param {number} width
 * @param {number} height
 */
function inRows(ratios, rows, width, height) {
  const perRow = Math.ceil(ratios.length / rows)
  const lines = []
  for (let from = 0; from < ratios.length; from += perRow) {
    const own = Array.from(ratios.slice(from, from + perRow))
    const sum = own.reduce((total, ratio) => total + ratio, 0)
    lines.push({ from, own, sum, top: 0, left: 0, height: (width - STAGE_GAP * (own.length - 1)) / sum })
  }
  const gaps = STAGE_GAP * (lines.length - 1)
  const scale = Math.min(1, (height - gaps) / lines.reduce((total, line) => total + line.height, 0))
  let top = (height - gaps - lines.reduce((total, line) => total + line.height * scale, 0)) / 2
  let area = 0
  for (const line of lines) {
    line.height *= scale
    line.top = top
    line.left = (width - line.sum * line.height - STAGE_GAP * (line.own.length - 1)) / 2
    area += line.sum * line.height ** 2
    top += line.height + STAGE_GAP
  }
  return { lines, area }
}

/**
 * The first `count` on the stage, the rest below.
 * @param {Float32Array} ratios
 * @param {number} count
 * @param {number} width
 * @param {number} height
 */
function staged(ratios, count, width, height) {
  const plan = new Plan(ratios)
  for (const { from, own, top, left, height: high } of mosaic(ratios.subarray(0, count), width, height).lines) {
    let x = left
    own.forEach((ratio, at) => {
      plan.left[from + at] = x
      plan.width[from + at] = ratio * high
      plan.rowOf[from + at] = plan.rows
      x += ratio * high + STAGE_GAP
    })
    plan.tops.push(top)
    plan.heights.push(high)
    plan.firsts.push(from)
  }
  plan.height = height
  if (ratios.length > count)
    addRows(plan, justify(ratios.subarray(count), width, WALL_ROW_PX), count, height + WALL_TOP_PX)
  return plan
}

// Behind the cards: the stage's background in the first item's colors, and the heading below.
export class Stage {
  /** @param {Grid} grid */
  constructor(grid) {
    this.grid = grid
    /** The number of items on the stage. */
    this.count = 0
    /** The area behind them, and its parts; made when first needed. @type {HTMLElement | null} */
    this.node = null
    this.glow = element('img', { alt: '', 'aria-hidden': 'true' })
    this.heading = element('h3', { class: 'earlier', text: 'Earlier' })
    /** The height of the last plan, px. */
    this.plannedPx = 0
  }

  get height() {
    return this.node?.clientHeight ?? 0
  }

  /** @param {number} count */
  take(count) {
    this.count = count
    if (!count || this.node) return
    this.node = element('div', { class: 'stage-room' }, this.glow)
    this.grid.root.prepend(this.node, this.heading)
  }

  /** @param {number} index */
  holds(index) {
    return index < this.count
  }

  // The window's height may have changed since the last plan.
  get isOfOtherHeight() {
    return Boolean(this.count) && this.height !== this.plannedPx
  }

  /**
   * @param {Float32Array} ratios
   * @param {number} width
   */
  planned(ratios, width) {
    if (!this.count || !ratios.length) return this.unstaged(ratios, width)
    this.plannedPx = this.height
    this.heading.hidden = ratios.length <= this.count
    return staged(ratios, Math.min(this.count, ratios.length), width, this.height)
  }

  /**
   * @param {Float32Array} ratios
   * @param {number} width
   */
  unstaged(ratios, width) {
    const { fitPx, place, source } = this.grid
    if (fitPx) return fit(ratios, width, fitPx)
    return place === 'gallery' && source.months.length ? inMonths(ratios, source.months, width) : justify(ratios, width)
  }

  paint() {
    const item = this.grid.source.get(this.grid.ids[0])
    if (!this.node || !item) return
    this.node.style.setProperty('--from', `#${item.colors.slice(0, 6)}`)
    this.node.style.setProperty('--to', `#${item.colors.slice(6, 12)}`)
    const source = item.thumb ? address(item.thumb) : ''
    if (this.glow.getAttribute('src') !== source) this.glow.src = source
    this.glow.hidden = !source
  }
}

// A video on the stage autoplays, muted, over its poster.
export class StageVideo {
  /** @param {Card} card */
  constructor(card) {
    this.card = card
    /** @type {HTMLVideoElement | null} */
    this.video = null
  }

  play() {
    const { card } = this
    const { item } = card
    if (
      this.video ||
      !item?.video ||
      !item.file ||
      prefersReducedMotion() ||
      (item.status ?? 'completed') !== 'completed'
    )
      return
    const video = element('video', {
      'aria-hidden': 'true',
      tabindex: -1,
      loop: true,
      playsinline: true,
      preload: 'auto',
      poster: address(item.large),
    })
    this.video = video
    video.muted = true
    video.src = address(item.file)
    video.onplaying = () => video.classList.add('in')
    video.ontimeupdate = () => {
      if (!video.isConnected) video.pause()
    }
    card.open.append(video)
    video.play().catch(() => {})
  }

  stop() {
    this.video?.remove()
    this.video = null
  }
}
