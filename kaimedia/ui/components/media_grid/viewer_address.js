// @ts-check
// The viewer's URL: `?item=<id>` while it is open, so that a link opens it and Back closes it.
// Streamlit reruns the page on every popstate, before our listener runs. It skips those that lead to a URL
// with a `#` on the same page with the same parameters, so the history entry below the viewer's has a bare `#` while
// the viewer is open. If that fails, the cost is one rerun.
const VIEWER_LEAVE_MS = 400

export class ViewerAddress {
  /**
   * `onBack()` closes the viewer, `onForward(id)` opens it again, `isAlive()` is true while it is on the page.
   * @param {() => void} onBack
   * @param {(id: number) => void} onForward
   * @param {() => boolean} isAlive
   */
  constructor(onBack, onForward, isAlive) {
    this.onBack = onBack
    this.onForward = onForward
    this.isAlive = isAlive
    this.isOpen = false
    /** @type {(() => void) | null} */
    this.waiting = null
    this.listener = (/** @type {PopStateEvent} */ event) => this.onPop(event)
    addEventListener('popstate', this.listener)
  }

  static itemHere() {
    const found = new URL(location.href).searchParams.get('item')
    return /^\d+$/.test(found ?? '') ? Number(found) : null
  }

  /** @param {number | null} id */
  static withItem(id) {
    const url = new URL(location.href)
    if (id === null) url.searchParams.delete('item')
    else url.searchParams.set('item', String(id))
    return url.pathname + url.search + url.hash
  }

  get isOurs() {
    return Boolean(history.state?.kaiItem)
  }

  /**
   * The viewer opened (its own history entry, unless a link brought us here) or went on to another item.
   * @param {number | null} id
   */
  show(id) {
    const isHere = ViewerAddress.itemHere() === id
    if (this.isOpen || ViewerAddress.itemHere() !== null) {
      const state = this.isOurs ? { ...history.state, kaiItem: id } : history.state
      if (!isHere) history.replaceState(state, '', ViewerAddress.withItem(id))
    } else {
      if (!location.hash) history.replaceState(history.state, '', `${ViewerAddress.withItem(null)}#`)
      history.pushState({ ...history.state, kaiItem: id }, '', ViewerAddress.withItem(id))
    }
    this.isOpen = true
  }

  // Open without an item: closing removes `item` from the URL.
  stay() {
    this.isOpen = true
  }

  // The viewer was closed other than by Back. Resolves when the page's own URL is restored.
  leave() {
    if (!this.isOpen) return Promise.resolve()
    this.isOpen = false
    if (!this.isOurs) {
      this.tidy()
      return Promise.resolve()
    }
    /** @type {Promise<void>} */
    const left = new Promise(resolve => {
      const timer = setTimeout(() => this.settle(), VIEWER_LEAVE_MS)
      this.waiting = () => {
        clearTimeout(timer)
        resolve()
      }
      history.back()
    })
    return left
  }

  settle() {
    const done = this.waiting
    this.waiting = null
    this.tidy()
    done?.()
  }

  // Removes the item and the bare `#` from the URL of a closed viewer.
  tidy() {
    const isOurs = this.isOurs
    if (ViewerAddress.itemHere() === null && !location.href.endsWith('#')) return
    history.replaceState(isOurs ? null : history.state, '', ViewerAddress.withItem(null))
  }

  /** @param {PopStateEvent} event */
  onPop(event) {
    const id = event.state?.kaiItem
    if (!this.isAlive()) this.destroy()
    else if (this.waiting) this.settle()
    else if (this.isOpen && !id) {
      this.isOpen = false
      this.tidy()
      this.onBack()
    } else if (!this.isOpen && id && ViewerAddress.itemHere() === id) {
      this.isOpen = true
      this.onForward(id)
    } else if (!this.isOpen && ViewerAddress.itemHere() === null) this.tidy() // a step back that took long
  }

  destroy() {
    removeEventListener('popstate', this.listener)
    if (this.isOpen && this.isOurs) this.tidy()
    this.isOpen = false
  }
}
