// @ts-check
// Counts the characters of a text area elsewhere on the page, and saves what was typed:
// the text area sends its text only with the next click, so a page change would lose it.
import { styledPrompt } from './styled_prompt.js'

/**
 * @typedef {object} Meter
 * @property {string} target CSS selector
 * @property {number} limit characters
 * @property {number} [turn] how often the server has set the text
 * @property {string} [before] the style's text
 * @property {string} [after]
 * @property {boolean} [is_lines] each line is a prompt of its own
 * @property {HTMLElement} shown
 * @property {HTMLElement} live
 * @property {HTMLButtonElement} offer
 * @property {string} foreign another tab's draft
 * @property {number} typedAt as `performance.now()`
 * @property {boolean} isRestored
 * @property {boolean} isArrived
 * @property {(event: Event) => void} onInput
 * @property {() => void} onTick
 * @property {ReturnType<typeof setInterval> | undefined} timer
 */

/** @type {WeakMap<HTMLElement, Meter>} */
const METERS = new WeakMap()
const POLL_MS = 250 // texts set by the server raise no input event
const STORE = 'kai-prompt'
const DRAFT = 'kai-draft' // the last prompt typed in any tab
const DRAFT_LASTS_MS = 86_400_000
const ROOM_PX = 84 // the page's head and a margin
const HEAD_PX = 64
const SETTLE_MS = 200 // Streamlit has put its own value in by then

/** @type {(meter: { target: string }) => HTMLTextAreaElement | null} */
const areaOf = meter => document.querySelector(`${meter.target} textarea`)
/**
 * @param {Meter} meter
 * @param {Event} event
 */
const isOurs = (meter, { target }) => target instanceof Element && target.matches(`${meter.target} textarea`)

/** @param {Meter} meter */
function paint(meter) {
  const area = areaOf(meter)
  if (!area) return
  if (meter.is_lines) {
    paintLines(meter, area)
    return
  }
  const sent = styledPrompt(area.value, meter)
  const count = sent ? [...(sent.before + sent.own + sent.after)].length : 0
  const limit = meter.limit
  const level = count > limit ? 'full' : count > limit * 0.9 ? 'near' : ''
  const text = `${count.toLocaleString('en')} / ${limit.toLocaleString('en')}`
  meter.shown.dataset.level = level
  const left = limit - count
  const said =
    level === 'full'
      ? `${(-left).toLocaleString('en')} characters over the limit`
      : level === 'near'
        ? `${left} characters left`
        : ''
  const shown = level === 'full' ? `${said} · ${text}` : text
  if (meter.shown.textContent !== shown) meter.shown.textContent = shown
  if (meter.live.textContent !== said) meter.live.textContent = said
  offerDraft(meter, area)
}

/**
 * The number of lines; how long each prompt may be is checked when its choices are known.
 * @param {Meter} meter
 * @param {HTMLTextAreaElement} area
 */
function paintLines(meter, area) {
  const count = area.value.split('\n').filter(line => line.trim()).length
  const shown = `${count.toLocaleString('en')} ${count === 1 ? 'line' : 'lines'}`
  meter.shown.dataset.level = ''
  if (meter.shown.textContent !== shown) meter.shown.textContent = shown
  if (meter.live.textContent) meter.live.textContent = ''
  offerDraft(meter, area)
}

/** @param {Meter} meter */
function save(meter) {
  const text = areaOf(meter)?.value ?? ''
  localStorage.setItem(DRAFT, JSON.stringify({ text, at: Date.now() }))
  sessionStorage.setItem(STORE, JSON.stringify({ turn: meter.turn, text }))
}

const stored = () => JSON.parse(sessionStorage.getItem(STORE) ?? 'null')

/**
 * What was typed since the server last set the text; after a reload of the tab, whatever was typed.
 * @param {Meter} meter
 * @param {string} shown
 */
function savedText(meter, shown) {
  const last = stored()
  const isCurrent = last && (last.turn === meter.turn || (meter.turn === 0 && !shown))
  return isCurrent ? last.text : null
}

/**
 * Another tab's draft, offered while this field is empty; never inserted automatically.
 * @param {Meter} meter
 * @param {HTMLTextAreaElement} area
 */
function offerDraft(meter, area) {
  const draft = meter.foreign
  const isOffered = Boolean(draft) && !area.value
  if (meter.offer.hidden === !isOffered) return
  meter.offer.hidden = !isOffered
  if (isOffered)
    meter.offer.textContent = `Continue “${draft.length > 28 ? `${draft.slice(0, 27).trimEnd()}…` : draft}”`
}

