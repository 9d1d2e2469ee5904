// @ts-check
// The contents of the viewer panel's parts: each function returns nodes; false ones are left out.
import { detailsCondition, detailsRows, detailsState } from './details.js'
import { address, element } from './dom.js'

/** @import { Details, Input, Item, LinkedItem } from './types.d.ts' */

const LONG_PROMPT = 420 // characters

/** @param {string} text */
export function promptPart(text) {
  const body = element('p', { class: 'prompt', text })
  const isLong = text.length > LONG_PROMPT || text.split('\n').length > 9
  body.classList.toggle('short', isLong)
  const all = element('button', {
    class: 'text',
    type: 'button',
    text: 'Show all',
    'aria-expanded': 'false',
    'data-do': 'prompt-all',
    onclick: () => {
      const isShort = body.classList.toggle('short')
      all.textContent = isShort ? 'Show all' : 'Show less'
      all.setAttribute('aria-expanded', String(!isShort))
    },
  })
  return [element('h2', { text: 'Prompt' }), body, isLong && all]
}

/**
 * `fetchButton()` makes the button that fetches a missing file again.
 * @param {Item} item
 * @param {Details | null | undefined} more
 * @param {() => HTMLElement} fetchButton
 */
export function statePart(item, more, fetchButton) {
  const state = detailsState(item, more)
  const isFailed = item.status === 'failed'
  const condition = detailsCondition(item, more)
  const gone =
    item.gone &&
    `In the trash. Will be permanently deleted on ${new Date(item.gone * 1000).toLocaleDateString(undefined, { day: 'numeric', month: 'long', year: 'numeric' })}.`
  return [
    state &&
      element(
        'p',
        { class: isFailed ? 'state bad' : 'state' },
        element('i', { icon: state.icon }),
        element('span', {}, element('strong', { text: state.title }), element('span', { text: state.text })),
      ),
    condition &&
      element(
        'p',
        { class: condition.isBad ? 'state bad' : 'state' },
        element('i', { icon: condition.icon }),
        element('span', {}, element('span', { text: condition.text })),
      ),
    condition?.canFetch && fetchButton(),
    gone &&
      element(
        'p',
        { class: 'state' },
        element('i', { icon: 'trash' }),
        element('span', {}, element('span', { text: gone })),
      ),
  ]
}

/**
 * @param {Item} item
 * @param {Details | null | undefined} more
 * @param {(text: string, button: HTMLElement) => void} onCopy
 */
export function factsPart(item, more, onCopy) {
  const list = element('dl', { class: 'facts' })
  for (const [label, value, extra] of detailsRows(item, more)) {
    const copy =
      extra?.copy &&
      element('button', {
        class: 'mini',
        type: 'button',
        'aria-label': `Copy ${label}`,
        title: 'Copy',
        icon: 'copy',
        onclick: (/** @type {MouseEvent} */ event) =>
          onCopy(extra.copy, /** @type {HTMLElement} */ (event.currentTarget)),
      })
    list.append(
      element('dt', { text: label }),
      element('dd', {}, element('span', { text: value, title: extra?.copy }), copy),
    )
  }
  return [list]
}

/**
 * Links to what the item was made from and to the items made from it.
 * @param {Details | null | undefined} more
 * @param {(id: number | null) => void} goTo
 */
export function lineagePart(more, goTo) {
  const { inputs = [], used_in: usedIn = [], family = [], family_credits: credits = null } = more ?? {}
  return [
    ...inputs.map(each => {
      // A single input is described; several are labeled with their roles.
      const name = inputs.length === 1 ? originOf(each) : `${each.label}${each.is_deleted ? ' · deleted' : ''}`
      const text = each.about ? `${name} · ${each.about}` : name
      if (each.id) return referenceLink(each, text, goTo)
      const image = thumbnail(each) || (each.kind === 'image' ? null : element('i', { icon: ICONS[each.kind] }))
      return element('p', { class: 'reference still' }, image, element('span', { text }))
    }),
    usedIn.length && strip('Used in', 'to', usedIn, goTo),
    family.length && strip(familyTitle(family.length, credits), 'family', family, goTo, more?.id),
  ]
}

/**
 * "Related: 4 results, 138 credits", the title of the row of related items.
 * @param {number} count
 * @param {number | null} credits
 */
export function familyTitle(count, credits) {
  const cost = credits === null ? '' : `, ${Math.round(credits * 10) / 10} credits`
  return `Related: ${count} results${cost}`
}

/**
 * A titled row of small links to other items.
 * @param {string} title
 * @param {string} name
 * @param {LinkedItem[]} items
 * @param {(id: number | null) => void} goTo
 * @param {number} [own] the item shown, which is marked
 */
function strip(title, name, items, goTo, own) {
  return element(
    'div',
    { class: 'used' },
    element('h2', { text: title }),
    element(
      'div',
      { class: 'used-row' },
      ...items.map(each =>
        element(
          'button',
          {
            type: 'button',
            class: 'used-item',
            'data-do': `${name}-${each.id}`,
            'aria-label': `${title}: ${each.prompt}`,
            'aria-current': each.id === own ? 'true' : null,
            title: each.prompt,
            onclick: () => goTo(each.id),
          },
          thumbnail(each),
        ),
      ),
    ),
  )
}

const ICONS = { video: 'video', audio: 'sound' }
const NAMES = { image: 'an image', video: 'a video', audio: 'a sound file' }

/** @param {Input} each */
function originOf(each) {
  if (each.id) return each.kind === 'video' ? 'Made from this video' : 'Made from this image'
  return `Made from ${NAMES[each.kind]} ${each.is_deleted ? 'that was deleted' : 'you added'}`
}

/** @param {LinkedItem} each */
const thumbnail = each =>
  each.thumb && element('img', { alt: '', src: each.thumb.startsWith('data:') ? each.thumb : address(each.thumb) })

/**
 * @param {LinkedItem} each
 * @param {string} text
 * @param {(id: number | null) => void} goTo
 */
const referenceLink = (each, text, goTo) =>
  element(
    'button',
    {
      class: 'reference',
      type: 'button',
      'data-do': 'to-reference',
      onclick: () => goTo(each.id),
    },
    thumbnail(each),
    element('span', { text }),
    element('i', { icon: 'right' }),
  )
