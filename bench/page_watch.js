// Runs in the page before anything else: records layout shifts, long tasks, and the time from a click to the task shown.
;(() => {
  if (window.pageWatch) return
  const TASK_ID = /[0-9a-f]{32}/
  const MANY_NODES = 4000 // larger shadow trees are not searched for the node that moved
  const watch = { shifts: [], longTasks: [] }
  window.pageWatch = watch

  const place = box => [box.x, box.y, box.width, box.height].map(Math.round)

  function name(node) {
    if (!node) return ''
    if (node.nodeType === Node.TEXT_NODE) return `${name(node.parentElement)} "${node.nodeValue.trim().slice(0, 30)}"`
    const names = [...(node.classList ?? [])].filter(each => !/^(st-emotion|e[0-9a-z]{6,}|css-)/.test(each)).slice(0, 2)
    const test = node.getAttribute?.('data-testid')
    const id = node.id ? `#${node.id}` : ''
    return `${node.localName ?? node.nodeName}${id}${names.map(each => `.${each}`).join('')}${test ? `[${test}]` : ''}`
  }

  // The node, and the nearest keyed Streamlit container around it.
  function describe(node) {
    const element = node?.nodeType === Node.ELEMENT_NODE ? node : node?.parentElement
    const keyed = element?.parentElement?.closest?.('[class*=st-key-]')
    const key = keyed && [...keyed.classList].find(each => each.startsWith('st-key-'))
    return (key ? `.${key} ` : '') + name(node)
  }

  function* shadowRoots(root) {
    for (const node of root.querySelectorAll('*')) {
      if (!node.shadowRoot) continue
      yield node.shadowRoot
      yield* shadowRoots(node.shadowRoot)
    }
  }

  // Chromium counts shifts within shadow trees but does not report which node moved: find it by its current position.
  function inShadow(box) {
    const isThere = node => {
      const now = node.getBoundingClientRect()
      const left = Math.max(0, now.left)
      const top = Math.max(0, now.top)
      const seen = [left, top, Math.min(innerWidth, now.right) - left, Math.min(innerHeight, now.bottom) - top]
      return place(box).every((value, at) => Math.abs(value - seen[at]) <= 2)
    }
    for (const root of shadowRoots(document)) {
      const found = [...root.querySelectorAll('*')].slice(0, MANY_NODES).find(isThere)
      if (found) return `${describe(root.host)} >>> ${name(found)}`
    }
    return '(gone, or in a shadow tree)'
  }

  const source = each => ({
    node: each.node ? describe(each.node) : inShadow(each.currentRect),
    from: place(each.previousRect),
    to: place(each.currentRect),
  })

  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) {
      if (entry.hadRecentInput) continue
      watch.shifts.push({ at_ms: entry.startTime, value: entry.value, sources: entry.sources.map(source) })
    }
  }).observe({ type: 'layout-shift', buffered: true })

  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) watch.longTasks.push(entry.duration)
  }).observe({ type: 'longtask', buffered: true })

  const idOf = node => node.className.match(TASK_ID)?.[0]
  const isSeen = node => node.getClientRects().length > 0 && node.checkVisibility({ visibilityProperty: true })

  // Resolves when a task that did not exist before the click has been painted.
  watch.armPress = (button, tasks, patience_ms) => {
    const cards = () => [...document.querySelectorAll(tasks)].filter(node => idOf(node) && isSeen(node))
    const known = new Set(cards().map(idOf))
    watch.pressed = new Promise(done => {
      const press = event => {
        if (!event.target.closest?.(button)) return
        removeEventListener('pointerdown', press, true)
        const began = event.timeStamp
        let shown_ms = null
        const frame = () => {
          const card = cards().find(node => !known.has(idOf(node)))
          const waited = performance.now() - began
          if (shown_ms === null && (card || document.querySelector('.k-pressed:not([hidden])'))) {
            shown_ms = waited
            requestAnimationFrame(() => {
              shown_ms = performance.now() - began
            })
          }
          if (!card && waited < patience_ms) return requestAnimationFrame(frame)
          requestAnimationFrame(() => {
            const box = card?.getBoundingClientRect()
            const inView = Boolean(
              box && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
            )
            done({
              shown_ms: shown_ms ?? waited,
              took_ms: performance.now() - began,
              is_there: Boolean(card),
              in_view: inView,
            })
          })
        }
        requestAnimationFrame(frame)
      }
      addEventListener('pointerdown', press, true)
    })
  }
})()
