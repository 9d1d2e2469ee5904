// @ts-check
// The viewer's actions: each sends an event to Python and is shown before the response arrives.
import { isSameName } from './viewer_chips.js'

/** @import { Details, Item } from './types.d.ts' */
/** @import { Viewer } from './viewer.js' */

const VIEWER_CONFIRM_MS = [900, 1200, 2500, 5000] // a rerun with thousands of items takes seconds
const VIEWER_MAX_TAGS = 30

export class ViewerActions {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer
    this.unconfirmed = 0
  }

  // An item is shown while one of these is called.
  get id() {
    return /** @type {number} */ (this.viewer.id)
  }

  /** @param {string} name */
  run(name) {
    const { item } = this.viewer
    if (!item) return
    /** @type {Record<string, () => unknown>} */
    const actions = {
      favorite: () => this.viewer.grid.actions.toggleFavorite(item),
      copy: () =>
        this.viewer.panel.copy('copy', this.viewer.details.get(item.id)?.prompt ?? item.prompt, 'Select it above'),
      link: () => this.viewer.panel.copy('link', this.linkTo(item.id), 'Can’t copy here'),
      delete: () => this.remove(item),
      fetch: () => this.leaveWith(item, () => this.viewer.grid.actions.send('fetch', [item.id])),
      restore: () => this.leaveWith(item, () => this.viewer.grid.actions.restore([item.id])),
      purge: () =>
        this.viewer.panel.say('Delete this item and its file forever? This can’t be undone.', [
          ['Cancel', 'back', () => this.viewer.panel.say(null)],
          [
            'Delete forever',
            'trash',
            () => this.leaveWith(item, () => this.viewer.grid.actions.send('purge', [item.id], { sure: true })),
            'sure',
          ],
        ]),
      reference: () => this.leaveFor('reference', [item.id], { to: 'here' }),
    }
    actions[name]?.()
    if (name === 'purge') this.viewer.panel.note.querySelector('button')?.focus()
  }

  /**
   * @param {string} how
   * @param {string | undefined} model
   */
  reuse(how, model) {
    this.leaveFor('reuse', [this.id], model ? { how, model } : { how })
  }

  /** @param {string} step */
  continueWith(step) {
    this.leaveFor('continue', [this.id], { step })
  }

  /**
   * What can be done with a result: step, label, hint. Steps that only this item can take come with its details.
   * @param {Item} item
   * @returns {[string, string, string][]}
   */
  stepsFor(item) {
    const kind = item.video ? 'video' : 'image'
    const all = this.viewer.grid.steps.filter(([, , , of]) => of === kind)
    return [
      ...all.map(([step, label, hint]) => /** @type {[string, string, string]} */ ([step, label, hint])),
      ...(this.viewer.details.get(item.id)?.steps ?? []),
    ]
  }

  /** @param {number} comparison */
  openComparison(comparison) {
    this.leaveFor('comparison', [this.id], { comparison })
  }

  saveAsStyle() {
    this.leaveFor('style', [this.id])
  }

  /**
   * For actions that lead to another page or a dialog: restore the page's URL before the page may change.
   * @param {string} what
   * @param {number[]} ids
   */
  async leaveFor(what, ids, more = {}) {
    const left = this.viewer.address?.leave()
    this.viewer.close()
    await left
    this.viewer.grid.actions.send(what, ids, more)
  }

  /** @param {Item} item */
  remove(item) {
    const after = this.viewer.beside(1) ?? this.viewer.beside(-1)
    this.viewer.deleted = item
    this.viewer.grid.actions.remove([item.id])
    if (after == null) return this.viewer.close()
    this.viewer.goTo(after)
  }

  /**
   * @param {Item} item
   * @param {() => void} run
   */
  leaveWith(item, run) {
    const after = this.viewer.grid.place === 'trash' ? (this.viewer.beside(1) ?? this.viewer.beside(-1)) : null
    this.viewer.deleted = null
    run()
    this.viewer.details.delete(item.id)
    if (after == null) this.viewer.close()
    else this.viewer.goTo(after)
  }

  undo() {
    const item = this.viewer.deleted
    if (!item) return
    this.viewer.deleted = null
    this.viewer.grid.actions.restore([item.id])
    this.viewer.show(item)
    this.viewer.dialog.focus()
  }

  /** @param {(more: Details) => void} change */
  changeDetails(change) {
    const more = { ...this.viewer.details.get(this.id), id: this.id }
    change(more)
    this.viewer.details.set(this.id, more)
    this.viewer.refresh()
  }

  /** @param {string} text */
  addTag(text) {
    if ((this.viewer.details.get(this.id)?.tags ?? []).length >= VIEWER_MAX_TAGS)
      return this.viewer.panel.say(`${VIEWER_MAX_TAGS} tags at most.`)
    this.changeDetails(more => {
      more.tags = [...(more.tags ?? []), text]
    })
    this.viewer.grid.actions.send('tag', [this.id], { tags: [text] })
    this.confirm(
      more => Boolean(more.tags?.some(tag => isSameName(tag, text))),
      `The tag “${text}” could not be added.`,
    )
  }

  /** @param {string} tag */
  removeTag(tag) {
    this.changeDetails(more => {
      more.tags = more.tags?.filter(each => each !== tag)
    })
    this.viewer.grid.actions.send('untag', [this.id], { tag })
    this.confirm(more => !more.tags?.includes(tag), `The tag “${tag}” could not be removed.`)
  }

  /** @param {string} name */
  addToCollection(name) {
    const known = this.viewer.panel.known?.collections.find(each => isSameName(each.name, name))
    this.changeDetails(more => {
      more.collections = [...(more.collections ?? []), known ?? { id: null, name }]
    })
    this.viewer.grid.actions.send('collect', [this.id], known ? { collection: known.id } : { name })
    this.confirm(
      more => Boolean(more.collections?.some(each => isSameName(each.name, name))),
      `It could not be added to “${name}”.`,
    ) // also gets a new collection's id, needed to remove it
  }

  /** @param {import('./viewer_chips.js').Row} row */
  async removeFromCollection(row) {
    if (row.id === null) await this.viewer.loadDetails(this.id)
    const id =
      row.id ?? this.viewer.details.get(this.id)?.collections?.find(each => isSameName(each.name, row.label))?.id
    this.changeDetails(more => {
      more.collections = more.collections?.filter(each => !isSameName(each.name, row.label))
    })
    if (id == null) return
    this.viewer.grid.actions.send('uncollect', [this.id], { collection: id })
    this.confirm(
      more => !more.collections?.some(each => each.id === id),
      `It could not be removed from “${row.label}”.`,
    )
  }

  /**
   * Checks an optimistic change against the saved state; a refused change is undone with a message.
   * @param {(more: Details) => boolean} isDone
   * @param {string} rejection
   */
  async confirm(isDone, rejection) {
    const { id } = this
    this.unconfirmed++
    const response = await this.askUntil(id, isDone)
    this.unconfirmed--
    if (!response || this.viewer.id !== id) return
    const isRefused = !isDone(response)
    if (isRefused || !this.unconfirmed) this.changeDetails(more => Object.assign(more, response)) // otherwise it would hide pending changes
    if (isRefused) this.viewer.panel.say(rejection)
  }

  /**
   * @param {number} id
   * @param {(more: Details) => boolean} isDone
   */
  async askUntil(id, isDone) {
    let response = null
    for (const wait_ms of VIEWER_CONFIRM_MS) {
      await new Promise(go => setTimeout(go, wait_ms))
      if (this.viewer.id !== id) return null
      response = await this.viewer.grid.sources.latest.request('details', { id }).catch(() => null)
      if (response && isDone(response)) break
    }
    return response
  }

  /** @param {Item} item */
  modelsFor(item) {
    const [kind, own] = [item.video ? 'video' : 'image', item.modelId]
    return (this.viewer.grid.models ?? []).filter(([id, , of]) => id !== own && (!of || of === kind))
  }

  /** @param {number} id */
  linkTo(id) {
    const url = new URL('gallery', document.baseURI)
    url.searchParams.set('item', String(id))
    return url.href
  }
}
