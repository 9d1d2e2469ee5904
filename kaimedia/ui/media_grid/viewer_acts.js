// What the viewer's buttons do: each ends as an event to Python, shown here before the answer comes.
const VIEWER_NEW_COLLECTION_MS = 900

class ViewerActs {
  constructor(viewer) {
    this.viewer = viewer
  }

  act(name) {
    const item = this.viewer.item
    const acts = {
      favorite: () => this.viewer.grid.toggleFavorite(item),
      copy: () => this.viewer.panel.copy('copy', this.viewer.details.get(item.id)?.prompt ?? item.prompt, 'Select it above'),
      link: () => this.viewer.panel.copy('link', this.linkTo(item.id), 'Not possible here'),
      delete: () => this.remove(item),
      restore: () => this.leaveWith(item, () => this.viewer.grid.bringBack([item.id])),
      purge: () => this.viewer.panel.say('Delete this forever? The file goes too.', [
        ['Keep', 'back', () => this.viewer.panel.say(null)],
        ['Delete forever', 'trash', () => this.leaveWith(item, () => this.viewer.grid.send('purge', [item.id], { sure: true })), 'sure'],
      ]),
      reference: () => this.leaveFor('reference', [item.id]),
    }
    acts[name]?.()
    if (name === 'purge') this.viewer.panel.note.querySelector('button')?.focus()
  }

  reuse(how, model) { this.leaveFor('reuse', [this.viewer.id], model ? { how, model } : { how }) }

  // What ends on another page: first the address is the page's own again, then the page may change.
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
    this.changeDetails(more => { more.tags = [...(more.tags ?? []), text] })
    this.viewer.grid.send('tag', [this.viewer.id], { tags: [text] })
  }

  removeTag(tag) {
    this.changeDetails(more => { more.tags = more.tags.filter(each => each !== tag) })
    this.viewer.grid.send('untag', [this.viewer.id], { tag })
  }

  addToCollection(name) {
    const known = this.viewer.panel.known?.collections.find(each => viewerSame(each.name, name))
    this.changeDetails(more => { more.collections = [...(more.collections ?? []), known ?? { id: null, name }] })
    this.viewer.grid.send('collect', [this.viewer.id], known ? { collection: known.id } : { name })
    if (known) return
    const id = this.viewer.id
    setTimeout(() => this.viewer.ask(id), VIEWER_NEW_COLLECTION_MS) // the new one's id, which removing needs
  }

  async removeFromCollection(row) {
    if (row.id === null) await this.viewer.ask(this.viewer.id)
    const id = row.id ?? this.viewer.details.get(this.viewer.id).collections.find(each => viewerSame(each.name, row.label))?.id
    this.changeDetails(more => { more.collections = more.collections.filter(each => !viewerSame(each.name, row.label)) })
    if (id != null) this.viewer.grid.send('uncollect', [this.viewer.id], { collection: id })
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
