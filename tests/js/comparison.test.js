// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chosen, nameOf, news, pairOf, shownIn, spoken } from '../../kaimedia/ui/components/comparison/pairing.js'
import { clock, isWaiting, lengthOf, placeOf, stepsOf } from '../../kaimedia/ui/components/comparison/timeline.js'

/** @param {string} task @param {object} [more] @returns {any} */
const entry = (task, more = {}) => ({
  task,
  letter: task.toUpperCase(),
  model: '',
  state: 'done',
  items: [{}],
  ...more,
})

/** @param {any[]} entries @param {object} [more] @returns {any} */
const data = (entries, more = {}) => ({ entries, winner: '', ...more })

/** @param {number} length @param {object} [more] */
const track = (length, more = {}) => ({ length, time: 0, isPlaying: true, isReady: true, ...more })

test('a name is shown once it is known', () => {
  assert.equal(nameOf(entry('a')), 'Model A')
  assert.equal(nameOf(entry('a', { model: 'Veo' })), 'Veo')
})

test('only finished results with a file are compared', () => {
  const entries = [entry('a'), entry('b', { state: 'running', items: [] }), entry('c', { state: 'trashed', items: [] })]
  assert.deepEqual(
    shownIn(data(entries)).map(({ task }) => task),
    ['a'],
  )
})

test('the pair is the first two, the winner on the left, and stays while both are there', () => {
  const all = [entry('a'), entry('b'), entry('c')]
  assert.deepEqual(pairOf(data(all), ['', '']), ['a', 'b'])
  assert.deepEqual(pairOf(data(all, { winner: 'c' }), ['', '']), ['c', 'a'])
  assert.deepEqual(pairOf(data(all, { winner: 'c' }), ['b', 'a']), ['b', 'a'])
  assert.deepEqual(pairOf(data([all[0], all[2]]), ['b', 'a']), ['c', 'a'])
  assert.deepEqual(pairOf(data([all[0]]), ['b', 'a']), ['a', ''])
  assert.deepEqual(pairOf(data([]), ['b', 'a']), ['', ''])
})

test('choosing what is on the other side swaps the sides', () => {
  assert.deepEqual(chosen(['a', 'b'], 0, 'c'), ['c', 'b'])
  assert.deepEqual(chosen(['a', 'b'], 1, 'c'), ['a', 'c'])
  assert.deepEqual(chosen(['a', 'b'], 0, 'b'), ['b', 'a'])
  assert.deepEqual(chosen(['a', 'b'], 1, 'a'), ['b', 'a'])
})

test('the slider says how much of each is shown', () => {
  assert.equal(spoken(30, 'A', 'B'), '30 % A, 70 % B')
  assert.equal(spoken(0, 'A', 'B'), 'Only B')
  assert.equal(spoken(100, 'A', 'B'), 'Only A')
})

test('what has ended since the last data is announced, and nothing else', () => {
  const before = [entry('a', { state: 'running' }), entry('b', { state: 'waiting' }), entry('c')]
  const now = [entry('a'), entry('b', { state: 'failed' }), entry('c')]
  assert.equal(news(before, now), 'Model A is done. Model B failed. 2 of 3 done.')
  assert.equal(news(now, now), '')
  assert.equal(news([], now), '')
})

test('the longest video decides the length, and a shorter one waits on its last frame', () => {
  assert.equal(lengthOf([track(5), track(8)]), 8)
  assert.equal(lengthOf([]), 0)
  assert.equal(placeOf(3, 5), 3)
  assert.ok(placeOf(6, 5) < 5 && placeOf(6, 5) > 4.9)
  assert.equal(placeOf(2, 0), 0)
  const [short, long] = stepsOf([track(5, { time: 5 }), track(8, { time: 6 })], 6, true)
  assert.deepEqual([short.play, long], [false, { seek: null, play: true }])
})

test('a video that drifted is moved, small differences stay', () => {
  const [near, far] = stepsOf([track(8, { time: 2.05 }), track(8, { time: 2.3 })], 2, true)
  assert.deepEqual([near.seek, far.seek], [null, 2])
  assert.equal(stepsOf([track(8, { time: 2.05 })], 2, false)[0].seek, 2)
})

test('all wait for a video without data, unless it has ended', () => {
  const late = track(8, { isReady: false })
  assert.ok(isWaiting([track(8), late], 2))
  assert.deepEqual(
    stepsOf([track(8, { time: 2 }), late], 2, true).map(({ play }) => play),
    [false, false],
  )
  assert.ok(isWaiting([track(0, { isReady: false })], 2))
  assert.ok(!isWaiting([track(8), track(5, { isReady: false })], 6))
  assert.ok(!isWaiting([track(8), track(5, { isReady: false })], 4.9))
})

test('a position is minutes and seconds', () => {
  assert.deepEqual([clock(0), clock(5.9), clock(65), clock(-1)], ['0:00', '0:05', '1:05', '0:00'])
})
