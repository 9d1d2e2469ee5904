// @ts-check
// Reports clicks on the queue's rows, and keeps the chosen state until Python has drawn it.
// A row is rebuilt when a row before it is added or removed: a click in progress and the focus move to the new row.

import { ElapsedTimes } from './elapsed.js'

/**
 * @typedef {{ control: HTMLElement, key: string | undefined, tag: string }} Noted a control, and how to find the one that replaces it
 *
 * @typedef {object} Watcher
 * @property {Set<string>} open ids of the open rows, as Python knows them
 * @property {Map<string, { open: boolean, until: number }>} wanted clicked and not drawn by Python yet
 * @property {Noted | null} pressed
 * @property {Noted | null} focused
 * @property {AbortController} over aborted when the component is removed
 * @property {MutationObserver} observer
 * @property {ElapsedTimes} times
 * @property {(name: string, value: unknown) => void} trigger
 */

/** @type {WeakMap<HTMLElement, Watcher>} */
const WATCHERS = new WeakMap()
const SUMMARY = '.st-key-queue summary'
const HOLD_MS = 4000

/** @param {Element} node */
const rowOf = node => node.closest('[class*=task_i_], [class*=task_v_]')
/** @param {Element | null} row */
const idOf = row =>
  row && [...row.classList].map(name => /task_[iv](?:_failed)?_([0-9a-f]{32})$/.exec(name)?.[1]).find(Boolean)

/**
 * @param {Watcher} watcher
 * @param {MouseEvent} event
 */
function onClick(watcher, event) {
  const summary = event.target instanceof Element && event.target.closest(SUMMARY)
  const id = summary && idOf(rowOf(summary))
  if (!id) return
  const open = !(watcher.wanted.get(id)?.open ?? watcher.open.has(id))
  watcher.wanted.set(id, { open, until: Date.now() + HOLD_MS })
  watcher.trigger('toggled', { id, open, at: Date.now() })
}

/** @param {Element} control */
const keyOf = control =>
  [...(control.closest('[class*=st-key-]')?.classList ?? [])].find(name => name.startsWith('st-key-'))
/**
 * @param {EventTarget | null} target
 * @param {string} selector
 * @returns {Noted | null}
 */
const noted = (target, selector) => {
  /** @type {HTMLElement | null} */
  const control = target instanceof Element ? target.closest(selector) : null
  return control && { control, key: keyOf(control), tag: control.tagName }
}
/** @type {(noted: { key?: string, tag: string }) => HTMLElement | null} */
const renewed = ({ key, tag }) => document.querySelector(`.st-key-queue .${key} ${tag}`)

/**
 * @param {Watcher} watcher
 * @param {Event} event
 */
function onPressed(watcher, event) {
  watcher.pressed = noted(event.target, '.st-key-queue button')
}

/**
 * The browser fires no click if the element was removed before the mouse button was released.
 * @param {Watcher} watcher
 * @param {PointerEvent} event
 */
function onReleased(watcher, event) {
  const pressed = watcher.pressed
  watcher.pressed = null
  if (!pressed || pressed.control.isConnected) return
  const next = renewed(pressed)
  if (next?.contains(document.elementFromPoint(event.clientX, event.clientY))) next.click()
}

/**
 * @param {Watcher} watcher
 * @param {Event} event
 */
function onFocused(watcher, event) {
  watcher.focused = noted(event.target, '.st-key-queue :is(button, summary)')
}

/** @param {Watcher} watcher */
function keepFocus(watcher) {
  if (!watcher.focused || watcher.focused.control.isConnected || document.activeElement !== document.body) return
  renewed(watcher.focused)?.focus({ preventScroll: true })
}

/**
 * A rerun already in progress at the click still draws the old state: correct it before it is painted.
 * @param {Watcher} watcher
 * @param {MutationRecord[]} changes
 */
function onDrawn(watcher, changes) {
  for (const { target } of changes) {
    if (!(target instanceof HTMLDetailsElement)) continue
    const wanted = watcher.wanted.get(idOf(rowOf(target)) ?? '')
    if (wanted && Date.now() < wanted.until && target.open !== wanted.open) target.open = wanted.open
  }
  keepFocus(watcher)
}

/** @param {HTMLElement} parentElement */
function start(parentElement) {
  /** @type {Watcher} */
  const watcher = {
    open: new Set(),
    wanted: new Map(),
    pressed: null,
    focused: null,
    over: new AbortController(),
    observer: new MutationObserver(changes => onDrawn(watcher, changes)),
    times: new ElapsedTimes(),
    trigger: () => {},
  }
  /**
   * @param {string} name
   * @param {(watcher: Watcher, event: any) => void} act
   */
  const listen = (name, act) => {
    document.addEventListener(name, event => act(watcher, event), { capture: true, signal: watcher.over.signal })
  }
  listen('click', onClick)
  listen('pointerdown', onPressed)
  listen('pointerup', onReleased)
  listen('focusin', onFocused)
  watcher.observer.observe(document.body, { subtree: true, childList: true, attributeFilter: ['open'] })
  WATCHERS.set(parentElement, watcher)
  return watcher
}

/**
 * @param {HTMLElement} parentElement
 * @param {Watcher} watcher
 */
function stop(parentElement, watcher) {
  watcher.over.abort()
  watcher.observer.disconnect()
  watcher.times.stop()
  WATCHERS.delete(parentElement)
}

/**
 * @param {{
 *   parentElement: any,
 *   data: [{ open: string[], running: import('./elapsed.js').Running }],
 *   setTriggerValue: Watcher['trigger'],
 * }} args
 */
export default function ({ parentElement, data, setTriggerValue }) {
  const watcher = WATCHERS.get(parentElement) ?? start(parentElement)
  watcher.trigger = setTriggerValue
  watcher.open = new Set(data[0].open)
  watcher.times.update(data[0].running)
  for (const [id, { open }] of watcher.wanted) if (watcher.open.has(id) === open) watcher.wanted.delete(id)
  return () =>
    setTimeout(() => {
      const host = parentElement.host ?? parentElement
      if (!host.isConnected && WATCHERS.has(parentElement)) stop(parentElement, watcher)
    })
}
