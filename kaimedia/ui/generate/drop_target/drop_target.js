// @ts-check
// An image pasted anywhere on the page, or dropped onto the target, becomes the reference. The list of other ways to
// choose one covers the form, so it closes like a menu: by Escape or a click outside.

/**
 * @typedef {object} Drop
 * @property {HTMLElement} note
 * @property {HTMLElement | null} marked the target, while a file is dragged over it
 * @property {Record<string, (event: any) => void>} on the listeners on the document
 * @property {string} target CSS selector
 * @property {string} field CSS selector
 * @property {string[]} types media types
 * @property {number} max_bytes
 * @property {string} rejection why no image is accepted, or ''
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

/** @param {string[]} types */
function kinds(types) {
  const names = types.map(type => type.split('/')[1].toUpperCase().replace('WEBP', 'WebP'))
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} or ${names.at(-1)}` : names[0]
}

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
  const limit = `Use a ${kinds(drop.types)} up to ${Math.floor(drop.max_bytes / 1e6)} MB.`
  if (!drop.types.includes(file.type)) return `${file.name || 'This file'} is not supported. ${limit}`
  if (file.size > drop.max_bytes) return `${file.name || 'This image'} is ${(file.size / 1e6).toFixed(1)} MB. ${limit}`
  return ''
}

/**
 * @param {Drop} drop
 * @param {Iterable<File>} files
 * @param {'drop' | 'paste'} how
 */
async function take(drop, files, how) {
  const all = [...files]
  const file = all.find(each => drop.types.includes(each.type)) ?? all.find(isImage) ?? all[0]
  if (!file) return
  const why = rejection(drop, file)
  if (why) return say(drop, why, 'red')
  const others = all.length > 1 ? `You added ${all.length} files; only ${file.name} is used.` : ''
  try {
    const data = await asBase64(file)
    say(drop, others, 'quiet')
    drop.send('image', {
      data,
      origin: how === 'drop' && file.name ? `Dropped · ${file.name}` : 'Pasted',
      at: Date.now(),
    })
  } catch {
    say(drop, `${file.name || 'This file'} could not be read. Choose it again.`, 'red')
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
      if (!files.some(isImage)) return // text goes where the cursor is
      event.preventDefault()
      take(drop, files.filter(isImage), 'paste')
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
    max_bytes: 0,
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
