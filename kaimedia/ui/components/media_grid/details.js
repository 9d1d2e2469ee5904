// @ts-check
// The facts of one item as [label, value, extra] rows, from the item and its details. Pure.

/** @import { Details, Fact, Item } from './types.d.ts' */

const detailsNumber = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 })

/** @param {number} bytes */
function detailsBytes(bytes) {
  const units = ['bytes', 'KB', 'MB', 'GB']
  let at = 0
  while (bytes >= 1000 && at < units.length - 1) {
    bytes /= 1000
    at++
  }
  return `${bytes.toFixed(at && bytes < 100 ? 1 : 0)} ${units[at]}`
}

/** @param {number} unixSeconds */
function detailsMoment(unixSeconds) {
  return new Date(unixSeconds * 1000).toLocaleString(undefined, {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  })
}

/** @param {number} seconds */
function detailsSpan(seconds) {
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))}\u00a0s`
  return `${Math.floor(seconds / 60)}\u00a0min\u00a0${Math.round(seconds) % 60}\u00a0s`
}

/**
 * When it was created, and how long it took: "Nov 28, 2026, 10:15 AM · took 4 s".
 * @param {number} at
 * @param {Details | null | undefined} more
 */
function detailsCreated(at, more) {
  const took = more?.asked_at && more?.done_at ? ` · took ${detailsSpan(more.done_at - more.asked_at)}` : ''
  return detailsMoment(at) + took
}

/**
 * @param {Item} item
 * @param {Details | null | undefined} more
 */
function detailsCost(item, more) {
  if (item.sandbox || more?.provider === 'sandbox') return 'Free, sandbox'
  if (!more?.credits) return null
  const amount = `${detailsNumber.format(more.credits.value)} ${more.credits.value === 1 ? 'credit' : 'credits'}`
  const all = (more.variants ?? 1) > 1 ? `${amount} for all ${more.variants}` : amount // the price is the whole task's
  return more.credits.is_estimate ? `About ${all} (estimate)` : all
}

/** @param {string} id */
const detailsShort = id => (id.length > 16 ? `${id.slice(0, 8)}…${id.slice(-4)}` : id)

/** @param {unknown} value */
function detailsValue(value) {
  if (typeof value === 'boolean') return value ? 'On' : 'Off'
  if (value === null || value === undefined) return null
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/**
 * Rows without a value are left out.
 * @param {Item} item
 * @param {Details | null | undefined} more
 * @returns {Fact[]}
 */
export function detailsRows(item, more) {
  const seconds = more?.seconds ?? item.seconds
  const width = more?.w ?? item.w
  const height = more?.h ?? item.h
  const hasSize = Boolean(item.file) && width && height
  /** @type {[string, string | null][]} */
  const params = (more?.params ?? []).map(([label, value]) => [label, detailsValue(value)])
  /** @type {([string, string | null, { copy: string }?] | null)[]} */
  const rows = [
    ['Model', more?.model ?? item.model],
    ['Aspect ratio', more?.aspect_ratio ?? item.ratio],
    ['Size', hasSize ? `${width} × ${height}` : null],
    ['Length', item.video && seconds ? `${detailsNumber.format(seconds)} s` : null],
    [
      'File',
      more?.size_bytes ? [detailsBytes(more.size_bytes), detailsKind(more.mime)].filter(Boolean).join(' · ') : null,
    ],
    ['Cost', detailsCost(item, more)],
    ...params,
    ['Enhance prompt', detailsValue(more?.enhance)],
    ['Variant', more && (more.variants ?? 1) > 1 ? `${(more.variant ?? 0) + 1} of ${more.variants}` : null],
    ['Model’s record', more?.record ? `Won ${more.record[0]} of ${more.record[1]} of your comparisons` : null],
    ['Created', detailsCreated(more?.asked_at ?? item.at, more)],
    detailsId('Task ID', more?.task_id ?? item.task),
    detailsId(`Task ID ${more?.provider_location ?? 'at the provider'}`, more?.provider_task_id),
  ]
  const seen = new Set()
  return rows.flatMap(row => {
    const [label, value, extra] = row ?? ['', null]
    if (!value || seen.has(label)) return []
    seen.add(label)
    /** @type {Fact[]} */
    const fact = [extra ? [label, value, extra] : [label, value]]
    return fact
  })
}

/**
 * @param {string} label
 * @param {string | null | undefined} id
 * @returns {Fact | null}
 */
const detailsId = (label, id) => (id ? [label, detailsShort(String(id)), { copy: String(id) }] : null)
/** @param {string | null | undefined} mime */
const detailsKind = mime => (mime ? (mime.split('/')[1] ?? mime).toUpperCase() : null)

/**
 * What is to be said about the file of a finished item: text, and whether it can be fetched again.
 * @param {Item} item
 * @param {Details | null | undefined} more
 */
export function detailsCondition(item, more) {
  const condition = more?.condition ?? item.condition
  if (condition === 'damaged')
    return {
      icon: 'alarm',
      isBad: true,
      text: `This ${item.video ? 'video' : 'image'} was damaged each time it was fetched. The damaged file was saved, and you can download it.`,
    }
  if (condition === 'unshowable')
    return {
      icon: 'alarm',
      text: `Saved, but browsers can’t show this kind of file (${(item.name.split('.').pop() ?? '').toUpperCase()}). Download it to open it in another app.`,
    }
  if (condition !== 'missing')
    return item.tooLarge
      ? {
          icon: 'alarm',
          text: 'Saved, but too large to show on this host. “python -m kaimedia get” downloads it.',
        }
      : null
  const until =
    more?.fetch_until &&
    new Date(more.fetch_until * 1000).toLocaleDateString(undefined, { day: 'numeric', month: 'long', year: 'numeric' })
  const why = 'The file is no longer in the media storage: it was removed, or the disk was erased.'
  const who = more?.provider_label ?? 'The provider'
  return {
    icon: 'alarm',
    isBad: true,
    canFetch: Boolean(until),
    text: until ? `${why} ${who} keeps it until ${until}.` : `${why} ${who} no longer has it.`,
  }
}

/**
 * Shown in the stage and the panel when an item has no file: title, text and next step.
 * @param {Item} item
 * @param {Details | null | undefined} more
 */
export function detailsState(item, more) {
  const isFailed = item.status === 'failed'
  if (!isFailed && item.status !== 'pending' && item.status !== 'processing') return null
  if (isFailed) {
    return {
      icon: 'alarm',
      title: more?.error?.title ?? item.error ?? 'This one didn’t finish.',
      text: more?.error?.next_step ?? 'Reuse it to try again with the same or another model.',
    }
  }
  const kind = item.video ? 'video' : 'image'
  return item.status === 'pending'
    ? { icon: 'clockface', title: 'Queued', text: `The ${kind} appears here as soon as it is done.` }
    : { icon: 'clockface', title: 'Generating', text: `The ${kind} appears here as soon as it is done.` }
}
