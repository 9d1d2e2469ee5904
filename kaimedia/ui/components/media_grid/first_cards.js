// @ts-check
// The gallery's first items as they are drawn until the grid is there, where the grid will draw them.
import { monthName, monthsOf } from './format.js'
import { setSources } from './image_sources.js'
import { inMonths, justify, steppedRatio } from './layout.js'

/** @import { Plan } from './layout.js' */
/** @import { FirstWindow, Item } from './types.d.ts' */

/**
 * @param {HTMLElement} holder
 * @param {FirstWindow} first
 */
export function drawFirstItems(holder, { items, query }) {
  const ratios = Float32Array.from(items, steppedRatio)
  const isByTime = new URLSearchParams(query).get('sort') !== 'longest'
  const width = holder.clientWidth
  const plan = isByTime ? inMonths(ratios, monthsOf(items), width) : justify(ratios, width)
  const lowest = innerHeight - holder.getBoundingClientRect().top
  for (const { name, top } of plan.headings.filter(each => each.top < lowest)) {
    const heading = document.createElement('b')
    heading.textContent = monthName(name)
    heading.style.top = `${top}px`
    holder.append(heading)
  }
  const inView = items.slice(0, plan.endOf(plan.rowAt(lowest)))
  holder.append(...inView.map((item, at) => card(item, plan, at)))
}

/**
 * @param {Item} item
 * @param {Plan} plan
 * @param {number} at
 */
function card(item, plan, at) {
  const node = document.createElement('span')
  const { style } = node
  style.transform = `translate(${plan.left[at].toFixed(1)}px, ${plan.topOf(at).toFixed(1)}px)`
  style.width = `${plan.width[at].toFixed(1)}px`
  style.height = `${plan.heightOf(at).toFixed(1)}px`
  style.background = `linear-gradient(160deg, #${item.colors.slice(0, 6)}, #${item.colors.slice(6, 12)})`
  if (!item.thumb && !item.large) return node
  const image = document.createElement('img')
  image.alt = ''
  image.decoding = 'async'
  image.fetchPriority = 'high'
  image.onerror = () => image.remove() // the grid says why
  setSources(image, item, plan.width[at])
  node.append(image)
  return node
}
