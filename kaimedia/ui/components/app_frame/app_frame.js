// @ts-check
// Parts of every page that Streamlit has no place for: shortcuts, menu entries, lost connection.

/**
 * @typedef {object} Frame
 * @property {HTMLDialogElement} sheet
 * @property {HTMLElement} offline
 * @property {string} docs URL of the API documentation, '' without it
 * @property {[string, string][]} logs label and URL of each provider's logs
 * @property {boolean} maySleep the host stops apps that nobody visits; nothing runs in them then
 * @property {Element | null} toasts the watched container of toasts
 * @property {(event: KeyboardEvent) => void} onKey
 * @property {MutationObserver} watcher
 */

/** @type {WeakMap<HTMLElement, Frame>} */
const FRAMES = new WeakMap()
const OFFLINE = 'No connection to the server. Your tasks keep running there, and this page reconnects automatically.'
const ASLEEP = 'No connection to the server. If the app is asleep, reload the page to wake it.'

/** Headings, with rows of keys and what they do. @type {[string, [string[], string][]][]} */
const SHORTCUTS = [
  ['Everywhere', [[['?'], 'This list']]],
  ['Generate', [[['Ctrl', 'Enter'], 'Generate']]],
  [
    'Gallery',
    [
      [['←', '→', '↑', '↓'], 'Move between items'],
      [['Home', 'End'], 'First and last'],
      [['Enter'], 'Open'],
      [['Space', 'X'], 'Select'],
      [['Shift', '→'], 'Select a range'],
      [['Ctrl', 'A'], 'Select all'],
      [['F'], 'Favorite'],
      [['Delete'], 'Move to the trash'],
      [['Esc'], 'Clear the selection'],
    ],
  ],
  [
    'Viewer',
    [
      [['←', '→'], 'Previous and next'],
      [['Space', 'K'], 'Play or pause'],
      [['+', '−'], 'Zoom'],
      [['0', '1'], 'Fit to window, full size'],
      [['F'], 'Favorite'],
      [['I'], 'Details'],
      [['Delete'], 'Move to the trash'],
      [['Esc'], 'Close'],
    ],
  ],
]

const HELP = [
  'Write a prompt on Generate, choose a model and press Generate. The price is shown before you press; in the sandbox nothing is charged.',
  'Everything is saved in the Gallery. Deleted items stay in the trash for 30 days.',
  'Running tasks resume automatically after a restart. A task that was sent is never sent again automatically, so you are not charged twice.',
  'If a task says that you may have been charged, look it up in the provider’s logs and enter its task ID on the card. Checking is free.',
]

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} properties
 * @param {(Node | string)[]} children
 */
function made(tag, properties = {}, ...children) {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'text') node.textContent = value
    else if (name.startsWith('on')) node.addEventListener(name.slice(2), value)
    else node.setAttribute(name, value)
  }
  node.append(...children)
  return node
}

/**
 * @param {Frame} frame
 * @param {string} title
 * @param {Node[]} body
 */
function showSheet(frame, title, ...body) {
  const close = made('button', { class: 'close', type: 'button', text: 'Close', onclick: () => frame.sheet.close() })
  frame.sheet.firstElementChild?.replaceChildren(
    made('div', { class: 'top' }, made('h2', { id: 'sheet-title', text: title }), close),
    ...body,
  )
  if (!frame.sheet.open) frame.sheet.showModal()
  close.focus()
}

/** @param {Frame} frame */
function showShortcuts(frame) {
  const keys = (/** @type {string[]} */ names) =>
    names.flatMap((name, at) => [at ? ' ' : '', made('kbd', { text: name })])
  showSheet(
    frame,
    'Keyboard shortcuts',
    ...SHORTCUTS.flatMap(([place, rows]) => [
      made('h3', { text: place }),
      made('dl', {}, ...rows.flatMap(([names, text]) => [made('dt', {}, ...keys(names)), made('dd', { text })])),
    ]),
  )
}

/** @param {Frame} frame */
function showHelp(frame) {
  showSheet(
    frame,
    'Help',
    ...HELP.map(text => made('p', { text })),
    ...frame.logs.map(([label, href]) =>
      made('p', {}, made('a', { href, target: '_blank', rel: 'noreferrer', text: `${label} logs` })),
    ),
  )
}

/** @param {EventTarget | undefined} node */
const isTyping = node => node instanceof Element && node.matches('input, textarea, select, [contenteditable=true]')

/**
 * @param {Frame} frame
 * @param {KeyboardEvent} event
 */
function onKey(frame, event) {
  if (event.key !== '?' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.composedPath()[0])) return
  event.preventDefault()
  event.stopPropagation()
  if (frame.sheet.open) frame.sheet.close()
  else showShortcuts(frame)
}

/**
 * Our entries in Streamlit's menu; shell.css hides Streamlit's own entries except the theme.
 * @param {Frame} frame
 * @param {HTMLElement} list
 */
