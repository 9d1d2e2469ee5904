// The viewer's panel: prompt, facts, tags, actions. A part is rebuilt only when its content has changed,
// so that a background refresh never closes a menu, clears a field or moves the focus.
const VIEWER_LONG_PROMPT = 420
const VIEWER_COPIED_MS = 1600
const VIEWER_NARROW_PX = 860 // as in viewer.css

class ViewerPanel {
  constructor(viewer) {
    this.viewer = viewer
    this.states = {}
    const part = (name, tag = 'div', properties = {}) => (this[name] = make(tag, { class: `part-${name}`, ...properties }))
    this.tags = new ViewerChips({
      name: 'tags', title: 'Tags', icon: 'label', add: 'Tag', hint: 'Tag, then Enter', most: VIEWER_MAX_TAG_CHARS,
      onAsk: () => this.learn(), onAdd: text => viewer.acts.addTag(text), onRemove: row => viewer.acts.removeTag(row.label),
    })
    this.collections = new ViewerChips({
      name: 'collections', title: 'Collections', icon: 'folder', add: 'Collection', hint: 'Collection, then Enter', most: VIEWER_MAX_COLLECTION_CHARS,
      onAsk: () => this.learn(), onAdd: text => viewer.acts.addToCollection(text), onRemove: row => viewer.acts.removeFromCollection(row),
    })
    this.more = make('div', { class: 'part-more' }, make('div', { class: 'labels' }, this.tags.node, this.collections.node), part('facts'))
    this.scroll = make('div', { class: 'scroll' }, part('prompt'), part('lineage'), part('state'), this.more)
    this.node = make('aside', { class: 'panel', 'aria-label': 'Details' },
      part('head'), this.scroll, (this.foot = make('div', { class: 'foot' }, part('note', 'div', { role: 'status' }), part('actions'))))
  }

  paint(item, more, place) {
    if (item.id !== this.painted) {
      this.painted = item.id
      const wasTyping = [this.tags, this.collections].map(chips => chips.leave())
      if (wasTyping.includes(true)) this.viewer.dialog.focus() // otherwise the viewer would miss key presses
    }
    this.node.classList.toggle('is-video', item.video)
    this.part('head', [item.video, place], () => [
      labelled('span', item.video ? 'video' : 'image', item.video ? 'Video' : 'Image', { class: 'chip' }),
      make('span', { class: 'place', text: place }),
    ])
    this.part('prompt', [item.id, more?.prompt ?? item.prompt], () => this.promptPart(more?.prompt ?? item.prompt))
    this.part('state', [item.status, item.gone, item.error, more?.error, item.condition, more?.condition, more?.fetch_until], () => this.statePart(item, more))
    this.part('lineage', [more?.inputs, more?.used_in], () => viewerLineage(more, id => this.viewer.goTo(id)))
    this.part('facts', [item, more], () => [detailsList(item, more, (text, button) => this.copyId(text, button))])
    const isTrash = this.viewer.isTrash
    const hasChips = !isTrash && (more || this.viewer.canLoadDetails) // immediately, so that nothing moves when the details arrive
    this.tags.paint(hasChips ? (more?.tags ?? []).map(label => ({ label })) : null, this.known?.tags ?? [])
    this.collections.paint(
      hasChips ? (more?.collections ?? []).map(each => ({ id: each.id, label: each.name })) : null,
      (this.known?.collections ?? []).map(each => each.name))
    this.part('actions', [item.id, item.file, item.fav, isTrash, Boolean(item.sandbox)], () =>
      (isTrash ? this.trashActions(item) : this.actionsPart(item)))
  }

  // Existing names, for the fields' suggestions.
  async learn() {
    try {
      this.known = await this.viewer.grid.fetchFeed('labels', {})
      this.viewer.refresh()
    } catch {
      // names can still be typed without suggestions
    }
  }

  part(name, state, build) {
    const now = JSON.stringify(state)
    if (this.states[name] === now) return
    this.states[name] = now
    const focused = this.node.getRootNode().activeElement
    const held = focused && this[name].contains(focused) ? focused.dataset.do : null
    this[name].replaceChildren(...build().filter(Boolean))
    if (held !== null) (this[name].querySelector(`[data-do=${held}]`) ?? this.viewer.dialog).focus() // otherwise the viewer would miss key presses
  }

  promptPart(text) {
    this.scroll.scrollTop = 0
    const body = make('p', { class: 'prompt', text })
    const isLong = text.length > VIEWER_LONG_PROMPT || text.split('\n').length > 9
    body.classList.toggle('short', isLong)
    const all = isLong && make('button', {
      class: 'text', type: 'button', text: 'Show all', 'aria-expanded': 'false', 'data-do': 'prompt-all',
      onclick: () => {
        const isShort = body.classList.toggle('short')
        all.textContent = isShort ? 'Show all' : 'Show less'
        all.setAttribute('aria-expanded', String(!isShort))
      },
    })
    return [make('h2', { text: 'Prompt' }), body, all]
  }

