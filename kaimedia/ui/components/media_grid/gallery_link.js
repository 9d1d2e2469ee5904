// @ts-check
// Asks for the gallery's page when somebody points at a link to it for a moment, or presses it: the grid takes its first
// items from there. After pointing, their images and the grid's scripts are loaded while Python still opens the page;
// after a press, the items are shown at once. Both once for each page loaded: later, the grid has what it needs.
import { copyFirstWindow, firstWindow, wasGalleryShown } from './first_items.js'
import { coverPage, isGridDrawn } from './gallery_cover.js'
import { setSources } from './image_sources.js'
import { justify, steppedRatio } from './layout.js'

// Also those that the page itself would request after its first frame.
const PRELOADS = 'link[rel=modulepreload]:not([data-kai-entry]), link[rel=kai-preload]'
const POINTING = ['pointerover', 'focusin']
// With a press that ends sooner, loading scripts would only be in the way of opening the page. A mouse button that goes
// down focuses the link, so a press that lasts longer loads them too.
const STAY_MS = 60
const FRESH_MS = 3000
const LEAVING = ['popstate', 'pointerdown', 'keydown'] // while the answer is on its way, something else was pressed
/** @type {ReturnType<typeof setTimeout> | undefined} */
let waiting
let wasShown = false
/** @type {{ at: number, page: Promise<Document | null> } | undefined} */
let asked

/**
 * @param {string} address of the gallery's page
 * @returns {Promise<Document | null>} null if there is none: then the grid asks again, and says why
 */
function galleryPage(address) {
  const now = performance.now()
  if (!asked || now - asked.at > FRESH_MS) asked = { at: now, page: requested(address) }
  return asked.page
}

/** @param {string} address */
async function requested(address) {
  try {
    const answer = await fetch(address, { headers: { accept: 'text/html' } })
    return answer.ok ? new DOMParser().parseFromString(await answer.text(), 'text/html') : null
  } catch {
    return null
  }
}

/** @param {string} address */
async function prepare(address) {
  const page = await galleryPage(address)
  if (!page || location.href === address) return // the grid was faster, and nobody would take the items
  for (const link of page.querySelectorAll(PRELOADS)) {
    link.setAttribute('rel', 'modulepreload')
    document.head.append(link)
  }
  copyFirstWindow(page)
  loadImages()
}

function loadImages() {
  const items = firstWindow()?.items ?? []
  const plan = justify(Float32Array.from(items, steppedRatio), innerWidth)
  const inView = items.slice(0, plan.endOf(plan.rowAt(innerHeight)))
  inView.forEach((item, at) => {
    if (item.thumb || item.large) setSources(new Image(), item, plan.width[at])
  })
}

/** @param {URL} address */
async function show(address) {
  const from = location.pathname
  let isLeft = false
  const leave = () => {
    isLeft = true
  }
  for (const kind of LEAVING) addEventListener(kind, leave, true)
  const page = await galleryPage(address.href)
  for (const kind of LEAVING) removeEventListener(kind, leave, true)
  asked = undefined
  const isElsewhere = location.pathname !== from && location.pathname !== address.pathname
  if (!page || isLeft || isElsewhere || isGridDrawn()) return
  copyFirstWindow(page)
  const first = firstWindow()
  if (first) coverPage(first, address.pathname)
}

/**
 * @param {Event} event
 * @returns {URL | null} of the gallery, if the event is of a link that leads there from another page
 */
function galleryAddress({ target }) {
  const link = target instanceof Element ? target.closest('a') : null
  const address = new URL('gallery', document.baseURI)
  return link?.href === address.href && location.pathname !== address.pathname ? address : null
}

/** @param {Event} event */
function onPointing(event) {
  clearTimeout(waiting)
  const address = galleryAddress(event)
  if (!address) return
  waiting = setTimeout(() => {
    for (const kind of POINTING) removeEventListener(kind, onPointing)
    prepare(address.href)
  }, STAY_MS)
}

// A press lasts a tenth of a second, and Python is not busy with the page yet.
/** @param {PointerEvent} event */
function onPointerDown(event) {
  clearTimeout(waiting)
  const address = wasShown || wasGalleryShown() ? null : pressedAddress(event)
  if (address) galleryPage(address.href)
}

/** @param {MouseEvent} event */
function onClick(event) {
  const address = pressedAddress(event)
  if (!address) return
  removeEventListener('click', onClick, true)
  wasShown = true
  if (!wasGalleryShown()) show(address)
}

/**
 * @param {MouseEvent} event
 * @returns {URL | null} as `galleryAddress`; null for a press that opens another tab or window
 */
function pressedAddress(event) {
  const opensHere = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)
  return opensHere ? galleryAddress(event) : null
}

for (const kind of POINTING) addEventListener(kind, onPointing)
addEventListener('pointerdown', onPointerDown)
addEventListener('click', onClick, true)
