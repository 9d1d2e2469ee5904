// One card: three DOM nodes at rest; details and buttons are added on hover or focus.
const THUMB_PX = 512
const LARGE_PX = 1024
const HIDE_CONTROLS_MS = 220
const STAGED_SLIM_PX = 260
const SLIM_PX = 136 // too narrow for the buttons and the checkbox side by side
const WORKING = { pending: 'Queued', processing: 'Generating' }

class Card {
  constructor(id, grid) {
    this.id = id
    this.grid = grid
    this.open = make('button', { class: 'open', type: 'button', tabindex: -1, 'aria-label': 'Loading' })
    this.node = make('div', { class: grid.isFitted ? 'card wait always' : 'card wait', role: 'listitem', 'data-id': id }, this.open)
    this.node.card = this
    this.video = new StageVideo(this)
  }

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
    if (this.index !== index) this.node.setAttribute('aria-posinset', index + 1)
    if (this.total !== total) this.node.setAttribute('aria-setsize', total)
    this.index = index
    this.total = total
    this.setStaged(this.grid.stage.holds(index))
  }

  // On the stage, the buttons are always visible and a video plays.
  setStaged(isStaged) {
    if (Boolean(this.isStaged) === isStaged) return
    this.isStaged = isStaged
    this.node.classList.toggle('staged', isStaged)
    this.node.classList.toggle('always', isStaged || this.grid.isFitted)
    this.hideControls()
    if (!isStaged) this.video.stop()
    else if (this.item) this.showControls()
  }

  // Shows the item, or updates what changed.
  fill(item, isInView) {
    if (this.item === item) return
    const before = this.item
    this.item = item
    this.setFailed(false)
    if (before && before.thumb === item.thumb && before.status === item.status && before.file === item.file) return this.repaint()
    this.hideControls()
    this.video.stop()
    this.node.classList.remove('wait', 'lost')
    this.open.removeAttribute('aria-label')
    this.node.style.setProperty('--from', '#' + item.colors.slice(0, 6))
    this.node.style.setProperty('--to', '#' + item.colors.slice(6, 12))
    const isDone = !item.status || item.status === 'completed'
    this.open.replaceChildren(isDone ? this.makeImage(item, isInView) : this.makeTile(item))
    this.node.classList.toggle('tile', !isDone)
    this.node.querySelectorAll(':scope > :is(.badge, .pill)').forEach(mark => mark.remove())
    if (isDone && item.video) this.node.append(make('span', { class: 'badge', text: clock(item.seconds) }))
    if (item.gone) this.node.append(make('span', { class: 'pill', text: daysLeft(item.gone) }))
    this.repaint()
    if (this.grid.isFitted || this.isStaged || this.isHovered) this.showControls()
  }

  makeImage(item, isInView) {
    const image = make('img', { alt: described(item), decoding: 'async', fetchpriority: isInView ? 'high' : 'low' })
    image.onload = () => image.classList.add('in')
    image.onerror = () => this.onLoadError(item)
    this.image = image
    const { thumb, large } = item
    if (!thumb && !large) return image.onerror() ?? image
    if (thumb && large && thumb !== large) {
      image.sizes = `${Math.ceil(this.width)}px`
      image.srcset = `${address(thumb)} ${widthOf(item, THUMB_PX)}w, ${address(large)} ${widthOf(item, LARGE_PX)}w`
      if (this.isStaged && item.file && !item.video) image.srcset += `, ${address(item.file)} ${item.w}w`
    }
    image.src = address(thumb || large)
    if (image.complete && image.naturalWidth) image.classList.add('in', 'now')
    return image
  }

  // A tile for an item without a file: its state and the reason.
  makeTile(item) {
    this.image = null
    const waits = WORKING[item.status]
    this.node.style.setProperty('--tile', waits ? 'var(--iris)' : 'var(--red)')
    return make('span', { class: 'why' },
      make('i', { icon: waits ? 'waiting' : 'warn' }),
      make('b', { text: waits || 'Didn’t finish' }),
      make('span', { class: 'reason', text: waits ? item.prompt : item.error || item.prompt }),
      !waits && item.error && make('span', { class: 'hush', text: `: ${item.prompt}` }))
  }

  onLoadError(item) {
    this.node.classList.add('lost')
    this.open.setAttribute('aria-label', `${described(item)} (the file can’t be shown)`)
    this.open.append(make('span', { class: 'why' }, make('i', { icon: item.video ? 'video' : 'image' })))
  }

  // The item could not be fetched.
  setFailed(isFailed) {
    if (Boolean(this.isFailed) === isFailed) return
    this.isFailed = isFailed
    this.node.classList.toggle('failed', isFailed)
    this.open.replaceChildren(...isFailed ? [make('span', { class: 'why' }, make('i', { icon: 'again' }), make('b', { text: 'Try again' }))] : [])
    if (isFailed) this.open.removeAttribute('aria-label')
  }

  repaint() {
    const { item, grid } = this
    const isSelected = grid.selection.has(this.id)
    this.node.classList.toggle('fav', Boolean(item?.fav))
    this.node.classList.toggle('selected', isSelected)
    const heart = this.node.querySelector('[data-act=favorite]')
    if (heart && heart.getAttribute('aria-pressed') !== String(item.fav)) {
      heart.setAttribute('aria-pressed', String(item.fav))
      heart.innerHTML = item.fav ? ICONS.heartFull : ICONS.heart
    }
    this.paintCheck(isSelected)
  }

  paintCheck(isSelected) {
    const isWanted = this.grid.selectable && (this.grid.selection.isOn || this.hasControls)
    if (!isWanted) {
      this.check?.remove()
      this.check = null
      return
    }
    if (!this.check) {
      this.check = make('button', { class: 'check', type: 'button', role: 'checkbox', 'data-act': 'check', 'aria-label': 'Select', ...withKey('Select', 'X'), tabindex: this.open.tabIndex })
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
      make('div', { class: 'over', 'aria-hidden': 'true' }, make('p', { text: item.prompt }), make('small', { text: line.join(' · ') })),
      make('div', { class: 'acts' }, ...this.actions(item)))
    this.repaint()
  }

  actions(item) {
    const act = (name, icon, label, more) => make('button', { class: 'act', type: 'button', 'data-act': name, icon, 'aria-label': label, tabindex: this.open.tabIndex, ...more })
    if (this.grid.place === 'trash') return [act('restore', 'restore', 'Restore')]
    if (item.status && item.status !== 'completed') return []
    return [
      act('favorite', item.fav ? 'heartFull' : 'heart', 'Favorite', { 'aria-pressed': String(item.fav), ...withKey('Favorite', 'F') }),
      item.file && make('a', {
        class: 'act', 'data-act': 'download', 'aria-label': 'Download', title: 'Download', icon: 'download', tabindex: this.open.tabIndex,
        href: downloadAddress(item.file), download: item.name,
      }),
      ...this.grid.stage.count ? this.nextSteps(item, act) : [],
    ]
  }

  // Next steps for a result, with labels where there is room.
  nextSteps(item, act) {
    const named = (name, icon, text, label) => {
      const button = act(name, icon, label, { title: label })
      button.append(make('span', { class: 'name', 'aria-hidden': 'true', text }))
      return button
    }
    const reuse = named('reuse', 'again', 'Reuse', 'Reuse prompt and settings')
    if (!this.isStaged || item.video) return [reuse]
    return [reuse, named('reference', 'reference', 'Use as reference', 'Use as reference'), named('animate', 'video', 'Animate', 'Animate: make a video from it')]
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
    this.node.querySelectorAll('.over, .acts').forEach(part => part.remove())
    this.paintCheck(this.grid.selection.has(this.id))
  }

  setReachable(isReachable) {
    const index = isReachable ? 0 : -1
    if (this.open.tabIndex === index) return
    this.node.querySelectorAll('button, a').forEach(control => { control.tabIndex = index })
  }
}

// Width of the stored thumbnail: its longest side is `longest` pixels, or the image's own if smaller.
function widthOf(item, longest) {
  return Math.max(1, Math.round(item.w * Math.min(1, longest / Math.max(item.w, item.h))))
}