  statePart(item, more) {
    const state = detailsState(item, more)
    const isFailed = item.status === 'failed'
    const condition = detailsCondition(item, more)
    const gone = item.gone && `In the trash. Will be permanently deleted on ${new Date(item.gone * 1000).toLocaleDateString(undefined, { day: 'numeric', month: 'long', year: 'numeric' })}.`
    return [
      state && make('p', { class: isFailed ? 'state bad' : 'state' },
        make('i', { icon: state.icon }), make('span', {}, make('strong', { text: state.title }), make('span', { text: state.text }))),
      condition && make('p', { class: condition.isBad ? 'state bad' : 'state' }, make('i', { icon: condition.icon }), make('span', {}, make('span', { text: condition.text }))),
      condition?.canFetch && this.button('fetch', 'again', 'Fetch again', { class: 'wide main whole' }),
      gone && make('p', { class: 'state' }, make('i', { icon: 'trash' }), make('span', {}, make('span', { text: gone }))),
    ]
  }

  button(name, icon, text, more = {}) {
    return labelled('button', icon, text, { class: 'wide', type: 'button', 'data-do': name, onclick: () => this.viewer.acts.act(name), ...more })
  }

  download(item, kind = 'wide main') {
    return item.file && labelled('a', 'download', 'Download', { class: kind, href: this.viewer.acts.downloadOf(item), download: item.name, 'data-do': 'download' })
  }

  actionsPart(item) {
    const isDone = Boolean(item.file || item.large || item.thumb)
    const reuse = this.button('reuse', 'again', 'Reuse', { onclick: null })
    reuse.append(make('i', { icon: 'down' }))
    if (!isDone) reuse.classList.add('main')
    const menu = new ViewerMenu(reuse, () => this.reuseRows(item))
    if (!isDone) menu.node.classList.add('whole')
    return [
      this.download(item),
      menu.node,
      isDone && this.button('favorite', item.fav ? 'heartFull' : 'heart', item.fav ? 'Favorited' : 'Favorite', { 'aria-pressed': String(item.fav), ...withKey('Favorite', 'F') }),
      this.button('copy', 'copy', 'Copy prompt'),
      this.button('link', 'chain', 'Copy link'),
      isDone && !item.video && this.button('reference', 'reference', 'Use as reference'),
      isDone && !item.video && this.button('animate', 'video', 'Animate', { title: 'Make a video from it' }),
      this.button('delete', 'trash', 'Delete', { class: 'wide danger whole', ...withKey('Move to the trash', 'Delete') }),
    ]
  }

  reuseRows(item) {
    const go = (how, model) => () => this.viewer.acts.reuse(how, model)
    const others = this.viewer.acts.modelsFor(item)
    return [
      ['Reuse all settings', 'Prompt, model, aspect ratio and the rest', go('all')],
      ['Prompt only', 'With your current settings', go('prompt')],
      others.length && ['With another model', 'Choose one', menu => {
        menu.open(others.map(([id, label]) => [label, '', go('model', id)]))
        return 'stay'
      }],
      ['Save as a style', 'Use its prompt with other subjects', () => this.viewer.acts.saveAsStyle()],
    ].filter(Boolean)
  }

  trashActions(item) {
    return [
      this.button('restore', 'back', 'Restore', { class: 'wide main' }),
      this.download(item, 'wide'),
      this.button('copy', 'copy', 'Copy prompt'),
      this.button('purge', 'trash', 'Delete forever', { class: 'wide danger whole' }),
    ]
  }

  // The message above the actions: `text` with buttons [label, icon, run, class]; null removes it.
  say(text, buttons = []) {
    const rows = text === null ? [] : [make('p', { class: 'undo' }, make('span', { text }), make('span', { class: 'undo-acts' },
      ...buttons.map(([label, icon, run, kind = '']) => labelled('button', icon, label, { class: `wide ${kind}`, type: 'button', 'data-do': 'note', onclick: run }))))]
    const had = this.note.contains(this.node.getRootNode().activeElement)
    this.note.replaceChildren(...rows)
    this.placeNote()
    if (had) this.viewer.dialog.focus()
  }

  // Places the message where it is visible: over the media while the panel is closed or below the fold.
  placeNote() {
    const { dialog } = this.viewer
    const isAfloat = dialog.classList.contains('bare') || dialog.clientWidth <= VIEWER_NARROW_PX
    if (this.note.classList.contains('afloat') === isAfloat && this.note.isConnected) return
    this.note.classList.toggle('afloat', isAfloat)
    if (isAfloat) dialog.append(this.note)
    else this.foot.prepend(this.note)
  }

  async copy(name, text, otherwise) {
    const isCopied = await viewerCopy(text, this.viewer.dialog)
    const label = this.actions.querySelector(`[data-do=${name}] span`)
    if (!label) return
    const usual = (label.dataset.usual ??= label.textContent)
    label.textContent = isCopied ? 'Copied' : otherwise
    this.viewer.announce(label.textContent)
    clearTimeout(this.copyTimer)
    this.copyTimer = setTimeout(() => { label.textContent = usual }, VIEWER_COPIED_MS)
  }

  async copyId(text, button) {
    if (!(await viewerCopy(text, this.viewer.dialog))) return this.viewer.announce('Could not copy')
    this.viewer.announce('Copied')
    button.replaceChildren(...make('i', { icon: 'done' }).childNodes)
    setTimeout(() => button.replaceChildren(...make('i', { icon: 'copy' }).childNodes), VIEWER_COPIED_MS)
  }
}

// The clipboard API needs https or localhost; elsewhere fall back to execCommand.
async function viewerCopy(text, dialog) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const focused = dialog.getRootNode().activeElement
    const field = make('textarea', { class: 'live', 'aria-hidden': 'true', tabindex: -1 })
    field.value = text
    dialog.append(field)
    field.select()
    const isCopied = document.execCommand('copy')
    field.remove()
    focused?.focus()
    return isCopied
  }
}
