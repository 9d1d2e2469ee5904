// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  fromMask,
  pointAt,
  rectangleIn,
  rectangleOf,
  shareOf,
  shareText,
  toMask,
} from '../../kaimedia/ui/components/mask_painter/geometry.js'
import { History } from '../../kaimedia/ui/components/mask_painter/history.js'

const SIZE = { width: 200, height: 100 }
/** @param {...number[]} pixels */
const rgba = (...pixels) => new Uint8ClampedArray(pixels.flat())

test('a point on the screen is the same point of the image', () => {
  const box = { left: 10, top: 20, width: 100, height: 50 }
  assert.deepEqual(pointAt({ clientX: 10, clientY: 20 }, box, SIZE), [0, 0])
  assert.deepEqual(pointAt({ clientX: 60, clientY: 45 }, box, SIZE), [100, 50])
  assert.deepEqual(pointAt({ clientX: 110, clientY: 70 }, box, SIZE), [200, 100])
})

test('a rectangle has whole pixels, goes any way, and stays inside', () => {
  assert.deepEqual(rectangleOf([50.4, 60.6], [10, 20], SIZE), { x: 10, y: 20, width: 40, height: 41 })
  assert.deepEqual(rectangleOf([-30, -5], [900, 10], SIZE), { x: 0, y: 0, width: 200, height: 10 })
  assert.equal(rectangleOf([20, 10], [20, 90], SIZE), null)
  assert.equal(rectangleOf([300, 10], [400, 90], SIZE), null)
})

test('numbers make a rectangle, or nothing', () => {
  assert.deepEqual(rectangleIn({ left: 150, top: 50, width: 100, height: 100 }, SIZE), {
    x: 150,
    y: 50,
    width: 50,
    height: 50,
  })
  assert.equal(rectangleIn({ left: 0, top: 0, width: 0, height: 50 }, SIZE), null)
  assert.equal(rectangleIn({ left: Number.NaN, top: 0, width: 10, height: 50 }, SIZE), null)
})

test('the share counts pixels that are more than half opaque', () => {
  assert.equal(shareOf(rgba([9, 9, 9, 255], [9, 9, 9, 127], [9, 9, 9, 128], [0, 0, 0, 0])), 0.5)
  assert.equal(shareOf(rgba()), 0)
})

test('a little is not nothing, and nearly all is not all', () => {
  const texts = [0, 0.0001, 0.12, 0.125, 0.9999, 1].map(shareText)
  assert.deepEqual(texts, [
    'Nothing painted yet',
    'Less than 1 % painted',
    '12 % painted',
    '13 % painted',
    '99 % painted',
    '100 % painted',
  ])
})

test('a mask is black and white, and which of them changes is the model’s choice', () => {
  const painted = rgba([255, 45, 120, 255], [255, 45, 120, 30], [0, 0, 0, 0])
  const black = painted.slice()
  toMask(black, 0)
  assert.deepEqual([...black], [0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255])
  toMask(painted, 255)
  assert.deepEqual([...painted], [255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255])
})

test('a mask that comes back is painted as it was', () => {
  for (const changed of [0, 255]) {
    const pixels = rgba([1, 2, 3, 255], [1, 2, 3, 0])
    toMask(pixels, changed)
    fromMask(pixels, changed, [1, 2, 3])
    assert.deepEqual([...pixels], [1, 2, 3, 255, 1, 2, 3, 0])
  }
})

/** @returns {import('../../kaimedia/ui/components/mask_painter/types.d.ts').Step} */
const rectangle = (x = 0) => ({ kind: 'rectangle', erase: false, x, y: 0, width: 1, height: 1 })

test('steps are undone and redone, and a new one ends redoing', () => {
  const history = new History()
  history.undo()
  assert.equal(history.canUndo, false)
  history.add(rectangle(1))
  history.add(rectangle(2))
  history.undo()
  assert.deepEqual(history.done, [rectangle(1)])
  assert.equal(history.canRedo, true)
  history.redo()
  history.redo()
  assert.deepEqual(history.done, [rectangle(1), rectangle(2)])
  history.undo()
  history.add(rectangle(3))
  assert.deepEqual(history.done, [rectangle(1), rectangle(3)])
  assert.equal(history.canRedo, false)
})

test('after clearing, only what follows counts, until that is undone', () => {
  const history = new History()
  history.add(rectangle(1))
  assert.equal(history.isFromEmpty, false)
  history.add({ kind: 'clear' })
  history.add({ kind: 'invert' })
  assert.deepEqual(history.done, [{ kind: 'invert' }])
  assert.equal(history.isFromEmpty, true)
  history.undo()
  history.undo()
  assert.deepEqual(history.done, [rectangle(1)])
  assert.equal(history.isFromEmpty, false)
})
