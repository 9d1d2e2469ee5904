// Tags and collections of the shown item: chips with a cross, and a field that adds one.
const VIEWER_MAX_TAG_CHARS = 40
const VIEWER_MAX_COLLECTION_CHARS = 80
const viewerSame = (one, other) => one.localeCompare(other, undefined, { sensitivity: 'accent' }) === 0
const viewerClean = text => text.replace(/[\u0000-\u001f\u007f]/g, ' ').trim().replace(/\s+/g, ' ')

class ViewerChips {
  // `spec`: {name, title, icon, add (what the button says), hint, most (characters), onAsk(), onAdd(text), onRemove(row)}
  constructor(spec) {
    this.spec = spec
    this.list = make('ul', { class: 'chips', 'aria-label': spec.title })
    this.input = make('input', {
      class: 'chip-field', maxlength: spec.most, 'aria-label': spec.add, placeholder: spec.hint, autocomplete: 'off',
      list: `kai-known-${spec.name}`, enterkeyhint: 'done', hidden: true,
    })
    this.known = make('datalist', { id: `kai-known-${spec.name}` })
    this.button = labelled('button', 'plus', spec.add, { class: 'chip-add', 'aria-label': `Add: ${spec.add.toLowerCase()}`, title: spec.hint, type: 'button', 'data-do': `add-${spec.name}`, onclick: () => this.ask() })
    this.input.addEventListener('keydown', event => this.onKey(event))
    this.input.addEventListener('blur', () => this.input.value.trim() || this.stop())
    this.node = make('section', { class: 'chips-of', hidden: true, 'aria-label': spec.title }, make('i', { icon: spec.icon }), this.list, this.button, this.input, this.known)
  }

  // `rows` is a list of {label, …}; null hides the part.
  paint(rows, known) {
    this.node.hidden = rows === null
    if (rows === null) return
    const state = JSON.stringify([rows, known])
    if (state === this.state) return
    this.state = state
    this.rows = rows
    const held = this.list.contains(this.node.getRootNode().activeElement)
    this.list.replaceChildren(...rows.map(row => make('li', {}, make('span', { text: row.label }), make('button', {
      type: 'button', class: 'mini', 'aria-label': `Remove ${row.label}`, icon: 'close', onclick: () => this.spec.onRemove(row),
    }))))
    this.list.hidden = !rows.length
    this.known.replaceChildren(...known.filter(text => !this.has(text)).map(text => make('option', { value: text })))
    if (held) (this.list.querySelector('button') ?? this.button).focus()
  }

  has(text) { return this.rows.some(row => viewerSame(row.label, text)) }

  ask() {
    this.button.hidden = true
    this.input.hidden = false
    this.input.focus()
    this.spec.onAsk()
  }

  stop(isFocused = false) {
    this.input.value = ''
    this.input.hidden = true
    this.button.hidden = false
    if (isFocused) this.button.focus()
  }

  // Another item is shown: discard half-typed text.
  leave() {
    const isTyping = this.node.getRootNode().activeElement === this.input
    this.stop()
    return isTyping
  }

  onKey(event) {
    event.stopPropagation() // keys type text here, they are not viewer shortcuts
    if (event.key === 'Escape') {
      event.preventDefault()
      this.stop(true)
    } else if (event.key === 'Enter' || event.key === ',') {
      event.preventDefault()
      const text = viewerClean(this.input.value)
      if (!text) return
      this.input.value = ''
      if (!this.has(text)) this.spec.onAdd(text)
    }
  }
}
