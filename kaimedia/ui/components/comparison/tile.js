// @ts-check
// One model of the grid: its name, its result or how far it is, time and credits, and the button that chooses it.
import { address, downloadAddress, element } from '../media_grid/dom.js'
import { nameOf } from './pairing.js'

/** @import { Item } from '../media_grid/types.d.ts' */
/** @import { Entry } from './types.d.ts' */
/** @import { View } from './view.js' */

/**
 * An image, or a video without its own controls.
 * @param {Item} item
 * @param {string} label
 * @param {boolean} [isWhole] the image in full size
 */
export function mediaOf(item, label, isWhole = false) {
  if (!item.video || !item.file) {
    const path = isWhole ? item.file || item.large : item.large || item.file
    return element('img', { src: address(path), alt: label })
  }
  const video = element('video', {
    src: address(item.file),
    poster: item.large && address(item.large),
    preload: 'auto',
    playsinline: true,
    'aria-label': label,
    'data-item': item.id,
  })
  video.muted = true
  return video
}

/**
 * The button that chooses a result, or withdraws the choice.
 * @param {HTMLElement} button
 * @param {string} name
 * @param {boolean} isWinner
 */
export function paintChoice(button, name, isWinner) {
  const text = isWinner ? 'Withdraw choice' : 'Choose as winner'
  if (button.textContent !== text) button.textContent = text
  button.setAttribute('aria-label', `${text}: ${name}`)
  button.classList.toggle('on', isWinner)
}

export class Tile {
  /**
   * @param {View} view
   * @param {string} task
   */
  constructor(view, task) {
    this.view = view
    this.task = task
    /** Which of several results is shown. */
    this.at = 0
    /** What the media were made of, so that equal data keep them. */
    this.source = ''
    this.letter = element('span', { class: 'letter', 'aria-hidden': 'true' })
    this.name = element('h3')
    this.crown = element('span', { class: 'crown', hidden: true }, element('i', { icon: 'check' }), 'Winner')
    this.box = element('div', { class: 'box' })
    this.picks = element('div', { class: 'picks', role: 'group', 'aria-label': 'Results of this model', hidden: true })
    this.facts = element('p', { class: 'facts' })
    this.more = element('p', { class: 'more', hidden: true })
    this.bar = element('div', { class: 'bar', role: 'progressbar', hidden: true }, element('i'))
    this.choose = element('button', { class: 'choose', type: 'button', onclick: () => view.vote(task) })
    this.extra = element('div', { class: 'extra' })
    this.node = element(
      'div',
      { class: 'tile', role: 'listitem' },
      element('div', { class: 'name' }, this.letter, this.name, this.crown),
      this.box,
      this.bar,
      this.picks,
      this.facts,
      this.more,
      element('div', { class: 'buttons' }, this.choose, this.extra),
    )
    /** @type {Entry | null} */
    this.entry = null
  }

  get video() {
    return this.box.querySelector('video')
  }

  /**
   * @param {Entry} entry
   * @param {{ isWinner: boolean, canChoose: boolean, isRevealed: boolean }} is
   */
  update(entry, is) {
    this.entry = entry
    const name = nameOf(entry)
    this.node.dataset.state = entry.state
    this.node.classList.toggle('winner', is.isWinner)
    this.letter.textContent = entry.letter
    this.letter.hidden = !entry.model
    this.name.textContent = name
    this.name.title = name
    this.crown.hidden = !is.isWinner
    this.paintBox(entry, is.isRevealed)
    this.paintBar(entry)
    this.facts.textContent =
      entry.state === 'done' || entry.state === 'trashed'
        ? [entry.time, entry.cost].filter(Boolean).join(' · ')
        : [entry.status, entry.cost].filter(Boolean).join(' · ')
    const more = entry.state === 'failed' ? '' : entry.next || entry.record
    this.more.textContent = more
    this.more.hidden = !more
    this.choose.hidden = entry.state !== 'done'
    this.choose.disabled = !is.canChoose
    paintChoice(this.choose, name, is.isWinner)
  }

