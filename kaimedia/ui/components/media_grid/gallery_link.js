// @ts-check
// Asks for the gallery's page when somebody points at a link to it for a moment: the grid takes its first items from
// there, and their images and the grid's scripts are loaded while Python still opens the page. Once for each page loaded.
import { copyFirstWindow, firstWindow } from './first_items.js'
import { setSources } from './image_sources.js'
import { justify, steppedRatio } from './layout.js'

// Also those that the page itself would request after its first frame.
const PRELOADS = 'link[rel=modulepreload]:not([data-kai-entry]), link[rel=kai-preload]'
const EVENTS = ['pointerover', 'focusin']
const STAY_MS = 60 // with a press that comes sooner, all this would only be in the way of opening the page
/** @type {ReturnType<typeof setTimeout> | undefined} */
let waiting

/** @param {string} address of the gallery's page */
async function prepare(address) {
  let text
  try {
    const answer = await fetch(address, { headers: { accept: 'text/html' } })
    text = await answer.text()
  } catch {
    return // the grid asks again, and says so
  }
  if (location.href === address) return // the grid was faster, and nobody would take the items
  const page = new DOMParser().parseFromString(text, 'text/html')
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

/** @param {Event} event */
function onPointing({ target }) {
  clearTimeout(waiting)
  const link = target instanceof Element ? target.closest('a') : null
  const address = new URL('gallery', document.baseURI)
  if (link?.href !== address.href || location.pathname === address.pathname) return
  waiting = setTimeout(() => {
    for (const kind of EVENTS) removeEventListener(kind, onPointing)
    prepare(address.href)
  }, STAY_MS)
}

for (const kind of EVENTS) addEventListener(kind, onPointing)
addEventListener('pointerdown', () => clearTimeout(waiting))
