// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  addRows,
  clampedRatio,
  fit,
  justify,
  Plan,
  ratiosOfLetters,
  steppedRatio,
} from '../../kaimedia/ui/components/media_grid/layout.js'

const GAP_PX = 10 // at the widths used here
const WIDTH_PX = 1000

/** @param {number} w @param {number} h */
const shape = (w, h) => /** @type {any} */ ({ w, h })

/** @param {Plan} plan @param {number} row */
function rightEdge(plan, row) {
  const last = plan.endOf(row) - 1
  return plan.left[last] + plan.width[last]
}

/** @param {number} actual @param {number} expected */
const assertClose = (actual, expected) => assert.ok(Math.abs(actual - expected) < 0.01, `${actual} is not ${expected}`)

test('ratios are limited at both ends, and square without a size', () => {
  assert.equal(clampedRatio(shape(10_000, 10)), 2.1)
  assert.equal(clampedRatio(shape(10, 10_000)), 0.56)
  assert.equal(clampedRatio(shape(0, 0)), 1)
  assert.equal(clampedRatio(shape(3, 2)), 1.5)
})

test('a stepped ratio is the one its letter in the id index stands for', () => {
  const letters = ratiosOfLetters('A_')
  assertClose(letters[0], 0.56)
  assertClose(letters[1], 2.1)
  assert.equal(steppedRatio(shape(10, 10_000)), letters[0])
  assert.equal(steppedRatio(shape(10_000, 10)), letters[1])
  for (const [w, h] of [
    [16, 9],
    [1, 1],
    [9, 16],
    [4, 3],
  ]) {
    const stepped = steppedRatio(shape(w, h))
    assert.ok(Math.abs(stepped / clampedRatio(shape(w, h)) - 1) < 0.011, `${w}:${h} is drawn as ${stepped}`)
  }
})

test('letters that are none of the code are squares', () => {
  assert.deepEqual([...ratiosOfLetters('!~')], [1, 1])
})

test('no items make an empty plan', () => {
  const plan = justify(new Float32Array(0), WIDTH_PX)
  assert.equal(plan.rows, 0)
  assert.equal(plan.height, 0)
  assert.equal(plan.rowAt(500), 0)
})

test('one item keeps the desired height, at the left', () => {
  const plan = justify(Float32Array.of(1.5), WIDTH_PX, 200)
  assert.equal(plan.rows, 1)
  assert.equal(plan.height, 200)
  assert.equal(plan.left[0], 0)
  assertClose(plan.width[0], 300)
})

test('one item on a narrow screen is not wider than it', () => {
  const plan = justify(Float32Array.of(2.1), 300)
  assert.ok(plan.width[0] <= 300)
  assert.ok(plan.heightOf(0) <= 0.9 * 300)
})

test('all rows but the last end at the right edge, without overlap and in order', () => {
  const ratios = Float32Array.from({ length: 40 }, (_, at) => [0.56, 1, 2.1, 1.5, 0.75][at % 5])
  const plan = justify(ratios, WIDTH_PX)
  assert.ok(plan.rows > 3)
  for (let row = 0; row < plan.rows; row++) {
    if (row < plan.rows - 1) assertClose(rightEdge(plan, row), WIDTH_PX)
    else assert.ok(rightEdge(plan, row) <= WIDTH_PX + 0.01)
    for (let at = plan.firsts[row]; at < plan.endOf(row); at++) {
      assert.equal(plan.rowOf[at], row)
      assertClose(plan.width[at] / plan.heights[row], ratios[at])
      if (at > plan.firsts[row]) assertClose(plan.left[at], plan.left[at - 1] + plan.width[at - 1] + GAP_PX)
    }
    if (row) assertClose(plan.tops[row], plan.tops[row - 1] + plan.heights[row - 1] + GAP_PX)
  }
  assert.equal(plan.endOf(plan.rows - 1), 40)
  assertClose(plan.height, plan.tops[plan.rows - 1] + plan.heights[plan.rows - 1])
})

test('the widest and the tallest items stay near the desired height', () => {
  for (const ratio of [0.56, 2.1]) {
    const plan = justify(new Float32Array(60).fill(ratio), WIDTH_PX, 236)
    for (const height of plan.heights) assert.ok(height > 236 / 2 && height < 236 * 1.35, `${ratio}: ${height}`)
  }
})

test('rowAt finds the row at a height, and the nearest one outside', () => {
  const plan = justify(new Float32Array(30).fill(1), WIDTH_PX, 236)
  assert.equal(plan.rowAt(-100), 0)
  assert.equal(plan.rowAt(plan.tops[2]), 2)
  assert.equal(plan.rowAt(plan.tops[2] - 1), 2, 'the gap belongs to the row below')
  assert.equal(plan.rowAt(1e9), plan.rows - 1)
})

test('the neighbor in another row is the nearest by its middle; there is none beyond the ends', () => {
  const plan = new Plan(Float32Array.of(1, 1, 1, 3))
  plan.addRow(0, 3, 100, 10)
  plan.addRow(3, 4, 100, 10)
  assert.equal(plan.neighbor(0, 1), 3)
  assert.equal(plan.neighbor(3, -1), 1)
  assert.equal(plan.neighbor(1, -1), 1)
  assert.equal(plan.neighbor(3, 1), 3)
  assert.equal(plan.neighbor(2, 50), 3, 'further than the last row')
})

test('the rows of another plan are appended below', () => {
  const ratios = Float32Array.of(1, 1, 2)
  const plan = new Plan(ratios)
  plan.addRow(0, 2, 100, 10)
  const other = new Plan(ratios.subarray(2))
  other.addRow(0, 1, 50, 10)
  addRows(plan, other, 2, 140)
  assert.deepEqual(plan.tops, [0, 140])
  assert.deepEqual(plan.firsts, [0, 2])
  assert.equal(plan.rowOf[2], 1)
  assert.equal(plan.width[2], 100)
  assert.equal(plan.height, 190)
})

test('the results of one task are one row, or two if one would be too low', () => {
  const alone = fit(Float32Array.of(1), WIDTH_PX, 420)
  assert.equal(alone.height, 420)
  assert.equal(fit(Float32Array.of(1, 1, 1, 1), WIDTH_PX, 420).rows, 1)
  const narrow = fit(Float32Array.of(1, 1, 1, 1), 400, 420)
  assert.equal(narrow.rows, 2)
  assertClose(rightEdge(narrow, 0), 400)
  assert.equal(fit(Float32Array.of(2.1, 2.1), 400, 420).rows, 1, 'two stay in one row')
})
