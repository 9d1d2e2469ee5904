// @ts-check
// One set of controls for all shown videos: they play, stop and seek together; one at most has its sound on.
import { element } from '../media_grid/dom.js'
import { clock, isWaiting, lengthOf, stepsOf } from './timeline.js'

/** @import { Track } from './types.d.ts' */

const HAVE_DATA = 2 // HTMLMediaElement.HAVE_CURRENT_DATA
const HAVE_FUTURE = 3
const ICONS = {
  play: '<svg viewBox="0 0 24 24" fill="currentColor" aria-hidden="true"><path d="M7 4.8v14.4a1 1 0 0 0 1.5.9l11.3-7.2a1 1 0 0 0 0-1.7L8.5 4a1 1 0 0 0-1.5.8z"/></svg>',
  pause:
    '<svg viewBox="0 0 24 24" fill="currentColor" aria-hidden="true"><rect x="6" y="5" width="4" height="14" rx="1"/><rect x="14" y="5" width="4" height="14" rx="1"/></svg>',
}

export class Transport {
  constructor() {
    /** @type {HTMLVideoElement[]} */
    this.videos = []
    this.time = 0
    this.isPlaying = false
    /** The item whose sound is on; '' for none. */
    this.audibleId = ''
    this.frame = 0
    this.before = 0
    this.button = element('button', { class: 'icon', type: 'button', onclick: () => this.toggle() })
    this.slider = element('input', {
      type: 'range',
      min: 0,
      max: 0,
      step: 0.05,
      value: 0,
      'aria-label': 'Position in all videos',
      oninput: () => this.seek(Number(this.slider.value)),
    })
    this.clock = element('span', { class: 'clock' })
    this.sound = element('select', { 'aria-label': 'Sound', onchange: () => this.hear(this.sound.value) })
    this.node = element('div', { class: 'transport', role: 'group', 'aria-label': 'All videos', hidden: true })
    this.node.append(this.button, this.slider, this.clock, this.sound)
  }

  /** @param {HTMLVideoElement[]} videos */
  setVideos(videos) {
    this.node.hidden = !videos.length
    const isSame = videos.length === this.videos.length && videos.every((video, at) => video === this.videos[at])
    if (!isSame) {
      for (const video of this.videos) if (!videos.includes(video)) video.pause()
      for (const video of videos) if (!this.videos.includes(video)) this.watch(video)
      this.videos = videos
      this.apply()
    }
    this.paintSound()
    this.paint()
  }

  /** @param {HTMLVideoElement} video */
  watch(video) {
    for (const name of ['loadedmetadata', 'canplay', 'seeked'])
      video.addEventListener(name, () => {
        if (!this.videos.includes(video)) return
        this.apply()
        this.paint()
      })
  }

  /** @returns {Track[]} */
  get tracks() {
    return this.videos.map(video => ({
      length: Number.isFinite(video.duration) ? video.duration : 0,
      time: video.currentTime,
      isPlaying: !video.paused,
      isReady:
        Boolean(video.error) || (video.readyState >= (this.isPlaying ? HAVE_FUTURE : HAVE_DATA) && !video.seeking),
    }))
  }

  toggle() {
    this.isPlaying = !this.isPlaying
    if (this.isPlaying) {
      if (this.time >= lengthOf(this.tracks) - 0.1) this.time = 0
      this.before = performance.now()
      this.frame = requestAnimationFrame(now => this.tick(now))
    }
    this.apply()
    this.paint()
  }

  /** @param {number} now */
  tick(now) {
    if (!this.isPlaying) return
    const tracks = this.tracks
    const passed = Math.max(0, now - this.before) / 1000
    this.before = now
    if (!isWaiting(tracks, this.time)) this.time += passed
    if (this.time >= lengthOf(tracks)) this.time = 0 // from the start again
    this.apply()
    this.paint()
    this.frame = requestAnimationFrame(next => this.tick(next))
  }

  /** @param {number} time */
  seek(time) {
    this.time = time
    this.apply()
    this.paint()
  }

  apply() {
    const steps = stepsOf(this.tracks, this.time, this.isPlaying)
    this.videos.forEach((video, at) => {
      const { seek, play } = steps[at]
      if (seek !== null && !video.seeking) video.currentTime = seek
      if (play && video.paused) video.play().catch(() => {})
      else if (!play && !video.paused) video.pause()
    })
  }

  /** @param {string} id */
  hear(id) {
    this.audibleId = id
    this.paintSound()
  }

  paintSound() {
    const known = this.videos.map(video => [video.dataset.item ?? '', video.getAttribute('aria-label') ?? ''])
    if (!known.some(([id]) => id === this.audibleId)) this.audibleId = ''
    const source = JSON.stringify(known)
    if (this.sound.dataset.source !== source) {
      this.sound.dataset.source = source
      const options = known.map(([value, label]) => element('option', { value, text: `Sound: ${label}` }))
      this.sound.replaceChildren(element('option', { value: '', text: 'Sound off' }), ...options)
    }
    this.sound.value = this.audibleId
    for (const video of this.videos) video.muted = video.dataset.item !== this.audibleId
  }

  paint() {
    const length = lengthOf(this.tracks)
    const label = this.isPlaying ? 'Pause all' : 'Play all'
    if (this.button.getAttribute('aria-label') !== label) {
      this.button.setAttribute('aria-label', label)
      this.button.title = label
      this.button.innerHTML = this.isPlaying ? ICONS.pause : ICONS.play
    }
    this.slider.max = String(length)
    this.slider.value = String(this.time)
    this.slider.style.setProperty('--done', `${length ? (100 * this.time) / length : 0}%`)
    const text = `${clock(this.time)} / ${clock(length)}`
    if (this.clock.textContent === text) return
    this.clock.textContent = text
    this.slider.setAttribute('aria-valuetext', `${clock(this.time)} of ${clock(length)}`)
  }

  destroy() {
    this.isPlaying = false
    cancelAnimationFrame(this.frame)
    for (const video of this.videos) video.pause()
    this.videos = []
  }
}
