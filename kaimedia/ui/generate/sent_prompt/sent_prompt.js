// @ts-check
// Shows the text area's text with the style around it; polls, because text set by the server fires no input event.
import { styledPrompt } from '../prompt_meter/styled_prompt.js'

/**
 * @typedef {object} Shown
 * @property {Element[]} places of the text before, the user's own and the text after
 * @property {string} target CSS selector
 * @property {string} before
 * @property {string} after
 * @property {ReturnType<typeof setInterval> | undefined} timer
 */

/** @type {WeakMap<HTMLElement, Shown>} */
const SHOWN = new WeakMap()
const POLL_MS = 250

/** @param {Shown} shown */
function paint(shown) {
  /** @type {HTMLTextAreaElement | null} */
  const area = document.querySelector(`${shown.target} textarea`)
  if (!area) return
  const parts = styledPrompt(area.value, shown) ?? { before: shown.before, own: '…', after: shown.after }
  const texts = [parts.before, parts.own, parts.after]
  shown.places.forEach((place, index) => {
    if (place.textContent !== texts[index]) place.textContent = texts[index]
  })
}

/** @param {HTMLElement} parentElement */
function start(parentElement) {
  const places = [...parentElement.querySelectorAll('.k-sent p > *')]
  /** @type {Shown} */
  const shown = { places, target: '', before: '', after: '', timer: undefined }
  shown.timer = setInterval(() => paint(shown), POLL_MS)
  SHOWN.set(parentElement, shown)
  return shown
}

/** @param {{ parentElement: any, data: [Pick<Shown, 'target' | 'before' | 'after'>] }} args */
export default function ({ parentElement, data }) {
  const shown = SHOWN.get(parentElement) ?? start(parentElement)
  Object.assign(shown, data[0])
  paint(shown)
  return () =>
    setTimeout(() => {
      if (parentElement.isConnected || !SHOWN.has(parentElement)) return
      clearInterval(shown.timer)
      SHOWN.delete(parentElement)
    })
}
