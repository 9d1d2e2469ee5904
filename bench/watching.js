// In the page: measures when its images are loaded, how long an action takes, and frame durations.
;(() => {
  const STILL_FRAMES = 3 // a window counts when it was complete for this many frames; the time is that of the first one
  const PATIENCE_MS = 30000
  const SLACK_PX = 60 // maximum gap below the last row
  let root = null

  function gridRoot() {
    if (root?.host.isConnected) return root
    root = null
    for (const node of document.querySelectorAll('*')) {
      if (node.shadowRoot?.querySelector('.grid')) root = node.shadowRoot
    }
    return root
  }

  // What the gallery's HTML shows until its grid takes over.
  const early = () => [...document.querySelectorAll('.kai-first-items span')]
  const cells = () => {
    const drawn = early()
    if (drawn.length) return drawn
    if (gridRoot()) return [...root.querySelectorAll('.grid .card')]
    return [...document.querySelectorAll('main img, [data-testid=stMain] img')]
  }
  const imageOf = cell => (cell.localName === 'img' ? cell : cell.querySelector('img'))
  const isThere = image => Boolean(image?.complete && image.naturalWidth)
  const note = () => {
    const node = root?.querySelector('.note')
    return node && !node.hidden ? node.textContent : ''
  }

  function inspect() {
    let seen = 0
    let there = 0
    let lowest = 0
    const names = []
    for (const cell of cells()) {
      const box = cell.getBoundingClientRect()
      if (!box.width || box.bottom <= 0 || box.top >= innerHeight) continue
      seen += 1
      there += isThere(imageOf(cell)) ? 1 : 0
      lowest = Math.max(lowest, box.bottom)
      names.push(cell.dataset.id)
    }
    const total = root?.querySelector('.card')?.getAttribute('aria-setsize')
    const isShort = total && Number(total) >= 0 && Number(total) <= seen // -1: not known yet
    const isWhole = seen ? there === seen && (isShort || lowest > innerHeight - SLACK_PX) : Boolean(note())
    return { there, isWhole, state: `${names} ${total} ${note()}` }
  }

  // Checks each frame until the window is complete and, with `before`, shows something else.
  function whole(before, from, done) {
    const times = { first: 0, full: 0 }
    const began = performance.now()
    let still = 0
    const step = () => {
      const now = performance.now()
      const { there, isWhole, state } = inspect()
      if (from() === null || state === before) still = 0
      else {
        if (there && !times.first) times.first = now - from()
        if (isWhole && !still) times.full = now - from()
        still = isWhole ? still + 1 : 0
      }
      if (still >= STILL_FRAMES) done(times)
      else if (now - began > PATIENCE_MS)
        done({ ...times, failed: `${from() === null ? 'nothing happened' : 'no new whole window'}: ${state}` })
      else requestAnimationFrame(step)
    }
    requestAnimationFrame(step)
  }

  let sentAt = 0
  const send = WebSocket.prototype.send
  WebSocket.prototype.send = function (data) {
    sentAt = performance.now()
    return send.call(this, data)
  }
  performance.setResourceTimingBufferSize(20000)

  // Start and end of the gallery API request, milliseconds after `start`.
  function calls(start) {
    const spans = {}
    for (const entry of performance.getEntriesByType('resource')) {
      const path = entry.name.match(/app\/gallery\/(page|index|items)/)?.[1]
      if (path && entry.startTime >= start && !spans[path]) {
        spans[path] = [entry.startTime - start, entry.responseEnd - start]
      }
    }
    return spans
  }

  window.bench = {
    loading: new Promise(done => whole(null, () => 0, done)),
    // The same for the grid alone, which can be used.
    mounting: new Promise(done => whole(null, () => (early().length || !gridRoot() ? null : 0), done)),

    // Wait for an event, then for the next complete window.
    arm(kind) {
      let start = null
      const before = inspect().state
      sentAt = 0
      performance.clearResourceTimings()
      addEventListener(
        kind,
        _event => {
          start = performance.now()
        },
        { capture: true, once: true },
      )
      this.acting = new Promise(done =>
        whole(
          before,
          () => start,
          times => {
            done({ ...times, sent: sentAt ? sentAt - start : 0, calls: calls(start) })
          },
        ),
      )
    },

    startFrames() {
      const frames = []
      this.frames = frames
      let last = performance.now()
      const step = now => {
        frames.push(now - last)
        last = now
        if (this.frames === frames) requestAnimationFrame(step)
      }
      requestAnimationFrame(step)
    },

    stopFrames() {
      const { frames } = this
      this.frames = null
      return frames.slice(1)
    },

    // The images in the window and those already rendered below it, to reproduce them in a static page.
    drawn() {
      return cells().map(cell => {
        const box = cell.getBoundingClientRect()
        return [new URL(imageOf(cell).currentSrc).pathname, box.left, box.top, box.width, box.height]
      })
    },

    nodes: () => document.querySelectorAll('*').length + (gridRoot()?.querySelectorAll('*').length ?? 0),
  }
})()
