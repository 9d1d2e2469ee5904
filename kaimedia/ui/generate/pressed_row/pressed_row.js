// @ts-check
// Shown on click, hidden when the new task's row is drawn or the page shows an error.

/**
 * @typedef {object} Row
 * @property {HTMLElement} box
 * @property {MutationObserver} watcher
 * @property {ReturnType<typeof setTimeout> | undefined} timer
 * @property {Record<string, (event: any) => void>} on the listeners on the document
 */

/** @type {WeakMap<HTMLElement, Row>} */
const ROWS = new WeakMap()
const BUTTON = '.st-key-generate button'
const PATIENCE_MS = 8000 // a lost connection has its own banner by then

// Compared by id: React may reuse an old row's node for a new task.
const tasks = () =>
  [...document.querySelectorAll('.st-key-queue [class*=task_i_], .st-key-queue [class*=task_v_]')]
    .map(row => /task_[iv]_(?:failed_)?([0-9a-f]{32})/.exec(row.className)?.[1])
    .filter(Boolean)
const answers = () => [...document.querySelectorAll('.k-field-note, .k-problem, [data-testid=stToast]')]

/** @param {Row} row */
function hide(row) {
  row.box.hidden = true
  row.watcher.disconnect()
  clearTimeout(row.timer)
}

/** @param {Row} row */
function show(row) {
  /** @type {HTMLTextAreaElement | null} */
  const area = document.querySelector('.st-key-prompt textarea')
  const prompt = area?.value.trim()
  if (!prompt) return // the page will ask for one
  const known = new Set([...tasks(), ...answers()])
  const shown = row.box.querySelector('strong')
  if (shown) shown.textContent = prompt
  row.box.hidden = false
  row.watcher.disconnect()
  row.watcher = new MutationObserver(() => {
    if ([...tasks(), ...answers()].some(each => !known.has(each))) hide(row)
  })
  row.watcher.observe(document.body, { subtree: true, childList: true, attributeFilter: ['class'] })
  clearTimeout(row.timer)
  row.timer = setTimeout(() => hide(row), PATIENCE_MS)
}

function mayPress() {
  /** @type {HTMLButtonElement | null} */
  const button = document.querySelector(BUTTON)
  return button?.disabled === false
}

/** @param {HTMLElement} parentElement */
function start(parentElement) {
  /** @type {Row} */
  const row = {
    box: /** @type {HTMLElement} */ (parentElement.querySelector('.k-pressed')),
    watcher: new MutationObserver(() => {}),
    timer: undefined,
    on: {},
  }
  row.on = {
    click: event => {
      if (event.target.closest?.(BUTTON) && mayPress()) show(row)
    },
    keydown: event => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.repeat && mayPress()) show(row)
    },
  }
  for (const [name, listener] of Object.entries(row.on)) document.addEventListener(name, listener, true)
  ROWS.set(parentElement, row)
}

/** @param {{ parentElement: any }} args */
export default function ({ parentElement }) {
  if (!ROWS.has(parentElement)) start(parentElement)
  return () =>
    setTimeout(() => {
      const row = ROWS.get(parentElement)
      if (parentElement.isConnected || !row) return
      hide(row)
      for (const [name, listener] of Object.entries(row.on)) document.removeEventListener(name, listener, true)
      ROWS.delete(parentElement)
    })
}
