// @ts-check
// One card: three DOM nodes at rest; details and buttons are added on hover or focus.
import { cardActions } from './card_actions.js'
import { element, isGone, withKey } from './dom.js'
import { ago, clock, daysLeft, described } from './format.js'
import { ICONS } from './icons.js'
import { setSources } from './image_sources.js'
import { ROOMY_PX, StageVideo } from './stage.js'

/** @import { Grid } from './grid.js' */
/** @import { Plan } from './layout.js' */
/** @import { CardNode, Item } from './types.d.ts' */

const HIDE_CONTROLS_MS = 220
const STAGED_SLIM_PX = 260
const SLIM_PX = 136 // too narrow for the buttons and the checkbox side by side
/** @type {Record<string, string>} */
const WORKING = { pending: 'Queued', processing: 'Generating' }

export class Card {
  /**
   * @param {number} id
   * @param {Grid} grid
   */
  constructor(id, grid) {
    this.id = id
    this.grid = grid
    this.open = element('button', { class: 'open', type: 'button', tabindex: -1, 'aria-label': 'Loading' })
    const kind = grid.isFitted ? 'card wait always' : 'card wait'
    const node = element('div', { class: kind, role: 'listitem', 'data-id': id }, this.open)
    this.node = /** @type {CardNode} */ (Object.assign(node, { card: this }))
    this.video = new StageVideo(this)
    /** The shown item; null while it is loading. @type {Item | null} */
    this.item = null
    /** @type {HTMLImageElement | null} */
    this.image = null
    /** The checkbox, while it is shown. @type {HTMLButtonElement | null} */
    this.check = null
    /** Its position as last drawn. */
    this.spot = ''
    this.index = -1
    this.total = 0
    this.width = 0
    this.isStaged = false
    this.isFailed = false
    this.isHovered = false
    this.hasControls = false
    /** The item left the gallery, and the card is fading out. */
    this.isGone = false
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.hideTimer = undefined
  }

  /**
   * @param {Plan} plan
   * @param {number} index
   * @param {number} total
   */
  place(plan, index, total) {
    const width = plan.width[index]
    const spot = `${plan.left[index]} ${plan.topOf(index)} ${width} ${plan.heightOf(index)}`
    if (this.spot !== spot) {
      this.spot = spot
      const { style } = this.node
      style.transform = `translate(${plan.left[index].toFixed(1)}px, ${plan.topOf(index).toFixed(1)}px)`
      style.width = `${width.toFixed(1)}px`
      style.height = `${plan.heightOf(index).toFixed(1)}px`
      this.width = width
      this.node.classList.toggle('slim', width < (this.grid.stage.holds(index) ? STAGED_SLIM_PX : SLIM_PX))
      this.node.classList.toggle('roomy', width >= ROOMY_PX)
      if (this.image) this.image.sizes = `${Math.ceil(width)}px`
    }
    if (this.index !== index) this.node.setAttribute('aria-posinset', String(index + 1))
    if (this.total !== total) this.node.setAttribute('aria-setsize', String(total))
    this.index = index
    this.total = total
    this.setStaged(this.grid.stage.holds(index))
  }

  /**
   * On the stage, the buttons are always visible and a video plays.
   * @param {boolean} isStaged
   */
  setStaged(isStaged) {
    if (this.isStaged === isStaged) return
    this.isStaged = isStaged
    this.node.classList.toggle('staged', isStaged)
    this.node.classList.toggle('always', isStaged || this.grid.isFitted)
    this.hideControls()
    if (!isStaged) this.video.stop()
    else if (this.item) this.showControls()
  }

  /**
   * Shows the item, or updates what changed.
   * @param {Item} item
   * @param {boolean} isInView
   */
  fill(item, isInView) {
    if (this.item === item) return
    const before = this.item
    this.item = item
    this.setFailed(false)
    if (before && before.thumb === item.thumb && before.status === item.status && before.file === item.file)
      return this.repaint()
    this.hideControls()
    this.video.stop()
    this.node.classList.remove('wait', 'lost')
    this.open.removeAttribute('aria-label')
    this.node.style.setProperty('--from', `#${item.colors.slice(0, 6)}`)
    this.node.style.setProperty('--to', `#${item.colors.slice(6, 12)}`)
    const isDone = !item.status || item.status === 'completed'
    this.open.replaceChildren(isDone ? this.makeImage(item, isInView) : this.makeTile(item))
    this.node.classList.toggle('tile', !isDone)
    for (const mark of this.node.querySelectorAll(':scope > :is(.badge, .pill)')) mark.remove()
    if (isDone && item.video) this.node.append(element('span', { class: 'badge', text: clock(item.seconds) }))
    if (item.gone) this.node.append(element('span', { class: 'pill', text: daysLeft(item.gone) }))
    this.repaint()
    if (this.grid.isFitted || this.isStaged || this.isHovered) this.showControls()
  }

