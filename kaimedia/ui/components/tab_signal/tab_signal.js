// @ts-check
// The tab's title shows running and finished tasks; notifications only if enabled, allowed, and the tab is hidden.

/**
 * @typedef {[string, string, string]} Ended task id, heading, prompt
 *
 * @typedef {object} Signal
 * @property {HTMLElement} bell
 * @property {HTMLElement} note
 * @property {Set<string> | null} announced ids of tasks already announced; null before the first data
 * @property {number} unseen
 * @property {number} running
 * @property {() => void} onVisible
 * @property {MutationObserver} watch
 */

/** @type {WeakMap<HTMLElement, Signal>} */
const SIGNALS = new WeakMap()
const CHOICE = 'kai-notify'
const MAX_CHARS = 60
const MARK = /^(\(\d+\) |✓ \d+ done — )+/

const TEXTS = {
  off: 'Notify me when done',
  on: 'Notifying when done',
  hint: 'This browser notifies you when this tab is in the background.',
  denied: 'Notifications are blocked for this page. Allow them in the browser’s site settings first.',
}

/** @param {Signal} signal */
function titled(signal) {
  const plain = document.title.replace(MARK, '')
  if (signal.unseen) return `✓ ${signal.unseen} done — ${plain}`
  return signal.running ? `(${signal.running}) ${plain}` : plain
}

/**
 * Streamlit resets the title on each run; ours is restored before the frame is drawn.
 * @param {Signal} signal
 */
function paintTitle(signal) {
  const wanted = titled(signal)
  if (document.title !== wanted) document.title = wanted
}

const canNotify = () => 'Notification' in window && window.isSecureContext
const isWanted = () => localStorage.getItem(CHOICE) === 'on' && Notification.permission === 'granted'

/** @param {Signal} signal */
function paintBell(signal) {
  signal.bell.hidden = !canNotify() || !signal.running
  if (signal.bell.hidden) signal.note.textContent = ''
  if (!canNotify()) return
  const isOn = isWanted()
  signal.bell.setAttribute('aria-checked', String(isOn))
  signal.bell.title = TEXTS.hint
  const text = signal.bell.lastElementChild
  if (text) text.textContent = isOn ? TEXTS.on : TEXTS.off
}

/**
 * Permission is requested only here, on click.
 * @param {Signal} signal
 */
async function toggle(signal) {
  signal.note.textContent = ''
  if (isWanted()) {
    localStorage.setItem(CHOICE, 'off')
  } else {
    const answer = Notification.permission === 'granted' ? 'granted' : await Notification.requestPermission()
    localStorage.setItem(CHOICE, answer === 'granted' ? 'on' : 'off')
    signal.note.textContent = answer === 'granted' ? TEXTS.hint : answer === 'denied' ? TEXTS.denied : ''
  }
  paintBell(signal)
}

/**
 * @param {string} id
 * @param {string} heading
 * @param {string} prompt
 */
function notify(id, heading, prompt) {
  if (!canNotify() || !isWanted()) return
  const body = prompt.length > MAX_CHARS ? `${prompt.slice(0, MAX_CHARS - 1).trimEnd()}…` : prompt
  const shown = new Notification(heading, { body, tag: `kai-${id}` })
  shown.onclick = () => {
    window.focus()
    shown.close()
  }
}

/**
 * @param {Signal} signal
 * @param {Ended[]} ended
 */
function announce(signal, ended) {
  for (const [id, heading, prompt] of ended) {
    if (signal.announced?.has(id)) continue
    signal.announced?.add(id)
    if (!document.hidden) continue
    signal.unseen += 1
    notify(id, heading, prompt)
  }
}

/** @param {HTMLElement} parentElement */
function start(parentElement) {
  /** @type {Signal} */
  const signal = {
    bell: /** @type {HTMLElement} */ (parentElement.querySelector('.bell')),
    note: /** @type {HTMLElement} */ (parentElement.querySelector('.note')),
    announced: null,
    unseen: 0,
    running: 0,
    onVisible: () => {
      if (document.hidden) return
      signal.unseen = 0
      paintTitle(signal)
    },
    watch: new MutationObserver(() => paintTitle(signal)),
  }
  signal.bell.addEventListener('click', () => toggle(signal))
  document.addEventListener('visibilitychange', signal.onVisible)
  signal.watch.observe(document.head, { subtree: true, childList: true, characterData: true })
  SIGNALS.set(parentElement, signal)
  return signal
}

/**
 * @param {HTMLElement} parentElement
 * @param {Signal} signal
 */
function stop(parentElement, signal) {
  document.removeEventListener('visibilitychange', signal.onVisible)
  signal.watch.disconnect()
  document.title = document.title.replace(MARK, '')
  SIGNALS.delete(parentElement)
}

/** @param {{ parentElement: any, data: [{ running: number, ended: Ended[] }] }} args */
export default function ({ parentElement, data }) {
  const signal = SIGNALS.get(parentElement) ?? start(parentElement)
  const { running, ended } = data[0]
  signal.running = running
  signal.announced ??= new Set(ended.map(([id]) => id)) // tasks that ended before this page was opened are not new
  announce(signal, ended)
  paintTitle(signal)
  paintBell(signal)
  return () =>
    setTimeout(() => {
      const host = parentElement.host ?? parentElement
      if (!host.isConnected && SIGNALS.has(parentElement)) stop(parentElement, signal)
    })
}
