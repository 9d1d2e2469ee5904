// @ts-check
import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { ItemCache } from '../../kaimedia/ui/components/media_grid/item_cache.js'

/** @typedef {import('../../kaimedia/ui/components/media_grid/types.d.ts').Item} Item */

/** @param {number} id @returns {Item} */
const item = (id, fav = false) => /** @type {any} */ ({ id, fav })

/** @param {number} from @param {number} count */
const range = (from, count) => Array.from({ length: count }, (_, at) => from + at)

/** @type {{ ids: number[], signal?: AbortSignal, answer: (items: Item[]) => Promise<void>, fail: () => Promise<void> }[]} */
let requests
let changes = 0
/** @type {ItemCache} */
let cache

/** Lets everything run that waits for a promise only. */
const settle = () => new Promise(resolve => setImmediate(resolve))

beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 })
  requests = []
  changes = 0
  cache = new ItemCache(
    (ids, signal) =>
      new Promise((resolve, reject) => {
        requests.push({
          ids,
          signal,
          answer: async items => {
            resolve(items)
            await settle()
          },
          fail: async () => {
            reject(new Error('no connection'))
            await settle()
          },
        })
      }),
    () => {
      changes++
    },
  )
})
afterEach(() => mock.timers.reset())

test('nothing is requested if nothing is missing', () => {
  cache.want([], [])
  cache.take([item(1)])
  cache.want([1], [2])
  assert.deepEqual(requests, [], 'items further away alone are no reason')
})

test('missing items are requested in chunks, the nearest first, with those further away', async () => {
  cache.want(range(0, 70), range(70, 10))
  assert.deepEqual(
    requests.map(each => each.ids),
    [range(0, 60), range(60, 20)],
  )
  await requests[0].answer(range(0, 60).map(id => item(id)))
  assert.equal(cache.get(59)?.id, 59)
  assert.equal(cache.get(60), undefined)
  assert.equal(changes, 1)
})

test('at most four requests run at once; the rest follows', async () => {
  cache.want(range(0, 400), [])
  assert.equal(requests.length, 4)
  await requests[0].answer(requests[0].ids.map(id => item(id)))
  cache.want(range(0, 400), [])
  assert.deepEqual(requests[4].ids, range(240, 60))
})

test('an item that is being loaded is not requested again', () => {
  cache.want([1, 2], [])
  cache.want([2, 3], [])
  assert.deepEqual(
    requests.map(each => each.ids),
    [[1, 2], [3]],
  )
})

test('responses may come in any order', async () => {
  cache.want([1], [])
  cache.want([1, 2], [])
  await requests[1].answer([item(2)])
  await requests[0].answer([item(1)])
  assert.deepEqual([...cache.items.keys()], [2, 1])
})

test('a request for items that left the view is aborted, and its late response ignored', async () => {
  cache.want([1], [])
  cache.want([9], [])
  assert.equal(requests[0].signal?.aborted, true)
  await requests[0].answer([item(1)])
  assert.equal(cache.get(1), undefined)
  assert.equal(changes, 0)
  cache.want([1], [9])
  assert.deepEqual(requests[2].ids, [1], 'it can be requested again')
})

test('an item missing from the response is not requested until everything may have changed', async () => {
  cache.want([1, 2], [])
  await requests[0].answer([item(1)])
  cache.want([1, 2], [])
  assert.equal(requests.length, 1)
  cache.expire()
  cache.want([1, 2], [])
  assert.deepEqual(requests[1].ids, [1, 2])
})

test('expired items stay visible until their new data arrives', async () => {
  cache.take([item(1)])
  cache.expire()
  cache.want([1], [])
  assert.equal(cache.get(1)?.fav, false)
  await requests[0].answer([item(1, true)])
  assert.equal(cache.get(1)?.fav, true)
  cache.want([1], [])
  assert.equal(requests.length, 1)
})

test('a failure is retried three times, later each time, then only by hand', async () => {
  for (const waitMs of [2000, 4000, 8000]) {
    cache.want([1], [])
    await requests.at(-1)?.fail()
    assert.ok(cache.failed.has(1))
    cache.want([1], [])
    mock.timers.tick(waitMs - 1)
    assert.ok(cache.failed.has(1), 'a failed item is not requested meanwhile')
    mock.timers.tick(1)
    assert.ok(!cache.failed.has(1))
  }
  cache.want([1], [])
  await requests.at(-1)?.fail()
  mock.timers.tick(600_000)
  assert.ok(cache.failed.has(1))
  assert.equal(requests.length, 4)
  cache.retry()
  cache.want([1], [])
  await requests.at(-1)?.answer([item(1)])
  assert.equal(cache.get(1)?.id, 1)
})

test('a success makes the next failure a first one', async () => {
  cache.want([1], [])
  await requests[0].fail()
  mock.timers.tick(2000)
  cache.want([1], [])
  await requests[1].answer([item(1)])
  cache.want([2], [])
  await requests[2].fail()
  mock.timers.tick(2000)
  assert.ok(!cache.failed.has(2))
})

test('an old item that could not be refreshed is still shown, not failed', async () => {
  cache.take([item(1)])
  cache.expire()
  cache.want([1], [])
  await requests[0].fail()
  assert.equal(cache.get(1)?.id, 1)
  assert.ok(!cache.failed.has(1))
})

test('one item is taken from the cache, or loaded; null if it does not exist', async () => {
  cache.take([item(1)])
  assert.equal((await cache.one(1))?.id, 1)
  assert.equal(requests.length, 0)
  const second = cache.one(2)
  await requests[0].answer([item(2)])
  assert.equal((await second)?.id, 2)
  const third = cache.one(3)
  await requests[1].answer([])
  assert.equal(await third, null)
})

test('a click on the heart outlasts a response that was already on its way', async () => {
  cache.take([item(1)])
  cache.setFavorite([1, 2], true)
  cache.take([item(1, false), item(2, false)])
  assert.deepEqual([cache.get(1)?.fav, cache.get(2)?.fav], [true, true])
  mock.timers.tick(4100)
  cache.take([item(1, false)])
  assert.equal(cache.get(1)?.fav, false, 'later the server is right')
  assert.equal(cache.favorites.size, 0)
})

test('the oldest items are forgotten, but none that are wanted', () => {
  cache.take(range(0, 1600).map(id => item(id)))
  cache.want([0, 1], [])
  assert.ok(cache.items.size <= 1500)
  assert.ok(cache.get(0) && cache.get(1))
  assert.equal(cache.get(2), undefined)
  assert.equal(cache.get(1599)?.id, 1599)
})

test('after a stop nothing is loaded, retried or reported', async () => {
  cache.want([1], [])
  await requests[0].fail()
  cache.want([2], [])
  changes = 0
  cache.stop()
  assert.equal(requests[1].signal?.aborted, true)
  await requests[1].answer([item(2)])
  mock.timers.tick(600_000)
  assert.equal(changes, 0)
  assert.equal(cache.get(2), undefined)
})
