// @ts-check
// The buttons on a card.
import { downloadAddress, element, withKey } from './dom.js'

/** @import { Card } from './cards.js' */
/** @import { Child, Properties } from './dom.js' */
/** @import { Item } from './types.d.ts' */

/**
 * The buttons of a card.
 * @param {Card} card
 * @param {Item} item
 * @returns {Child[]}
 */
export function cardActions(card, item) {
  /**
   * @param {string} name
   * @param {string} icon
   * @param {string} label
   * @param {Properties} more
   */
  const act = (name, icon, label, more = {}) =>
    element('button', {
      class: 'act',
      type: 'button',
      'data-act': name,
      icon,
      'aria-label': label,
      tabindex: card.open.tabIndex,
      ...more,
    })
  if (card.grid.place === 'trash') return [act('restore', 'restore', 'Restore')]
  if (item.status && item.status !== 'completed') return []
  return [
    act('favorite', item.fav ? 'heartFull' : 'heart', 'Favorite', {
      'aria-pressed': String(item.fav),
      ...withKey('Favorite', 'F'),
    }),
    item.file &&
      element('a', {
        class: 'act',
        'data-act': 'download',
        'aria-label': 'Download',
        title: 'Download',
        icon: 'download',
        tabindex: card.open.tabIndex,
        href: downloadAddress(item.file),
        download: item.name,
      }),
    ...(card.grid.stage.count ? nextSteps(card, item, act) : []),
  ]
}

/**
 * Next steps for a result, with labels where there is room.
 * @param {Card} card
 * @param {Item} item
 * @param {(name: string, icon: string, label: string, more: Properties) => HTMLElement} act
 */
function nextSteps(card, item, act) {
  /**
   * @param {string} name
   * @param {string} icon
   * @param {string} text
   * @param {string} label
   */
  const named = (name, icon, text, label) => {
    const button = act(name, icon, label, { title: label })
    button.append(element('span', { class: 'name', 'aria-hidden': 'true', text }))
    return button
  }
  const reuse = named('reuse', 'again', 'Reuse', 'Reuse prompt and settings')
  if (!card.isStaged || item.video) return [reuse]
  return [
    reuse,
    named('reference', 'reference', 'Use as reference', 'Use as reference'),
    named('animate', 'video', 'Animate', 'Animate: make a video from it'),
  ]
}