  /**
   * @param {Item} item
   * @param {boolean} isInView
   */
  makeImage(item, isInView) {
    const image = element('img', { alt: described(item), decoding: 'async', fetchpriority: isInView ? 'high' : 'low' })
    image.onload = () => image.classList.add('in')
    image.onerror = () => this.onLoadError(item)
    this.image = image
    if (!item.thumb && !item.large) {
      this.onLoadError(item)
      return image
    }
    setSources(image, item, this.width, this.isStaged && Boolean(item.file) && !item.video)
    if (image.complete && image.naturalWidth) image.classList.add('in', 'now')
    return image
  }

  /**
   * A tile for an item without a file: its state and the reason.
   * @param {Item} item
   */
  makeTile(item) {
    this.image = null
    const waits = WORKING[item.status ?? 'completed']
    this.node.style.setProperty('--tile', waits ? 'var(--iris)' : 'var(--red)')
    return element(
      'span',
      { class: 'why' },
      element('i', { icon: waits ? 'waiting' : 'warn' }),
      element('b', { text: waits || 'Didn’t finish' }),
      element('span', { class: 'reason', text: waits ? item.prompt : item.error || item.prompt }),
      !waits && item.error && element('span', { class: 'hush', text: `: ${item.prompt}` }),
    )
  }

  /** @param {Item} item */
  onLoadError(item) {
    this.node.classList.add('lost')
    const text = element('b')
    this.open.append(element('span', { class: 'why' }, element('i', { icon: item.video ? 'video' : 'image' }), text))
    const sayGone = () => {
      text.textContent = 'The file is gone'
      this.open.setAttribute('aria-label', `${described(item)} (the file is gone)`)
    }
    this.open.setAttribute('aria-label', `${described(item)} (the file can’t be shown)`)
    if (item.condition === 'missing') sayGone()
    else isGone(item.file).then(gone => gone && this.item === item && sayGone())
  }

  /**
   * The item could not be fetched.
   * @param {boolean} isFailed
   */
  setFailed(isFailed) {
    if (this.isFailed === isFailed) return
    this.isFailed = isFailed
    this.node.classList.toggle('failed', isFailed)
    this.open.replaceChildren(
      ...(isFailed
        ? [element('span', { class: 'why' }, element('i', { icon: 'again' }), element('b', { text: 'Try again' }))]
        : []),
    )
    if (isFailed) this.open.removeAttribute('aria-label')
  }

  repaint() {
    const { item, grid } = this
    const isSelected = grid.selection.has(this.id)
    this.node.classList.toggle('fav', Boolean(item?.fav))
    this.node.classList.toggle('selected', isSelected)
    const heart = this.node.querySelector('[data-act=favorite]')
    if (item && heart && heart.getAttribute('aria-pressed') !== String(item.fav)) {
      heart.setAttribute('aria-pressed', String(item.fav))
      heart.innerHTML = item.fav ? ICONS.heartFull : ICONS.heart
    }
    this.paintCheck(isSelected)
  }

  /** @param {boolean} isSelected */
  paintCheck(isSelected) {
    const isWanted = this.grid.selectable && (this.grid.selection.isOn || this.hasControls)
    if (!isWanted) {
      this.check?.remove()
      this.check = null
      return
    }
    if (!this.check) {
      this.check = element('button', {
        class: 'check',
        type: 'button',
        role: 'checkbox',
        'data-act': 'check',
        'aria-label': 'Select',
        ...withKey('Select', 'X'),
        tabindex: this.open.tabIndex,
      })
      this.node.append(this.check)
    }
    this.check.setAttribute('aria-checked', String(isSelected))
  }

  showControls() {
    clearTimeout(this.hideTimer)
    this.isHovered = true
    const { item } = this
    if (this.hasControls || !item || this.isFailed) return
    this.hasControls = true
    if (this.isStaged) this.video.play()
    const line = [`${item.model}${item.sandbox ? ' (sandbox)' : ''}`, item.gone ? daysLeft(item.gone) : ago(item.at)]
    this.node.append(
      element(
        'div',
        { class: 'over', 'aria-hidden': 'true' },
        element('p', { text: item.prompt }),
        element('small', { text: line.join(' · ') }),
      ),
      element('div', { class: 'acts' }, ...cardActions(this, item)),
    )
    this.repaint()
  }

  hideControlsSoon() {
    this.isHovered = false
    clearTimeout(this.hideTimer)
    this.hideTimer = setTimeout(() => {
      if (!this.grid.isFitted && !this.isStaged && !this.node.matches(':hover, :focus-within')) this.hideControls()
    }, HIDE_CONTROLS_MS)
  }

  hideControls() {
    if (!this.hasControls) return
    this.hasControls = false
    for (const part of this.node.querySelectorAll('.over, .acts')) part.remove()
    this.paintCheck(this.grid.selection.has(this.id))
  }

  /** @param {boolean} isReachable */
  setReachable(isReachable) {
    const index = isReachable ? 0 : -1
    if (this.open.tabIndex === index) return
    /** @type {NodeListOf<HTMLElement>} */
    const controls = this.node.querySelectorAll('button, a')
    for (const control of controls) control.tabIndex = index
  }
}
