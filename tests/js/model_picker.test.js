// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stateOf, toggled } from '../../kaimedia/ui/generate/model_picker/comparing.js'
import { grouped } from '../../kaimedia/ui/generate/model_picker/filter.js'
import { move } from '../../kaimedia/ui/generate/model_picker/moving.js'

/** @param {string} id @param {string} label @param {object} [more] @returns {any} */
const model = (id, label, more = {}) => ({
  id,
  label,
  maker: 'Alba',
  mode: 'image',
  rank: 'standard',
  does: [0],
  words: 'text to image',
  price: '4 credits',
  ...more,
})

const MODELS = [
  model('flux.2-pro', 'FLUX.2 Pro', { rank: 'featured', maker: 'Forêt' }),
  model('nano', 'Nano Banana'),
  model('nano-pro', 'Nano Banana Pro', { does: [0, 1], words: 'text to image edit' }),
  model('cut', 'Cutter', { rank: 'utility', maker: 'Zeta', does: [2], words: 'remove background cut out' }),
  model('old', 'Old One', { rank: 'legacy' }),
  model('gone', 'Nano Zero', { rank: 'legacy', retired: 'Retired; Nano Banana is the replacement' }),
  model('film', 'Nano Film', { mode: 'video', does: [3], words: 'text to video' }),
]

/** @param {object} [filters] @param {object} [own] */
function listed(filters = {}, own = {}) {
  /** @type {any} */
  const all = { query: '', mode: 'image', ability: -1, maker: '', fitting: null, ...filters }
  const groups = grouped(MODELS, all, { favorites: [], recent: [], chosen: '', isUnfolded: false, ...own })
  return groups.map(({ title, models, isFolded }) => [isFolded ? `${title}…` : title, ...models.map(({ id }) => id)])
}

test('without a search, models are in groups and each is in one of them', () => {
  assert.deepEqual(listed({}, { favorites: ['cut'], recent: ['cut', 'nano', 'film'] }), [
    ['Favorites', 'cut'],
    ['Recent', 'nano'],
    ['Featured', 'flux.2-pro'],
    ['Alba', 'nano-pro'],
    ['Older…', 'old', 'gone'],
  ])
})

test('older models are unfolded on request, for a filter, and while one of them is chosen', () => {
  const titles = (/** @type {string[][]} */ groups) => groups.map(([title]) => title).at(-1)
  assert.equal(titles(listed()), 'Older…')
  assert.equal(titles(listed({}, { isUnfolded: true })), 'Older')
  assert.equal(titles(listed({}, { chosen: 'gone' })), 'Older')
  assert.equal(titles(listed({ maker: 'Alba' })), 'Older')
})

test('filters apply together', () => {
  assert.deepEqual(listed({ ability: 1 }), [['Alba', 'nano-pro']])
  assert.deepEqual(listed({ maker: 'Zeta' }), [['Zeta', 'cut']])
  assert.deepEqual(listed({ maker: 'Zeta', ability: 1 }), [])
  assert.deepEqual(listed({ fitting: new Set(['cut', 'film']) }), [['Zeta', 'cut']])
})

test('every word must be found in the name, maker, description, abilities or id', () => {
  assert.deepEqual(listed({ query: 'nano pro' }), [['Images', 'nano-pro']])
  assert.deepEqual(listed({ query: 'foret' }), [['Images', 'flux.2-pro']])
  assert.deepEqual(listed({ query: 'CUT OUT' }), [['Images', 'cut']])
  assert.deepEqual(listed({ query: 'flux2' }), [['Images', 'flux.2-pro']])
  assert.deepEqual(listed({ query: 'nothing' }), [])
})

test('the best match is first, the retired last, and the other mode comes after', () => {
  assert.deepEqual(listed({ query: 'nano' }), [
    ['Images', 'nano', 'nano-pro', 'gone'],
    ['Videos', 'film'],
  ])
  assert.deepEqual(listed({ query: 'nano banana' }), [['Images', 'nano', 'nano-pro']])
  assert.deepEqual(listed({ query: 'text to video' }), [['Videos', 'film']])
})

test('arrow keys move by rows of cards, across groups', () => {
  const sizes = [3, 2] // rows: 0 1 | 2 | 3 4
  const to = (/** @type {number} */ at, /** @type {string} */ key) => move(sizes, 2, at, key)
  assert.deepEqual([to(-1, 'ArrowDown'), to(-1, 'ArrowUp'), to(-1, 'ArrowRight')], [0, 4, -1])
  assert.deepEqual([to(1, 'ArrowDown'), to(2, 'ArrowDown'), to(4, 'ArrowDown')], [2, 3, 4])
  assert.deepEqual([to(4, 'ArrowUp'), to(2, 'ArrowUp'), to(0, 'ArrowUp')], [2, 0, 0])
  assert.deepEqual([to(0, 'ArrowRight'), to(4, 'ArrowRight'), to(0, 'ArrowLeft')], [1, 4, 0])
  assert.deepEqual([to(3, 'Home'), to(0, 'End')], [0, 4])
  assert.equal(move([], 2, -1, 'ArrowDown'), -1)
})

test('a model to compare with is added or removed, up to the most', () => {
  assert.deepEqual(toggled([], 'a', 2), ['a'])
  assert.deepEqual(toggled(['a', 'b'], 'a', 2), ['b'])
  assert.deepEqual(toggled(['a', 'b'], 'c', 2), ['a', 'b'])
})

test('the model of the page is always compared, and a full comparison takes no more', () => {
  const state = (/** @type {string} */ id) => Object.values(stateOf(id, 'a', ['b', 'c'], 2))
  assert.deepEqual(
    [state('a'), state('b'), state('d')],
    [
      [true, true],
      [true, false],
      [false, true],
    ],
  )
  assert.deepEqual(Object.values(stateOf('d', 'a', ['b'], 2)), [false, false])
  assert.deepEqual(Object.values(stateOf('a', 'a', null, 2)), [true, false])
})
