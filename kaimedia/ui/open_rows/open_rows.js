// Reports clicks on the statuses of the queue, and holds what was chosen until Python has drawn it.
const WATCHERS = new WeakMap()
const SUMMARY = '.st-key-queue summary'
const HOLD_MS = 4000

const rowOf = node => node.closest?.('[class*=task_i_], [class*=task_v_]')
const idOf = row => row && [...row.classList].map(name => /task_[iv](?:_failed)?_([0-9a-f]{32})$/.exec(name)?.[1]).find(Boolean)

function onClick(watcher, event) {
  const summary = event.target.closest?.(SUMMARY)
  const id = summary && idOf(rowOf(summary))
  if (!id) return
  const open = !(watcher.wanted.get(id)?.open ?? watcher.open.has(id))
  watcher.wanted.set(id, { open, until: Date.now() + HOLD_MS })
  watcher.trigger('toggled', { id, open, at: Date.now() })
}

// A drawing that was under way when the person clicked still says the old state: it is put right before it is seen.
function onDrawn(watcher, changes) {
  for (const { target } of changes) {
    const wanted = target.tagName === 'DETAILS' && watcher.wanted.get(idOf(rowOf(target)))
    if (wanted && Date.now() < wanted.until && target.open !== wanted.open) target.open = wanted.open
  }
}

function start(parentElement) {
  const watcher = { open: new Set(), wanted: new Map() }
  watcher.onClick = event => onClick(watcher, event)
  document.addEventListener('click', watcher.onClick, true)
  watcher.observer = new MutationObserver(changes => onDrawn(watcher, changes))
  watcher.observer.observe(document.body, { subtree: true, attributeFilter: ['open'] })
  WATCHERS.set(parentElement, watcher)
  return watcher
}

function stop(parentElement, watcher) {
  document.removeEventListener('click', watcher.onClick, true)
  watcher.observer.disconnect()
  WATCHERS.delete(parentElement)
}

export default function ({ parentElement, data, setTriggerValue }) {
  const watcher = WATCHERS.get(parentElement) ?? start(parentElement)
  watcher.trigger = setTriggerValue
  watcher.open = new Set(data[0].open)
  for (const [id, { open }] of watcher.wanted) if (watcher.open.has(id) === open) watcher.wanted.delete(id)
  return () => setTimeout(() => {
    const host = parentElement.host ?? parentElement
    if (!host.isConnected && WATCHERS.has(parentElement)) stop(parentElement, watcher)
  })
}