  /**
   * @param {Entry} entry
   * @param {boolean} isRevealed
   */
  paintBox(entry, isRevealed) {
    this.at = Math.min(this.at, Math.max(0, entry.items.length - 1))
    const item = entry.items[this.at]
    const source = JSON.stringify([entry.state, entry.items.map(({ id }) => id), this.at, item?.file, entry.reason])
    if (source === this.source && this.isRevealed === isRevealed) return
    const isSame = source === this.source
    this.source = source
    this.isRevealed = isRevealed
    if (isSame && this.box.firstElementChild) {
      // Only the name became known: a video goes on playing.
      this.box.querySelector('img, video')?.setAttribute(item?.video && item.file ? 'aria-label' : 'alt', nameOf(entry))
    } else this.box.replaceChildren(...this.content(entry, item))
    this.box.style.setProperty('--ratio', item ? `${item.w} / ${item.h}` : '')
    this.paintPicks(entry)
    this.paintExtra(entry, item, isRevealed)
  }

  /**
   * @param {Entry} entry
   * @param {Item | undefined} item
   */
  content(entry, item) {
    if (item) return [mediaOf(item, nameOf(entry))]
    if (entry.state === 'failed')
      return [
        element(
          'div',
          { class: 'message bad' },
          element('i', { icon: 'alarm' }),
          element('p', { text: entry.reason }),
          entry.next && element('p', { class: 'step', text: entry.next }),
        ),
      ]
    if (entry.state === 'trashed')
      return [
        element('div', { class: 'message' }, element('i', { icon: 'trash' }), element('p', { text: 'In the trash' })),
      ]
    return [element('div', { class: 'wait' })]
  }

  /** @param {Entry} entry */
  paintBar(entry) {
    const isRunning = entry.state === 'running'
    this.bar.hidden = !isRunning
    if (!isRunning) return
    this.bar.setAttribute('aria-label', `Progress of ${nameOf(entry)}`)
    this.bar.classList.toggle('open', entry.share === null)
    const percent = entry.share === null ? null : Math.round(entry.share * 100)
    if (percent === null) this.bar.removeAttribute('aria-valuenow')
    else this.bar.setAttribute('aria-valuenow', String(percent))
    const line = /** @type {HTMLElement} */ (this.bar.firstElementChild)
    line.style.width = percent === null ? '' : `${percent}%`
  }

  /** @param {Entry} entry */
  paintPicks(entry) {
    const { items } = entry
    this.picks.hidden = items.length < 2
    if (items.length < 2) return this.picks.replaceChildren()
    const held = /** @type {HTMLElement | null} */ (this.picks.querySelector(':focus'))?.dataset.at
    const nodes = items.map((item, at) =>
      element(
        'button',
        {
          type: 'button',
          'data-at': at,
          'aria-pressed': String(at === this.at),
          'aria-label': `Result ${at + 1} of ${items.length}`,
          onclick: () => this.pick(at),
        },
        element('img', { src: address(item.thumb), alt: '' }),
      ),
    )
    this.picks.replaceChildren(...nodes)
    if (held) nodes[Number(held)]?.focus()
  }

  /** @param {number} at */
  pick(at) {
    this.at = at
    this.view.paint()
  }

  /**
   * @param {Entry} entry
   * @param {Item | undefined} item
   * @param {boolean} isRevealed
   */
  paintExtra(entry, item, isRevealed) {
    if (!item) return this.extra.replaceChildren()
    const name = nameOf(entry)
    /** @param {string} text */
    const labels = text => ({ 'aria-label': `${text}: ${name}`, title: text })
    const open = element('button', { class: 'icon', type: 'button', icon: 'fit', ...labels('Open in the gallery') })
    open.addEventListener('click', () => this.view.send({ do: 'open', item: item.id }))
    const download = element('a', { class: 'icon', icon: 'download', ...labels('Download') })
    download.href = downloadAddress(item.file || item.large)
    download.download = item.name
    // The gallery shows which model made it.
    this.extra.replaceChildren(...(isRevealed ? [open] : []), ...(item.file ? [download] : []))
  }
}