function foreignDraft() {
  const { text, at } = JSON.parse(localStorage.getItem(DRAFT) ?? '{}')
  return !sessionStorage.getItem(STORE) && text?.trim() && Date.now() - at < DRAFT_LASTS_MS ? text : ''
}

/**
 * Focuses the field on arrival, unless an on-screen keyboard would cover the page.
 * @param {Meter} meter
 * @param {HTMLTextAreaElement} area
 */
function focusOnArrival(meter, area) {
  if (meter.isArrived) return
  const isFree = !document.activeElement || document.activeElement === document.body
  const isWanted = isFree && matchMedia('(hover: hover) and (min-width: 901px)').matches
  if (isWanted) area.focus({ preventScroll: true })
  meter.isArrived = !isWanted || document.activeElement === area // it cannot take the focus while the page is hidden
}

// The server set the text (Reuse, an idea): scroll the form into view.
function showForm() {
  /** @type {HTMLElement | null} */
  const composer = document.querySelector('.st-key-composer')
  if (!composer || composer.getBoundingClientRect().top > 0) return
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches
  composer.style.scrollMarginTop = `${HEAD_PX}px`
  composer.scrollIntoView({ behavior: isCalm ? 'instant' : 'smooth', block: 'start' })
}

/**
 * Unsent text replaced by the same text that was sent before: Streamlit sees no change, so set it here.
 * @param {Meter} meter
 * @param {string} text
 */
function replaceUnsent(meter, text) {
  const area = areaOf(meter)
  if (area && area.value !== text) put(area, text)
}

/** @param {Meter} meter */
function restore(meter) {
  const area = areaOf(meter)
  if (!area) return
  meter.isRestored = true
  const text = savedText(meter, area.value)
  if (text === null || text === area.value) return
  put(area, text)
}

/**
 * @param {HTMLTextAreaElement} area
 * @param {string} text
 */
function put(area, text) {
  // Simulates typing: React only reacts to events, and sends the value on blur.
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value')?.set?.call(area, text)
  area.dispatchEvent(new Event('input', { bubbles: true }))
  area.dispatchEvent(new FocusEvent('focusout', { bubbles: true }))
}

// A composer that fits the window stays fixed while the results scroll; a taller one scrolls with the page.
function fit() {
  /** @type {HTMLElement | null} */
  const composer = document.querySelector('.st-key-composer')
  const bench = document.querySelector('.st-key-workbench')
  if (composer && bench) bench.toggleAttribute('data-fits-window', composer.offsetHeight + ROOM_PX <= innerHeight)
}

/** @param {HTMLElement} parentElement */
function start(parentElement) {
  const [shown, live] = ['.k-meter', '.vh'].map(each => /** @type {HTMLElement} */ (parentElement.querySelector(each)))
  const offer = /** @type {HTMLButtonElement} */ (parentElement.querySelector('.k-offer'))
  /** @type {Meter} */
  const meter = {
    target: '',
    limit: 0,
    shown,
    live,
    offer,
    foreign: foreignDraft(),
    typedAt: -1,
    isRestored: false,
    isArrived: false,
    onInput: event => {
      if (!isOurs(meter, event)) return
      meter.typedAt = performance.now()
      save(meter)
      paint(meter)
    },
    onTick: () => {
      if (!meter.isRestored) restore(meter)
      const area = areaOf(meter)
      if (area) focusOnArrival(meter, area)
      paint(meter)
      fit()
    },
    timer: undefined,
  }
  offer.addEventListener('click', () => {
    const area = areaOf(meter)
    if (area) put(area, meter.foreign)
    area?.focus()
  })
  document.addEventListener('input', meter.onInput)
  meter.timer = setInterval(meter.onTick, POLL_MS)
  METERS.set(parentElement, meter)
  return meter
}

/** @param {{ parentElement: any, data: [Pick<Meter, 'target' | 'limit' | 'before' | 'after' | 'is_lines'> & { turn: number, text: string }] }} args */
export default function ({ parentElement, data }) {
  const meter = METERS.get(parentElement) ?? start(parentElement)
  // A remounted component compares with the last text saved in this tab.
  const isNewText = data[0].turn > (meter.turn ?? stored()?.turn ?? Infinity)
  Object.assign(meter, data[0])
  if (isNewText) {
    showForm()
    const since = performance.now()
    setTimeout(() => {
      if (!(meter.typedAt > since)) replaceUnsent(meter, data[0].text)
    }, SETTLE_MS)
  }
  meter.onTick()
  return () =>
    setTimeout(() => {
      if (parentElement.isConnected || !METERS.has(parentElement)) return
      document.removeEventListener('input', meter.onInput)
      clearInterval(meter.timer)
      METERS.delete(parentElement)
    })
}
