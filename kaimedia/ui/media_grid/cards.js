// One card: three nodes at rest; details and buttons are added while the mouse or the focus is on it.
const THUMB_PX = 512
const LARGE_PX = 1024
const UNDRESS_MS = 220
const STAGED_SLIM_PX = 260
const SLIM_PX = 136 // too narrow for the buttons and the box side by side
const WORKING = { pending: 'Waiting in line', processing: 'In the making' }

class Card {
  constructor(id, grid) {
    this.id = id
    this.grid = grid
    this.open = make('button', { class: 'open', type: 'button', tabindex: -1, 'aria-label': 'Loading' })
    this.node = make('div', { class: grid.isFitted ? 'card wait always' : 'card wait', role: 'listitem', 'data-id': id }, this.open)
    this.node.card = this
    this.film = new StageFilm(this)
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
      if (this.picture) this.picture.sizes = `${Math.ceil(width)}px`
    }
    if (this.index !== index) this.node.setAttribute('aria-posinset', index + 1)
    if (this.total !== total) this.node.setAttribute('aria-setsize', total)
    this.index = index
    this.total = total
    this.setStaged(this.grid.stage.holds(index))
  }

  // On and off the stage: there, its buttons are always in view and a video plays.
  setStaged(isStaged) {
    if (Boolean(this.isStaged) === isStaged) return
    this.isStaged = isStaged
    this.node.classList.toggle('staged', isStaged)
    this.node.classList.toggle('always', isStaged || this.grid.isFitted)
    this.undress()
    if (!isStaged) this.film.stop()
    else if (this.item) this.dress()
  }

  // Puts the item in, or what changed of it.
  fill(item, isInView) {
    if (this.item === item) return
    const before = this.item
    this.item = item
    this.setFailed(false)
    if (before && before.thumb === item.thumb && before.status === item.status && before.file === item.file) return this.repaint()
    this.undress()
    this.film.stop()
    this.node.classList.remove('wait', 'lost')
    this.open.removeAttribute('aria-label')
    this.node.style.setProperty('--from', '#' + item.colors.slice(0, 6))
    this.node.style.setProperty('--to', '#' + item.colors.slice(6, 12))
    const isDone = !item.status || item.status === 'completed'
    this.open.replaceChildren(isDone ? this.makePicture(item, isInView) : this.makeTile(item))
    this.node.classList.toggle('tile', !isDone)
    this.node.querySelectorAll(':scope > :is(.badge, .pill)').forEach(mark => mark.remove())
    if (isDone && item.video) this.node.append(make('span', { class: 'badge', text: clock(item.seconds) }))
    if (item.gone) this.node.append(make('span', { class: 'pill', text: goneIn(item.gone) }))
    this.repaint()
    if (this.grid.isFitted || this.isStaged || this.isLooked) this.dress()
  }

  makePicture(item, isInView) {
    const picture = make('img', { alt: described(item), decoding: 'async', fetchpriority: isInView ? 'high' : 'low' })
    picture.onload = () => picture.classList.add('in')
    picture.onerror = () => this.lose(item)
    this.picture = picture
    const { thumb, large } = item
    if (!thumb && !large) return picture.onerror() ?? picture
    if (thumb && large && thumb !== large) {
      picture.sizes = `${Math.ceil(this.width)}px`
      picture.srcset = `${address(thumb)} ${widthOf(item, THUMB_PX)}w, ${address(large)} ${widthOf(item, LARGE_PX)}w`
      if (this.isStaged && item.file && !item.video) picture.srcset += `, ${address(item.file)} ${item.w}w`
    }
    picture.src = address(thumb || large)
    if (picture.complete && picture.naturalWidth) picture.classList.add('in', 'now')
    return picture
  }

  // Something without a file: what it is and why.
  makeTile(item) {
    this.picture = null
    const waits = WORKING[item.status]
    this.node.style.setProperty('--tile', waits ? 'var(--iris)' : 'var(--red)')
    return make('span', { class: 'why' },
      make('i', { icon: waits ? 'waiting' : 'warn' }),
      make('b', { text: waits || 'Didn’t finish' }),
      make('span', { class: 'reason', text: waits ? item.prompt : item.error || item.prompt }),
      !waits && item.error && make('span', { class: 'hush', text: `: ${item.prompt}` }))
  }

  lose(item) {
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
    const isWanted = this.grid.selectable && (this.grid.selection.isOn || this.isDressed)
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

  dress() {
    clearTimeout(this.undressing)
    this.isLooked = true
    const { item } = this
    if (this.isDressed || !item || this.isFailed) return
    this.isDressed = true
    if (this.isStaged) this.film.play()
    const line = [`${item.model}${item.sandbox ? ' (sandbox)' : ''}`, item.gone ? goneIn(item.gone) : ago(item.at)]
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

  // What a result leads to. Named in full where there is room.
  nextSteps(item, act) {
    const named = (name, icon, text, label) => {
      const button = act(name, icon, label, { title: label })
      button.append(make('span', { class: 'name', 'aria-hidden': 'true', text }))
      return button
    }
    const reuse = named('reuse', 'again', 'Reuse', 'Reuse prompt and settings')
    if (!this.isStaged || item.video) return [reuse]
    return [reuse, named('reference', 'reference', 'Use as reference', 'Use as reference'), named('animate', 'video', 'Animate', 'Animate: make a video of it')]
  }

  undressSoon() {
    this.isLooked = false
    clearTimeout(this.undressing)
    this.undressing = setTimeout(() => {
      if (!this.grid.isFitted && !this.isStaged && !this.node.matches(':hover, :focus-within')) this.undress()
    }, UNDRESS_MS)
  }

  undress() {
    if (!this.isDressed) return
    this.isDressed = false
    this.node.querySelectorAll('.over, .acts').forEach(part => part.remove())
    this.paintCheck(this.grid.selection.has(this.id))
  }

  setReachable(isReachable) {
    const index = isReachable ? 0 : -1
    if (this.open.tabIndex === index) return
    this.node.querySelectorAll('button, a').forEach(control => { control.tabIndex = index })
  }
}

// How wide the stored thumbnail is: its longest side is `longest` pixels, or the picture's own if that is less.
function widthOf(item, longest) {
  return Math.max(1, Math.round(item.w * Math.min(1, longest / Math.max(item.w, item.h))))
}
