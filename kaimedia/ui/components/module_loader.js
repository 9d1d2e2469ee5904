// @ts-check
// Loads a component's modules from our server and mounts the component; retries while the server cannot be reached.
import { FILE, FOLDER } from './module_file.js'

const MAX_RETRY_MS = 30_000

/** @type {Promise<{ default: (args: any) => (() => void) | undefined }> | null} */
let loading = null
let failures = 0

// Browsers keep a failed module until the page is closed, so each retry uses another address;
// the server ignores `again-<number>/`.
async function load() {
  const folder = failures ? `${FOLDER}again-${failures}/` : FOLDER
  try {
    return await import(new URL(`${folder}${FILE}`, document.baseURI).href)
  } catch (error) {
    loading = null
    failures += 1
    throw error
  }
}

/**
 * @param {ParentNode} parent
 * @param {string} text '' removes it
 */
function showProblem(parent, text) {
  /** @type {HTMLElement | null} */
  const note = parent.querySelector('.note')
  if (!note) return
  note.hidden = !text
  note.textContent = text
}

/** @param {{ parentElement: ParentNode }} args what Streamlit calls a component with */
export default function (args) {
  let isUnmounted = false
  /** @type {(() => void) | undefined} */
  let unmount
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer

  /** @param {number} tries */
  async function mount(tries) {
    loading ??= load()
    let component
    try {
      component = await loading
    } catch {
      if (isUnmounted) return
      showProblem(args.parentElement, 'This part of the page did not load. Trying again…')
      timer = setTimeout(mount, Math.min(MAX_RETRY_MS, 1000 * 2 ** tries), tries + 1)
      return
    }
    if (isUnmounted) return
    if (tries) showProblem(args.parentElement, '')
    unmount = component.default(args)
  }

  mount(0)
  return () => {
    isUnmounted = true
    clearTimeout(timer)
    unmount?.()
  }
}
