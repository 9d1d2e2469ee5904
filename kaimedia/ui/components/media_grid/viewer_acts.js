// The viewer's actions: each sends an event to Python and is shown before the response arrives.
const VIEWER_CONFIRM_MS = [900, 1200, 2500, 5000] // a rerun with thousands of items takes seconds
const VIEWER_MAX_TAGS = 30

class ViewerActs {
  constructor(viewer) {
    this.viewer = viewer
    this.unconfirmed = 0
  }

  act(name) {
    const item = this.viewer.item
    const acts = {
      favorite: () => this.viewer.grid.toggleFavorite(item),
      copy: () => this.viewer.panel.copy('copy', this.viewer.details.get(item.id)?.prompt ?? item.prompt, 'Select it above'),
      link: () => this.viewer.panel.copy('link', this.linkTo(item.id), 'Can’t copy here'),
      delete: () => this.remove(item),
      fetch: () => this.leaveWith(item, () => this.viewer.grid.send('fetch', [item.id])),
      restore: () => this.leaveWith(item, () => this.viewer.grid.bringBack([item.id])),
      purge: () => this.viewer.panel.say('Delete this forever? The file is deleted, too.', [
        ['Keep', 'back', () => this.viewer.panel.say(null)],
        ['Delete forever', 'trash', () => this.leaveWith(item, () => this.viewer.grid.send('purge', [item.id], { sure: true })), 'sure'],
      ]),
      reference: () => this.leaveFor('reference', [item.id], { to: 'here' }),
      animate: () => this.leaveFor('reference', [item.id], { to: 'video' }),
    }
    acts[name]?.()
    if (name === 'purge') this.viewer.panel.note.querySelector('button')?.focus()
  }

  reuse(how, model) { this.leaveFor('reuse', [this.viewer.id], model ? { how, model } : { how }) }

  saveAsStyle() { this.leaveFor('style', [this.viewer.id]) }

  // For actions that lead to another page or a dialog: restore the page's URL before the page may change.
  async leaveFor(what, ids, more = {}) {
    const left = this.viewer.address?.leave()
    this.viewer.close()
    await left
    this.viewer.grid.send(what, ids, more)
  }

  remove(item) {
    const after = this.viewer.beside(1) ?? this.viewer.beside(-1)
    this.viewer.deleted = item
    this.viewer.grid.remove([item.id])
    if (after == null) return this.viewer.close()
    this.viewer.goTo(after)
  }

  leaveWith(item, run) {
    const after = this.viewer.grid.place === 'trash' ? this.viewer.beside(1) ?? this.viewer.beside(-1) : null
    this.viewer.deleted = null
    run()
    this.viewer.details.delete(item.id)
    if (after == null) this.viewer.close()
    else this.viewer.goTo(after)
  }

  undo() {
    const item = this.viewer.deleted
    this.viewer.deleted = null
    this.viewer.grid.bringBack([item.id])
    this.viewer.show(item)
    this.viewer.dialog.focus()
  }

  changeDetails(change) {
    const more = { ...this.viewer.details.get(this.viewer.id) }
    change(more)
    this.viewer.details.set(this.viewer.id, more)
    this.viewer.refresh()
  }

  addTag(text) {
    if ((this.viewer.details.get(this.viewer.id)?.tags ?? []).length >= VIEWER_MAX_TAGS) return this.viewer.panel.say(`${VIEWER_MAX_TAGS} tags at most.`)
    this.changeDetails(more => { more.tags = [...(more.tags ?? []), text] })
    this.viewer.grid.send('tag', [this.viewer.id], { tags: [text] })
    this.confirm(more => more.tags.some(tag => viewerSame(tag, text)), `The tag “${text}” could not be added.`)
  }

  removeTag(tag) {
    this.changeDetails(more => { more.tags = more.tags.filter(each => each !== tag) })
    this.viewer.grid.send('untag', [this.viewer.id], { tag })
    this.confirm(more => !more.tags.includes(tag), `The tag “${tag}” could not be removed.`)
  }

  addToCollection(name) {
    const known = this.viewer.panel.known?.collections.find(each => viewerSame(each.name, name))
    this.changeDetails(more => { more.collections = [...(more.collections ?? []), known ?? { id: null, name }] })
    this.viewer.grid.send('collect', [this.viewer.id], known ? { collection: known.id } : { name })
    this.confirm(more => more.collections.some(each => viewerSame(each.name, name)), `It could not be added to “${name}”.`) // also gets a new collection's id, needed to remove it
  }

  async removeFromCollection(row) {
    if (row.id === null) await this.viewer.loadDetails(this.viewer.id)
    const id = row.id ?? this.viewer.details.get(this.viewer.id).collections.find(each => viewerSame(each.name, row.label))?.id
    this.changeDetails(more => { more.collections = more.collections.filter(each => !viewerSame(each.name, row.label)) })
    if (id == null) return
    this.viewer.grid.send('uncollect', [this.viewer.id], { collection: id })
    this.confirm(more => !more.collections.some(each => each.id === id), `It could not be removed from “${row.label}”.`)
  }

  // Checks an optimistic change against the saved state; a refused change is undone with a message.
  async confirm(isDone, refusal) {
    const { id } = this.viewer
    this.unconfirmed++
    const response = await this.askUntil(id, isDone)
    this.unconfirmed--
    if (!response || this.viewer.id !== id) return
    const isRefused = !isDone(response)
    if (isRefused || !this.unconfirmed) this.changeDetails(more => Object.assign(more, response)) // otherwise it would hide pending changes
    if (isRefused) this.viewer.panel.say(refusal)
  }

  async askUntil(id, isDone) {
    let response = null
    for (const wait_ms of VIEWER_CONFIRM_MS) {
      await new Promise(go => setTimeout(go, wait_ms))
      if (this.viewer.id !== id) return null
      response = await this.viewer.grid.fetchFeed('details', { id }).catch(() => null)
      if (response && isDone(response)) break
    }
    return response
  }

  modelsFor(item) {
    const [kind, own] = [item.video ? 'video' : 'image', item.modelId]
    return (this.viewer.grid.models ?? []).filter(([id, , of]) => id !== own && (!of || of === kind))
  }

  linkTo(id) {
    const url = new URL('gallery', document.baseURI)
    url.searchParams.set('item', id)
    return url.href
  }

  downloadOf(item) { return this.viewer.grid.downloadOf?.(item) ?? downloadAddress(item.file) }
}
