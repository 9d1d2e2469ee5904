// Messages shown instead of media, and the polite live region.
const SKELETON_SHAPES = [1, 1.5, 0.67, 1.78, 1, 1.5, 0.67, 1, 1.78, 1.5, 1, 0.67, 1.5, 1.78]

class Live {
  constructor(node) { this.node = node }

  say(text) { if (this.node.textContent !== text) this.node.textContent = text }
}

class Notes {
  constructor(grid) {
    this.grid = grid
    this.node = grid.root.querySelector('.note')
  }

  show(icon, title, body, action, onAction) {
    this.node.hidden = false
    this.node.replaceChildren(...[
      make('i', { icon }), make('h2', { text: title }), body && make('p', { text: body }),
      action && make('button', { class: 'wide', type: 'button', text: action, onclick: onAction }),
    ].filter(Boolean))
  }

  hide() {
    this.node.hidden = true
    this.node.replaceChildren()
  }

  showEmpty() {
    const { title, body, action } = this.grid.empty
    if (title) this.show(this.grid.place === 'trash' ? 'trash' : 'image', title, body, action, () => this.grid.send('action', []))
    else this.hide()
  }

  showError(error) {
    this.show('warn', error.title ?? 'Couldn’t load your media', error.nextStep ?? 'Check your connection and try again.', 'Try again', () => this.grid.retry())
    this.grid.live.say('Couldn’t load your media.')
  }

  // Placeholder rows while the first response is pending.
  showSkeleton() {
    const { holder } = this.grid
    if (this.skeleton || !holder.clientWidth) return
    this.hide()
    const ratios = Float32Array.from({ length: 28 }, (_, at) => SKELETON_SHAPES[at % SKELETON_SHAPES.length])
    const plan = this.grid.place === 'gallery' ? inMonths(ratios, [['', 0]], holder.clientWidth) : justify(ratios, holder.clientWidth)
    this.skeleton = Array.from({ length: plan.firsts[Math.min(4, plan.rows - 1)] }, (_, at) => {
      const bone = make('div', { class: 'bone' })
      bone.style.cssText = `left:${plan.left[at]}px;top:${plan.topOf(at)}px;width:${plan.width[at]}px;height:${plan.heightOf(at)}px`
      return bone
    })
    holder.append(...this.skeleton)
    holder.style.height = `${plan.tops[Math.min(4, plan.rows - 1)]}px`
    holder.setAttribute('aria-busy', 'true')
    this.grid.live.say('Loading your media')
  }

  clearSkeleton() {
    this.skeleton?.forEach(bone => bone.remove())
    this.skeleton = null
    this.grid.holder.removeAttribute('aria-busy')
  }
}
