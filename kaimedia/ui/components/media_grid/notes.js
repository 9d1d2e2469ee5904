// @ts-check
// Messages shown instead of media, and the polite live region.
import { element, found, present } from './dom.js'
import { inMonths, justify } from './layout.js'

/** @import { RequestError } from './gallery_api.js' */
/** @import { Grid } from './grid.js' */

const SKELETON_SHAPES = [1, 1.5, 0.67, 1.78, 1, 1.5, 0.67, 1, 1.78, 1.5, 1, 0.67, 1.5, 1.78]

export class Live {
  /** @param {Node} node */
  constructor(node) {
    this.node = node
  }

  /** @param {string} text */
  say(text) {
    if (this.node.textContent !== text) this.node.textContent = text
  }
}

export class Notes {
  /** @param {Grid} grid */
  constructor(grid) {
    this.grid = grid
    this.node = found(grid.root, '.note')
    /** @type {HTMLElement[] | null} */
    this.skeleton = null
  }

  /**
   * @param {string} icon
   * @param {string} title
   * @param {string | undefined} body
   * @param {string | undefined} action
   * @param {() => void} onAction
   */
  show(icon, title, body, action, onAction) {
    this.node.hidden = false
    this.node.replaceChildren(
      ...present([
        element('i', { icon }),
        element('h2', { text: title }),
        body && element('p', { text: body }),
        action && element('button', { class: 'wide', type: 'button', text: action, onclick: onAction }),
      ]),
    )
  }

  hide() {
    this.node.hidden = true
    this.node.replaceChildren()
  }

  showEmpty() {
    const { title, body, action } = this.grid.empty
    if (title)
      this.show(this.grid.place === 'trash' ? 'trash' : 'image', title, body, action, () =>
        this.grid.actions.send('action', []),
      )
    else this.hide()
  }

  /** @param {RequestError} error */
  showError(error) {
    this.show(
      'warn',
      error.title ?? 'Couldn’t load your media',
      error.nextStep ?? 'Check your connection and try again.',
      'Try again',
      () => this.grid.sources.retry(),
    )
    this.grid.live.say('Couldn’t load your media.')
  }

  // Placeholder rows while the first response is pending.
  showSkeleton() {
    const { holder } = this.grid
    if (this.skeleton || !holder.clientWidth) return
    this.hide()
    const ratios = Float32Array.from({ length: 28 }, (_, at) => SKELETON_SHAPES[at % SKELETON_SHAPES.length])
    const plan =
      this.grid.place === 'gallery'
        ? inMonths(ratios, [['', 0]], holder.clientWidth)
        : justify(ratios, holder.clientWidth)
    this.skeleton = Array.from({ length: plan.firsts[Math.min(4, plan.rows - 1)] }, (_, at) => {
      const bone = element('div', { class: 'bone' })
      bone.style.cssText = `left:${plan.left[at]}px;top:${plan.topOf(at)}px;width:${plan.width[at]}px;height:${plan.heightOf(at)}px`
      return bone
    })
    holder.append(...this.skeleton)
    holder.style.height = `${plan.tops[Math.min(4, plan.rows - 1)]}px`
    holder.setAttribute('aria-busy', 'true')
    this.grid.live.say('Loading your media')
  }

  clearSkeleton() {
    for (const bone of this.skeleton ?? []) bone.remove()
    this.skeleton = null
    this.grid.holder.removeAttribute('aria-busy')
  }
}
