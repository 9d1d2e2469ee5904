// @ts-check
import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'

/** @type {Record<string, any>} */
const browser = globalThis
/** @type {((event: any) => void)[]} */
let clickListeners = []
browser.addEventListener = (/** @type {string} */ _name, /** @type {any} */ listener) => clickListeners.push(listener)
browser.location = { pathname: '/generate' }
browser.Element = class {}
const { Outbox } = await import('../../kaimedia/ui/components/media_grid/outbox.js')

/** @type {any} */
const GRID = {}
/** @type {any} */
const OTHER_GRID = {}

/** @type {InstanceType<typeof Outbox>} */
let outbox
/** @type {string[][]} */
let sent

/** @param {string} _name @param {any} value */
const trigger = (_name, value) => {
  assert.equal(value.sid, outbox.sid)
  sent.push(value.events.map((/** @type {any} */ event) => event.do))
}

/** A click on a link of Streamlit's navigation. @param {string} href */
function clickLink(href) {
  const target = new browser.Element()
  target.closest = () => ({ href })
  for (const listener of clickListeners) listener({ target })
}

/** Lets time pass, also for timers that are set meanwhile. @param {number} ms */
function wait(ms) {
  for (let left = ms; left > 0; left -= 500) mock.timers.tick(Math.min(500, left))
}

beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 })
  mock.method(performance, 'now', () => Date.now())
  clickListeners = []
  sent = []
  outbox = new Outbox()
})
afterEach(() => {
  mock.timers.reset()
  mock.restoreAll()
})

test('an event is sent at once, without what is only for us', () => {
  let value = /** @type {any} */ (null)
  outbox.attach(
    GRID,
    (_name, each) => {
      value = each
    },
    [],
  )
  outbox.put({ do: 'favorite', ids: [7], on: true })
  assert.deepEqual(value.events, [{ n: 1, do: 'favorite', ids: [7], on: true }])
})

test('every value holds all events that were not acknowledged, in order', () => {
  outbox.attach(GRID, trigger, [])
  outbox.put({ do: 'favorite', ids: [1] })
  outbox.put({ do: 'delete', ids: [2] })
  outbox.attach(GRID, trigger, [outbox.sid, 1])
  outbox.put({ do: 'restore', ids: [3] })
  assert.deepEqual(sent, [['favorite'], ['favorite', 'delete'], ['delete', 'restore']])
})

test('an event without an answer is sent again, at growing intervals', () => {
  outbox.attach(GRID, trigger, [])
  outbox.put({ do: 'favorite', ids: [1] })
  mock.timers.tick(1499)
  assert.equal(sent.length, 1)
  mock.timers.tick(1)
  assert.equal(sent.length, 2)
  mock.timers.tick(2999)
  assert.equal(sent.length, 2)
  mock.timers.tick(1)
  assert.equal(sent.length, 3)
  wait(60_000)
  assert.equal(sent.length, 8, 'after 6 s, and then every 12 s')
})

test('nothing is sent again once everything is acknowledged', () => {
  outbox.attach(GRID, trigger, [])
  outbox.put({ do: 'favorite', ids: [1] })
  outbox.put({ do: 'delete', ids: [2] })
  outbox.attach(GRID, trigger, [outbox.sid, 2])
  wait(60_000)
  assert.equal(sent.length, 2)
  assert.deepEqual(outbox.waiting, [])
})

test('an acknowledgement for another tab, or an old one, changes nothing', () => {
  outbox.attach(GRID, trigger, [])
  outbox.put({ do: 'favorite', ids: [1] })
  outbox.attach(GRID, trigger, ['another', 5])
  outbox.attach(GRID, trigger, [outbox.sid, 0])
  outbox.attach(GRID, trigger, null)
  assert.deepEqual(
    outbox.waiting.map(event => event.n),
    [1],
  )
})

test('an acknowledgement brings the short interval back', () => {
  outbox.attach(GRID, trigger, [])
  outbox.put({ do: 'favorite', ids: [1] })
  wait(1500 + 3000)
  outbox.put({ do: 'delete', ids: [2] })
  outbox.attach(GRID, trigger, [outbox.sid, 1])
  outbox.put({ do: 'restore', ids: [2] })
  sent = []
  mock.timers.tick(1500)
  assert.deepEqual(sent, [['delete', 'restore']])
})

test("the next page's grid sends what the previous one could not", () => {
  outbox.attach(GRID, trigger, [])
  outbox.put({ do: 'delete', ids: [1] })
  outbox.put({ do: 'more', ids: [] })
  outbox.put({ do: 'open', ids: [2] })
  outbox.detach(GRID)
  sent = []
  wait(20_000)
  assert.deepEqual(sent, [], 'nobody sends while there is no grid')
  outbox.attach(OTHER_GRID, trigger, [])
  mock.timers.tick(0)
  assert.deepEqual(sent, [['delete']], 'without what concerns the previous page only')
})

test('a grid that is not the current one detaches nothing', () => {
  outbox.attach(GRID, trigger, [])
  outbox.attach(OTHER_GRID, trigger, [])
  outbox.detach(GRID)
  outbox.put({ do: 'favorite', ids: [1] })
  assert.deepEqual(sent, [['favorite']])
})

test('an action that fills in a page is dropped by the next one if it is old', () => {
  outbox.attach(GRID, () => {}, [])
  outbox.put({ do: 'reuse', ids: [1] })
  outbox.put({ do: 'favorite', ids: [1], on: true })
  outbox.detach(GRID)
  mock.timers.tick(10_001)
  outbox.put({ do: 'style', ids: [2] })
  outbox.attach(OTHER_GRID, trigger, [])
  mock.timers.tick(0)
  assert.deepEqual(sent, [['favorite', 'style']])
})

test('events wait while the page is being left', () => {
  outbox.attach(GRID, trigger, [])
  clickLink('http://kai.test/gallery')
  outbox.put({ do: 'favorite', ids: [1] })
  mock.timers.tick(3999)
  assert.deepEqual(sent, [])
  mock.timers.tick(1)
  assert.deepEqual(sent, [['favorite']])
})

test('a link to the same page delays nothing', () => {
  outbox.attach(GRID, trigger, [])
  clickLink('http://kai.test/generate')
  outbox.put({ do: 'favorite', ids: [1] })
  assert.deepEqual(sent, [['favorite']])
})
