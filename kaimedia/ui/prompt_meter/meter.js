// Counts the characters of a text area that lives elsewhere on the page, and keeps what was typed:
// the text area sends its text with the next click only, so a page change would lose it.
const METERS = new WeakMap()
const POLL_MS = 250 // texts set by the server raise no input event
const STORE = 'kai-prompt'
const ROOM_PX = 84 // the page's head and a margin

const areaOf = meter => document.querySelector(meter.target + ' textarea')
const isOurs = (meter, event) => event.target.matches?.(meter.target + ' textarea')

function paint(meter) {
  const area = areaOf(meter)
  if (!area) return
  const sent = around(area.value, meter)
  const count = sent ? [...sent.before + sent.own + sent.after].length : 0
  const limit = meter.limit
  const level = count > limit ? 'full' : count > limit * 0.9 ? 'near' : ''
  const text = `${count.toLocaleString('en')} / ${limit.toLocaleString('en')}`
  if (meter.shown.textContent !== text) meter.shown.textContent = text
  meter.shown.dataset.level = level
  const left = limit - count
  const said = level === 'full' ? `${-left} characters too many` : level === 'near' ? `${left} characters left` : ''
  if (meter.live.textContent !== said) meter.live.textContent = said
}

function keep(meter) {
  sessionStorage.setItem(STORE, JSON.stringify({ turn: meter.turn, text: areaOf(meter).value }))
}

// What was typed since the server last set the text; after a reload of the tab, whatever was typed.
function kept(meter, shown) {
  const stored = JSON.parse(sessionStorage.getItem(STORE) ?? 'null')
  const isCurrent = stored && (stored.turn === meter.turn || (meter.turn === 0 && !shown))
  return isCurrent ? stored.text : null
}

function restore(meter) {
  const area = areaOf(meter)
  if (!area) return
  meter.isRestored = true
  const text = kept(meter, area.value)
  if (text === null || text === area.value) return
  // As if typed: React only listens to events, and hands the value over on blur.
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').set.call(area, text)
  area.dispatchEvent(new Event('input', { bubbles: true }))
  area.dispatchEvent(new FocusEvent('focusout', { bubbles: true }))
}

// A composer that fits the window may stand still while the feed scrolls; a higher one scrolls with the page.
function fit() {
  const composer = document.querySelector('.st-key-composer')
  const bench = document.querySelector('.st-key-workbench')
  if (composer && bench) bench.toggleAttribute('data-fits-window', composer.offsetHeight + ROOM_PX <= innerHeight)
}

function start(parentElement) {
  const meter = { shown: parentElement.querySelector('.k-meter'), live: parentElement.querySelector('.vh') }
  meter.onInput = event => {
    if (!isOurs(meter, event)) return
    keep(meter)
    paint(meter)
  }
  meter.onTick = () => {
    if (!meter.isRestored) restore(meter)
    paint(meter)
    fit()
  }
  document.addEventListener('input', meter.onInput)
  meter.timer = setInterval(meter.onTick, POLL_MS)
  METERS.set(parentElement, meter)
  return meter
}

export default function ({ parentElement, data }) {
  const meter = METERS.get(parentElement) ?? start(parentElement)
  Object.assign(meter, data[0])
  meter.onTick()
  return () => setTimeout(() => {
    if (parentElement.isConnected || !METERS.has(parentElement)) return
    document.removeEventListener('input', meter.onInput)
    clearInterval(meter.timer)
    METERS.delete(parentElement)
  })
}
