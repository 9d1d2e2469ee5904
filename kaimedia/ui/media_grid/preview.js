// While the mouse rests on a clip it plays, muted, with a thin line for the time; one at a time.
const PREVIEW_AFTER_MS = 160

class Preview {
  start(card) {
    if (this.card === card || card.isStaged) return
    this.stop()
    this.card = card
    this.timer = setTimeout(() => {
      const { item } = card
      if (item?.video && item.file && (item.status ?? 'completed') === 'completed' && !prefersCalm()) this.play(card, item)
    }, PREVIEW_AFTER_MS)
  }

  play(card, item) {
    const film = make('video', { 'aria-hidden': 'true', tabindex: -1, loop: true, playsinline: true, preload: 'auto' })
    const bar = make('span', { class: 'line' })
    film.muted = true
    film.src = address(item.file)
    film.onplaying = () => film.classList.add('in')
    card.open.append(film)
    card.node.append(bar)
    this.film = film
    this.bar = bar
    film.play().catch(() => {})
    const draw = () => {
      if (this.film !== film) return
      if (film.duration) bar.style.transform = `scaleX(${film.currentTime / film.duration})`
      requestAnimationFrame(draw)
    }
    draw()
  }

  stop() {
    clearTimeout(this.timer)
    const { film, bar } = this
    this.card = this.film = this.bar = null
    bar?.remove()
    if (!film) return
    film.classList.remove('in')
    setTimeout(() => { film.pause(); film.removeAttribute('src'); film.load(); film.remove() }, 180)
  }
}
