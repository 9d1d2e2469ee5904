// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Sequence } from '../../kaimedia/ui/components/media_grid/sequence.js'

/** @param {number[]} ids @param {import('../../kaimedia/ui/components/media_grid/types.d.ts').Month[]} months */
function sequenceOf(ids, months = []) {
  const sequence = new Sequence()
  sequence.arrange(
    ids,
    Float32Array.from(ids, id => id / 4),
  )
  sequence.months = months
  return sequence
}

test('an empty sequence has no positions, and nothing to remove', () => {
  const sequence = new Sequence()
  assert.equal(sequence.indexOf(1), -1)
  sequence.drop([1])
  sequence.restore([1])
  assert.deepEqual(sequence.ids, [])
})

test('positions follow a new arrangement', () => {
  const sequence = sequenceOf([7, 3, 5])
  assert.equal(sequence.indexOf(5), 2)
  sequence.arrange([5, 7], Float32Array.of(1, 1))
  assert.equal(sequence.indexOf(5), 0)
  assert.equal(sequence.indexOf(3), -1)
})

test('removing keeps the order and the ratios of the others', () => {
  const sequence = sequenceOf([9, 8, 7, 6, 5])
  const before = sequence.ids
  sequence.drop([8, 6, 4])
  assert.deepEqual(sequence.ids, [9, 7, 5])
  assert.deepEqual([...sequence.ratios], [9 / 4, 7 / 4, 5 / 4])
  assert.deepEqual([...sequence.dropped.keys()], [8, 6])
  assert.deepEqual(before, [9, 8, 7, 6, 5], 'the grid still draws from the old array')
})

test('nothing changes if all are kept', () => {
  const sequence = sequenceOf([2, 1])
  const { ids } = sequence
  sequence.keep(() => true)
  assert.equal(sequence.ids, ids)
})

test('months begin earlier after a removal, and an empty month is gone', () => {
  const sequence = sequenceOf(
    [6, 5, 4, 3, 2, 1],
    [
      ['2026-11', 0],
      ['2026-10', 2],
      ['2026-09', 4],
    ],
  )
  sequence.drop([6, 4, 3])
  assert.deepEqual(sequence.ids, [5, 2, 1])
  assert.deepEqual(sequence.months, [
    ['2026-11', 0],
    ['2026-09', 1],
  ])
})

test('the last month goes with its last item', () => {
  const sequence = sequenceOf(
    [2, 1],
    [
      ['2026-11', 0],
      ['2026-10', 1],
    ],
  )
  sequence.drop([1])
  assert.deepEqual(sequence.months, [['2026-11', 0]])
  sequence.drop([2])
  assert.deepEqual([sequence.ids, sequence.months], [[], []])
})

test('what is brought back takes its old position, whatever the order of the ids', () => {
  const sequence = sequenceOf([5, 4, 3, 2, 1])
  sequence.drop([4, 2])
  sequence.restore([2, 4])
  assert.deepEqual(sequence.ids, [5, 4, 3, 2, 1])
  assert.deepEqual([...sequence.ratios], [5 / 4, 1, 3 / 4, 2 / 4, 1 / 4])
  assert.equal(sequence.dropped.size, 0)
  assert.equal(sequence.indexOf(2), 3)
})

test('only what was removed here is brought back, once', () => {
  const sequence = sequenceOf([3, 2, 1])
  sequence.drop([2])
  sequence.restore([2, 9])
  sequence.restore([2])
  assert.deepEqual(sequence.ids, [3, 2, 1])
})

test('an item that was last comes last although others left meanwhile', () => {
  const sequence = sequenceOf([4, 3, 2, 1])
  sequence.drop([1])
  sequence.arrange([4], Float32Array.of(1))
  sequence.restore([1])
  assert.deepEqual(sequence.ids, [4, 1])
})

test('months after a restored item begin later', () => {
  const sequence = sequenceOf(
    [4, 3, 2, 1],
    [
      ['2026-11', 0],
      ['2026-10', 2],
    ],
  )
  sequence.drop([4])
  assert.deepEqual(sequence.months, [
    ['2026-11', 0],
    ['2026-10', 1],
  ])
  sequence.restore([4])
  assert.deepEqual(sequence.months, [
    ['2026-11', 0],
    ['2026-10', 2],
  ])
})
