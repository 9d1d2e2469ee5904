// A button with a menu, inside the viewer: the ARIA menu button pattern.
class ViewerMenu {
  // `rows` returns a list of [label, hint or '', run]; called each time the menu opens.
  constructor(button, rows) {
    Object.assign(this, { button, rows })
    this.list = make('div', { class: 'menu', role: 'menu', hidden: true, 'aria-label': button.textContent.trim() })
    this.node = make('div', { class: 'menu-of' }, button, this.list)
    button.setAttribute('aria-haspopup', 'menu')
    button.setAttribute('aria-expanded', 'false')
    button.addEventListener('click', () => (this.isOpen ? this.close(true) : this.open(this.rows())))
    this.node.addEventListener('keydown', event => this.onKey(event))
    this.node.addEventListener('focusout', event => !this.node.contains(event.relatedTarget) && event.relatedTarget && this.close())
  }

  get isOpen() { return !this.list.hidden }

  open(rows) {
    this.list.replaceChildren(...rows.map(([label, hint, run]) => make('button', {
      role: 'menuitem', type: 'button', tabindex: -1,
      onclick: () => { if (run(this) !== 'stay') this.close(true) },
    }, make('span', { text: label }), hint && make('small', { text: hint }))))
    this.list.hidden = false
    this.button.setAttribute('aria-expanded', 'true')
    this.list.firstElementChild?.focus()
  }

  close(isFocused = false) {
    if (!this.isOpen) return
    this.list.hidden = true
    this.button.setAttribute('aria-expanded', 'false')
    if (isFocused && this.button.isConnected) this.button.focus()
  }

  onKey(event) {
    if (!this.isOpen) {
      if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
      this.open(this.rows())
      if (event.key === 'ArrowUp') this.list.lastElementChild?.focus()
    } else {
      const all = [...this.list.children]
      const at = all.indexOf(this.node.getRootNode().activeElement)
      const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }
      if (event.key === 'Escape') this.close(true)
      else if (event.key === 'Tab') return this.close(true)
      else if (event.key in moves) all.at(moves[event.key] % all.length)?.focus()
      else return event.stopPropagation()
    }
    event.preventDefault()
    event.stopPropagation()
  }
}