function extendMenu(frame, list) {
  if (list.querySelector('[data-kai]')) return
  const sample = list.querySelector('[data-testid^=stMainMenuItem-]:not([data-testid*=theme])')
  /** @type {HTMLElement | null} */
  const button = document.querySelector('[data-testid=stMainMenuButton]')
  const leave = () => button?.click()
  /**
   * @param {string} text
   * @param {() => void} run
   */
  const entry = (text, run) =>
    made('button', {
      type: 'button',
      role: 'menuitem',
      tabindex: '-1',
      class: sample?.className ?? '',
      'data-kai': '',
      text,
      onclick: () => {
        leave()
        run()
      },
    })
  list.append(
    entry('Keyboard shortcuts', () => showShortcuts(frame)),
    ...(frame.docs
      ? [entry('API documentation', () => window.open(new URL(frame.docs, document.baseURI), '_blank', 'noopener'))]
      : []),
    entry('Help', () => showHelp(frame)),
  )
  list.addEventListener(
    'keydown',
    event => {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key] ?? 0
      if (!by) return
      /** @type {NodeListOf<HTMLElement>} */
      const all = list.querySelectorAll('[role^=menuitem]')
      const entries = [...all].filter(each => each.offsetParent)
      const at = entries.findIndex(each => each.matches(':focus'))
      entries[(at + by + entries.length) % entries.length].focus()
      event.preventDefault()
      event.stopPropagation()
    },
    true,
  )
}

/**
 * Streamlit's dialogs can be identified only by their headings.
 * @param {Frame} frame
 */
function replaceDialogs(frame) {
  let isOffline = false
  for (const dialog of document.querySelectorAll('body > [data-testid=stDialog]')) {
    const title = dialog.querySelector('h2')?.textContent
    if (title === 'Connection error') {
      isOffline = true
      dialog.setAttribute('data-kai-replaced', '')
    } else if (title === 'Page not found' && !dialog.hasAttribute('data-kai-replaced')) {
      dialog.setAttribute('data-kai-replaced', '')
      /** @type {HTMLElement | null} */
      const close = dialog.querySelector('button[aria-label=Close]')
      close?.click()
      // A user without access has no pages; the dialog would only cover the sign-in.
      if (!document.querySelector('.st-key-sign_in'))
        showSheet(
          frame,
          'Page not found',
          made('p', {
            text: 'There is no page at this address. You are on Generate; Gallery and Settings are in the menu.',
          }),
        )
    }
  }
  frame.offline.hidden = !isOffline
  const text = frame.maySleep ? ASLEEP : OFFLINE
  if (isOffline && frame.offline.textContent !== text) frame.offline.textContent = text
  if (!isOffline) frame.offline.textContent = ''
}

/**
 * Streamlit 1.67 labels its toasts by an element that does not exist; use their text as the label.
 * @param {Frame} frame
 */
function nameToasts(frame) {
  const region = document.querySelector('[data-testid=stToastContainer]')
  if (region && region !== frame.toasts) {
    frame.toasts = region
    frame.watcher.observe(region, { childList: true, subtree: true })
  }
  for (const toast of region?.querySelectorAll('[data-testid=stToast][aria-labelledby]') ?? []) {
    const name = toast.getAttribute('aria-labelledby') ?? ''
    const text = toast.querySelector('[data-testid=stToastText]')
    if (text && !document.getElementById(name)) text.id = name
  }
}

/** @param {Frame} frame */
function watch(frame) {
  /** @type {HTMLElement | null} */
  const menu = document.querySelector('[data-testid=stMainMenuList]')
  if (menu) extendMenu(frame, menu)
  replaceDialogs(frame)
  nameToasts(frame)
}

/** @param {HTMLElement} parentElement */
function start(parentElement) {
  /** @type {Frame} */
  const frame = {
    sheet: /** @type {HTMLDialogElement} */ (parentElement.querySelector('.sheet')),
    offline: /** @type {HTMLElement} */ (parentElement.querySelector('.offline')),
    docs: '',
    logs: [],
    maySleep: false,
    toasts: null,
    onKey: event => onKey(frame, event),
    watcher: new MutationObserver(() => watch(frame)),
  }
  addEventListener('keydown', frame.onKey, true)
  frame.sheet.addEventListener('click', event => {
    if (event.target === frame.sheet) frame.sheet.close()
  })
  frame.watcher.observe(document.body, { childList: true })
  FRAMES.set(parentElement, frame)
  return frame
}

/**
 * @param {HTMLElement} parentElement
 * @param {Frame} frame
 */
function stop(parentElement, frame) {
  removeEventListener('keydown', frame.onKey, true)
  frame.watcher.disconnect()
  FRAMES.delete(parentElement)
}

/** @param {{ parentElement: any, data: [Pick<Frame, 'docs' | 'logs' | 'maySleep'>] }} args */
export default function ({ parentElement, data }) {
  const frame = FRAMES.get(parentElement) ?? start(parentElement)
  frame.docs = data[0].docs
  frame.logs = data[0].logs
  frame.maySleep = data[0].maySleep
  watch(frame)
  return () =>
    setTimeout(() => {
      const host = parentElement.host ?? parentElement
      if (!host.isConnected && FRAMES.has(parentElement)) stop(parentElement, frame)
    })
}
