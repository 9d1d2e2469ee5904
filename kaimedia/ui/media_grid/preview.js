// While the mouse rests on a clip it plays, muted, with a thin line for the time; one at a time.
const PREVIEW_AFTER_MS = 160

class Preview {
  start(card, item) {
    if (this.card === card) return
    this.stop()
    this.card = card
    if (!item.video || !item.file || prefersCalm()) return
    this.timer = setTimeout(() => this.play(card, item), PREVIEW_AFTER_MS)
  }

  play(card, item) {
    const film = make('video', { 'aria-hidden': 'true', tabindex: -1, loop: true, playsinline: true, preload: 'auto' })
    film.muted = true
    film.src = address(item.file)
    film.onplaying = () => film.classList.add('in')
    card.querySelector('.open').append(film)
    this.film = film
    film.play().catch(() => {})
    const bar = card.querySelector('.line')
    const draw = () => {
      if (this.film !== film) return
      if (film.duration) bar.style.transform = `scaleX(${film.currentTime / film.duration})`
      requestAnimationFrame(draw)
    }
    draw()
  }

  stop() {
    clearTimeout(this.timer)
    const film = this.film
    const bar = this.card?.querySelector('.line')
    this.card = this.film = null
    if (bar) bar.style.transform = 'scaleX(0)'
    if (!film) return
    film.classList.remove('in')
    setTimeout(() => { film.pause(); film.removeAttribute('src'); film.load(); film.remove() }, 180)
  }
}
