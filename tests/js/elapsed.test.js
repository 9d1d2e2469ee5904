// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { durationText, withPassed } from '../../kaimedia/ui/generate/open_rows/elapsed.js'

test('a duration has at most two units', () => {
  assert.deepEqual([0, 59.9, 60, 125, 3600, 90000].map(durationText), [
    '0 s',
    '59 s',
    '1 min 0 s',
    '2 min 5 s',
    '1 h 0 min',
    '25 h 0 min',
  ])
})

test('only the duration of a status line changes', () => {
  assert.equal(withPassed(' Generating · 34% · 22 s', 23), ' Generating · 34% · 23 s')
  assert.equal(withPassed(' Queued · 59 s · longer than usual', 60), ' Queued · 1 min 0 s · longer than usual')
  assert.equal(withPassed(' Saving · 59 min 59 s', 3600), ' Saving · 1 h 0 min')
})

test('a line without a duration stays', () => {
  for (const line of [' Paused', ' Done · took 12 s', ' Image failed']) assert.equal(withPassed(line, 5), line)
})
