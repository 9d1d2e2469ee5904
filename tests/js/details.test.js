// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { detailsCondition } from '../../kaimedia/ui/components/media_grid/details.js'

/** @type {import('../../kaimedia/ui/components/media_grid/types.d.ts').Item} */
const ITEM = {
  id: 1,
  video: true,
  model: 'Veo',
  modelId: 'veo3',
  prompt: 'A kite',
  w: 16,
  h: 9,
  seconds: 8,
  colors: '2b2b372b2b37',
  fav: false,
  at: 0,
  thumb: '',
  large: '',
  file: '',
  name: 'a.mp4',
  sandbox: true,
  ratio: '16:9',
  error: '',
  gone: 0,
  task: 't',
}

test('a file that the page cannot hold is explained, unless it is missing', () => {
  assert.equal(detailsCondition(ITEM, null), null)
  assert.match(detailsCondition({ ...ITEM, tooLarge: true }, null)?.text ?? '', /too large to show/)
  assert.match(detailsCondition({ ...ITEM, tooLarge: true, condition: 'missing' }, null)?.text ?? '', /no longer in/)
})
