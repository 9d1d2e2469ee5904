// @ts-check
// Justified rows: the position of each cell. Pure functions.

/** @import { Item, Month } from './types.d.ts' */

const MIN_RATIO = 0.56
const MAX_RATIO = 2.1
export const MONTH_LINE_PX = 40
const MONTH_GAP_PX = 22
const RATIO_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const RATIO_OF_CODE = new Float32Array(128).fill(1)
for (let step = 0; step < 64; step++) {
  RATIO_OF_CODE[RATIO_LETTERS.charCodeAt(step)] = MIN_RATIO * (MAX_RATIO / MIN_RATIO) ** (step / 63)
}

/** @param {number} width */
const gapFor = width => (width < 560 ? 6 : 10)
/** @param {number} width */
const rowHeightFor = width => (width < 480 ? 176 : width < 800 ? 210 : width < 1200 ? 236 : 262)
/** @param {Item} item */
export const clampedRatio = item => Math.max(MIN_RATIO, Math.min(MAX_RATIO, item.w / item.h || 1))

/**
 * The same 64 steps the id index uses, so that the first page does not move when the index arrives.
 * @param {Item} item
 */
export function steppedRatio(item) {
  const step = Math.round((63 * Math.log(clampedRatio(item) / MIN_RATIO)) / Math.log(MAX_RATIO / MIN_RATIO))
  return RATIO_OF_CODE[RATIO_LETTERS.charCodeAt(step)]
}

/** @param {string} letters */
export function ratiosOfLetters(letters) {
  const ratios = new Float32Array(letters.length)
  for (let index = 0; index < letters.length; index++) ratios[index] = RATIO_OF_CODE[letters.charCodeAt(index) & 127]
  return ratios
}

export class Plan {
  /** @param {Float32Array} ratios */
  constructor(ratios) {
    this.ratios = ratios
    this.count = ratios.length
    this.left = new Float32Array(this.count)
    this.width = new Float32Array(this.count)
    this.rowOf = new Uint32Array(this.count)
    /** By row: its top, its height and the index of its first cell. @type {number[]} */
    this.tops = []
    /** @type {number[]} */
    this.heights = []
    /** @type {number[]} */
    this.firsts = []
    /** @type {{ name: string, top: number }[]} */
    this.headings = []
    this.leadPx = 0 // height of the heading over the first row of a group
    this.height = 0
  }

  /**
   * @param {number} from
   * @param {number} to
   * @param {number} height
   * @param {number} gap
   */
  addRow(from, to, height, gap) {
    const top = this.height ? this.height + gap : 0
    let left = 0
    for (let index = from; index < to; index++) {
      this.left[index] = left
      this.width[index] = this.ratios[index] * height
      this.rowOf[index] = this.tops.length
      left += this.width[index] + gap
    }
    this.tops.push(top)
    this.heights.push(height)
    this.firsts.push(from)
    this.height = top + height
  }

  get rows() {
    return this.tops.length
  }

  /** @param {any} row */
  endOf(row) {
    return this.firsts[row + 1] ?? this.count
  }

  /** @param {number} index */
  topOf(index) {
    return this.tops[this.rowOf[index]]
  }

  /** @param {number} index */
  heightOf(index) {
    return this.heights[this.rowOf[index]]
  }

  /**
   * The first row that reaches below `y`; the last one at the end.
   * @param {number} y
   */
  rowAt(y) {
    let low = 0
    let high = this.rows - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.tops[middle] + this.heights[middle] <= y) low = middle + 1
      else high = middle
    }
    return Math.max(0, low)
  }

  /**
   * The cell `rows` further down (or up, negative), by the middle of the one at `index`.
   * @param {number} index
   * @param {number} rows
   */
  neighbor(index, rows) {
    const row = Math.max(0, Math.min(this.rows - 1, this.rowOf[index] + rows))
    if (row === this.rowOf[index]) return index
    const middle = this.left[index] + this.width[index] / 2
    let best = this.firsts[row]
    let distance = Infinity
    for (let at = best; at < this.endOf(row); at++) {
      const away = Math.abs(this.left[at] + this.width[at] / 2 - middle)
      if (away < distance) {
        best = at
        distance = away
      }
    }
    return best
  }
}

/**
 * Appends the rows of another plan below, its first cell at `count`.
 * @param {Plan} plan
 * @param {Plan} other
 * @param {number} count
 * @param {number} top
 */
export function addRows(plan, other, count, top) {
  const before = plan.rows
  for (let at = 0; at < other.count; at++) {
    plan.left[count + at] = other.left[at]
    plan.width[count + at] = other.width[at]
    plan.rowOf[count + at] = before + other.rowOf[at]
  }
  other.tops.forEach((each, row) => {
    plan.tops.push(top + each)
    plan.heights.push(other.heights[row])
    plan.firsts.push(count + other.firsts[row])
  })
  plan.height = top + other.height
}

/**
 * Full-width rows near the desired height; the last row keeps that height and is left-aligned.
 * @param {Float32Array} ratios
 * @param {number} width
 */
export function justify(ratios, width, rowHeight = rowHeightFor(width)) {
  const plan = new Plan(ratios)
  const gap = gapFor(width)
  const wanted = Math.min(rowHeight, width * 0.9)
  const count = ratios.length
  for (let from = 0; from < count; ) {
    let to = from
    let sum = 0
    let height = Infinity
    while (to < count && height > wanted) {
      sum += ratios[to++]
      height = (width - gap * (to - from - 1)) / sum
    }
    if (height > wanted) {
      height = wanted // an unfinished last row
    } else if (to - from > 1) {
      const taller = (width - gap * (to - from - 2)) / (sum - ratios[to - 1])
      if (taller - wanted < wanted - height && taller < wanted * 1.35) {
        to -= 1
        height = taller
      }
    }
    plan.addRow(from, to, height, gap)
    from = to
  }
  return plan
}

/**
 * Rows that never mix two months; `months` as [name, index of its first cell].
 * @param {Float32Array} ratios
 * @param {Month[]} months
 * @param {number} width
 */
export function inMonths(ratios, months, width) {
  const plan = new Plan(ratios)
  plan.leadPx = MONTH_LINE_PX
  months.forEach(([name, first], at) => {
    const end = months[at + 1]?.[1] ?? ratios.length
    const top = plan.height ? plan.height + MONTH_GAP_PX : 0
    plan.headings.push({ name, top })
    addRows(plan, justify(ratios.subarray(first, end), width), first, top + MONTH_LINE_PX)
  })
  return plan
}

/**
 * The results of one task: one row, or two if one would be too low; at most `most` px high.
 * @param {Float32Array} ratios
 * @param {number} width
 * @param {number} most
 */
export function fit(ratios, width, most) {
  const plan = new Plan(ratios)
  const gap = gapFor(width)
  const count = ratios.length
  /**
   * @param {number} from
   * @param {number} to
   */
  const sum = (from, to) => ratios.subarray(from, to).reduce((total, ratio) => total + ratio, 0)
  const low = width < 560 ? 150 : 190
  const inOneRow = (width - gap * (count - 1)) / sum(0, count)
  const perRow = inOneRow >= low || count < 3 ? count : Math.ceil(count / 2)
  for (let from = 0; from < count; from += perRow) {
    const to = Math.min(count, from + perRow)
    plan.addRow(from, to, Math.min(most, (width - gap * (to - from - 1)) / sum(from, to)), gap)
  }
  return plan
}
