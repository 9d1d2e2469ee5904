// @ts-check
// A file pasted anywhere on the page, or dropped onto the target, becomes an input of the request. The list of other
// ways to choose one covers the form, so it closes like a menu: by Escape or a click outside.

/**
 * @typedef {object} Drop
 * @property {HTMLElement} note
 * @property {HTMLElement | null} marked the target, while a file is dragged over it
 * @property {Record<string, (event: any) => void>} on the listeners on the document
 * @property {string} target CSS selector
 * @property {string} field CSS selector
 * @property {string[]} types media types
 * @property {string} hint what is accepted
 * @property {number} max_bytes of all files sent at once
 * @property {number} most_files
 * @property {string} rejection why no file is accepted, or ''
 * @property {(name: string, value: unknown) => void} send
 */

/** @type {WeakMap<HTMLElement, Drop>} */
const TARGETS = new WeakMap()

/**
 * @param {Blob} file
 * @returns {Promise<string>}
 */
const asBase64 = file =>
  new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result).split(',', 2)[1])
    reader.onerror = () => reject(reader.error)
    reader.readAsDataURL(file)
  })

/**
 * @param {Drop} drop
 * @param {string} text
 * @param {'red' | 'quiet'} tone
 */
function say(drop, text, tone) {
  drop.note.textContent = text
  drop.note.dataset.tone = tone
}

/** @param {File} file */
const isImage = file => file.type.startsWith('image/')

/**
 * Why the file is not accepted, or "".
 * @param {Drop} drop
 * @param {File} file
 */
function rejection(drop, file) {
  if (drop.rejection) return drop.rejection
  if (!drop.types.includes(file.type)) return `${file.name || 'This file'} is not supported. ${drop.hint}`
  if (file.size > drop.max_bytes)
    return `${file.name || 'This file'} is ${(file.size / 1e6).toFixed(1)} MB. ${drop.hint}`
  return ''
}

/**
 * The files that are used: as many as fit, in their order; of files that do not fit, the first, to say why.
 * @param {Drop} drop
 * @param {File[]} all
 */
function used(drop, all) {
  let bytes = 0
  const fitting = all.filter(each => !rejection(drop, each))
  const taken = fitting.slice(0, drop.most_files).filter(each => {
    bytes += each.size
    return bytes <= drop.max_bytes
  })
  return taken.length ? taken : [all.find(isImage) ?? all[0]]
}

/**
 * @param {Drop} drop
 * @param {Iterable<File>} files
 * @param {'drop' | 'paste'} how
 */
async function take(drop, files, how) {
  const all = [...files]
  if (!all.length) return
  const taken = used(drop, all)
  const why = rejection(drop, taken[0])
  if (why) return say(drop, why, 'red')
  const names = taken.map(each => each.name).join(', ')
  const others = all.length > taken.length ? `You added ${all.length} files; only ${names} is used.` : ''
  try {
    const sent = await Promise.all(
      taken.map(async file => ({
        data: await asBase64(file),
        origin: how === 'drop' && file.name ? `Dropped · ${file.name}` : 'Pasted',
      })),
    )
    say(drop, taken.length > 1 ? others.replace(' is used', ' are used') : others, 'quiet')
    drop.send('files', { files: sent, at: Date.now() })
  } catch {
    say(drop, `${names || 'This file'} could not be read. Choose it again.`, 'red')
  }
}

/**
 * The event's target or its nearest ancestor that matches.
 * @param {Event} event
 * @param {string} selector
 * @returns {HTMLElement | null}
 */
const closest = ({ target }, selector) => (target instanceof Element ? target.closest(selector) : null)

/** @param {DragEvent} event */
const hasFiles = event => [...(event.dataTransfer?.types ?? [])].includes('Files')
/**
 * Streamlit's own uploader handles what is dropped onto it.
 * @param {Event} event
 */
const isForUploader = event => closest(event, '[data-testid=stFileUploaderDropzone]')
/**
 * @param {Drop} drop
 * @param {Event} event
 */
const zoneAt = (drop, event) => closest(event, drop.target)

/**
 * @param {Drop} drop
 * @param {HTMLElement | null} zone
 */
function mark(drop, zone) {
  if (drop.marked === zone) return
  drop.marked?.removeAttribute('data-drop')
  drop.marked = zone
  if (zone) zone.dataset.drop = drop.rejection ? 'no' : 'yes'
}

/**
 * @param {Drop} drop
 * @param {{ refocus: boolean }} options
 */
function closeList(drop, { refocus }) {
  /** @type {HTMLElement | null} */
  const opened = document.querySelector(`${drop.field} details[open] > summary`)
  opened?.click()
  if (refocus) opened?.focus()
}

/**
 * @param {Drop} drop
 * @returns {Record<string, (event: any) => void>} by the type of the event
 */
function listeners(drop) {
  return {
    keydown: event => {
      if (event.key === 'Escape' && !event.defaultPrevented && closest(event, drop.field))
        closeList(drop, { refocus: true })
    },
    pointerdown: event => {
      if (!closest(event, drop.field)) closeList(drop, { refocus: false })
    },
    paste: event => {
      const files = [...(event.clipboardData?.files ?? [])]
      const media = files.filter(each => isImage(each) || drop.types.includes(each.type))
      if (!media.length) return // text goes where the cursor is
      event.preventDefault()
      take(drop, media, 'paste')
    },
    dragover: event => {
      if (!hasFiles(event) || isForUploader(event)) return mark(drop, null)
      event.preventDefault() // outside the target too: a dropped file must not replace the page
      const zone = zoneAt(drop, event)
      event.dataTransfer.dropEffect = zone ? 'copy' : 'none'
      mark(drop, zone)
    },
    dragleave: event => {
      if (!event.relatedTarget) mark(drop, null)
    },
    drop: event => {
      mark(drop, null)
      if (!hasFiles(event) || isForUploader(event)) return
      event.preventDefault()
      if (zoneAt(drop, event)) take(drop, event.dataTransfer.files, 'drop')
    },
  }
}

/** @param {HTMLElement} parentElement */
function start(parentElement) {
  /** @type {Drop} */
  const drop = {
    note: /** @type {HTMLElement} */ (parentElement.querySelector('.k-drop-note')),
    marked: null,
    on: {},
    target: '',
    field: '',
    types: [],
    hint: '',
    max_bytes: 0,
    most_files: 1,
    rejection: '',
    send: () => {},
  }
  drop.on = listeners(drop)
  for (const [name, listener] of Object.entries(drop.on)) document.addEventListener(name, listener)
  TARGETS.set(parentElement, drop)
  return drop
}

/** @param {{ parentElement: any, data: [Partial<Drop>], setTriggerValue: Drop['send'] }} args */
export default function ({ parentElement, data, setTriggerValue }) {
  const drop = TARGETS.get(parentElement) ?? start(parentElement)
  Object.assign(drop, data[0], { send: setTriggerValue })
  return () =>
    setTimeout(() => {
      if (parentElement.isConnected || !TARGETS.has(parentElement)) return
      for (const [name, listener] of Object.entries(drop.on)) document.removeEventListener(name, listener)
      mark(drop, null)
      TARGETS.delete(parentElement)
    })
}
