// The facts of one item as [label, value, extra] rows, from the item and its details. Pure.
const detailsNumber = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 })

function detailsBytes(bytes) {
  const units = ['bytes', 'KB', 'MB', 'GB']
  let at = 0
  while (bytes >= 1000 && at < units.length - 1) { bytes /= 1000; at++ }
  return `${bytes.toFixed(at && bytes < 100 ? 1 : 0)} ${units[at]}`
}

function detailsMoment(unixSeconds) {
  return new Date(unixSeconds * 1000).toLocaleString(undefined, {
    year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit',
  })
}

function detailsSpan(seconds) {
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))}\u00a0s`
  return `${Math.floor(seconds / 60)}\u00a0min\u00a0${Math.round(seconds) % 60}\u00a0s`
}

// When it was created, and how long it took: "Nov 28, 2026, 10:15 AM · took 4 s".
function detailsCreated(at, more) {
  const took = more?.asked_at && more?.done_at ? ` · took ${detailsSpan(more.done_at - more.asked_at)}` : ''
  return detailsMoment(at) + took
}

function detailsCost(item, more) {
  if (item.sandbox || more?.provider === 'sandbox') return 'Free, sandbox'
  if (!more?.credits) return null
  const amount = `${detailsNumber.format(more.credits.value)} ${more.credits.value === 1 ? 'credit' : 'credits'}`
  const all = more.variants > 1 ? `${amount} for all ${more.variants}` : amount // the price is the whole task's
  return more.credits.is_estimate ? `About ${all} (estimate)` : all
}

const detailsShort = id => (id.length > 16 ? `${id.slice(0, 8)}…${id.slice(-4)}` : id)

function detailsValue(value) {
  if (typeof value === 'boolean') return value ? 'On' : 'Off'
  if (value === null || value === undefined) return null
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

// Rows without a value are left out. `extra` is {copy: text} for values with a copy button.
function detailsRows(item, more) {
  const seconds = more?.seconds ?? item.seconds
  const width = more?.w ?? item.w
  const height = more?.h ?? item.h
  const hasSize = Boolean(item.file) && width && height
  const rows = [
    ['Model', more?.model ?? item.model],
    ['Aspect ratio', more?.aspect_ratio ?? item.ratio],
    ['Size', hasSize ? `${width} × ${height}` : null],
    ['Length', item.video && seconds ? `${detailsNumber.format(seconds)} s` : null],
    ['File', more?.size_bytes ? [detailsBytes(more.size_bytes), detailsKind(more.mime)].filter(Boolean).join(' · ') : null],
    ['Cost', detailsCost(item, more)],
    ...(more?.params ?? []).map(([label, value]) => [label, detailsValue(value)]),
    ['Enhance prompt', detailsValue(more?.enhance)],
    ['Variant', more?.variants > 1 ? `${(more.variant ?? 0) + 1} of ${more.variants}` : null],
    ['Created', detailsCreated(more?.asked_at ?? item.at, more)],
    detailsId('Task ID', more?.task_id ?? item.task),
    detailsId('kie.ai task ID', more?.provider_task_id),
  ]
  const seen = new Set()
  return rows.filter(row => {
    if (!row || row[1] == null || row[1] === '' || seen.has(row[0])) return false
    return seen.add(row[0])
  })
}

const detailsId = (label, id) => (id ? [label, detailsShort(String(id)), { copy: String(id) }] : null)
const detailsKind = mime => (mime ? (mime.split('/')[1] ?? mime).toUpperCase() : null)

// What is to be said about the file of a finished item: text, and whether it can be fetched again.
function detailsCondition(item, more) {
  const condition = more?.condition ?? item.condition
  if (condition === 'damaged') return { icon: 'alarm', isBad: true, text: `This ${item.video ? 'video' : 'image'} was damaged each time it was fetched. The damaged file was saved, and you can download it.` }
  if (condition === 'unshowable') return { icon: 'alarm', text: `Saved, but browsers can’t show this kind of file (${(item.name.split('.').pop() ?? '').toUpperCase()}). Download it to open it in another app.` }
  if (condition !== 'missing') return null
  const until = more?.fetch_until && new Date(more.fetch_until * 1000).toLocaleDateString(undefined, { day: 'numeric', month: 'long', year: 'numeric' })
  const why = 'The file is no longer in the media folder: it was removed, or the disk was erased.'
  return { icon: 'alarm', isBad: true, canFetch: Boolean(until), text: until ? `${why} kie.ai keeps it until ${until}.` : `${why} kie.ai no longer has it.` }
}

// Shown in the stage and the panel when an item has no file: title, text and next step.
function detailsState(item, more) {
  const isFailed = item.status === 'failed'
  if (!isFailed && item.status !== 'pending' && item.status !== 'processing') return null
  if (isFailed) {
    return {
      icon: 'alarm', title: more?.error?.title ?? item.error ?? 'This one didn’t finish.',
      text: more?.error?.next_step ?? 'Reuse it to try again with the same or another model.',
    }
  }
  const kind = item.video ? 'video' : 'image'
  return item.status === 'pending'
    ? { icon: 'clockface', title: 'Queued', text: `The ${kind} appears here as soon as it is done.` }
    : { icon: 'clockface', title: 'Generating', text: `The ${kind} appears here as soon as it is done.` }
}

function detailsList(item, more, onCopy) {
  const list = make('dl', { class: 'facts' })
  for (const [label, value, extra] of detailsRows(item, more)) {
    const copy = extra?.copy && make('button', {
      class: 'mini', type: 'button', 'aria-label': `Copy ${label}`, title: 'Copy', icon: 'copy',
      onclick: event => onCopy(extra.copy, event.currentTarget),
    })
    list.append(make('dt', { text: label }), make('dd', {}, make('span', { text: value, title: extra?.copy }), copy))
  }
  return list
}
