// @ts-check
// The viewer's panel: prompt, facts, tags, actions. A part is rebuilt only when its content has changed,
// so that a background refresh never closes a menu, clears a field or moves the focus.
import { copyText, element, focusedBeside, labelled, present } from './dom.js'
import { actionsPart, panelButton, trashActionsPart } from './panel_actions.js'
import { factsPart, lineagePart, promptPart, statePart } from './panel_parts.js'
import { VIEWER_MAX_COLLECTION_CHARS, VIEWER_MAX_TAG_CHARS, ViewerChips } from './viewer_chips.js'

/** @import { Collection, Details, Item } from './types.d.ts' */
/** @import { Viewer } from './viewer.js' */

const VIEWER_COPIED_MS = 1600
const VIEWER_NARROW_PX = 860 // as in viewer.css

/**
 * @typedef {'head' | 'prompt' | 'lineage' | 'state' | 'facts' | 'actions'} PartName
 * @typedef {[string, string, () => void, string?]} NoteButton label, icon, action, CSS class
 */

export class ViewerPanel {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer
    /** What each part was last built from. @type {Partial<Record<PartName, string>>} */
    this.states = {}
    /** The shown item. @type {number | null} */
    this.painted = null
    /** All tags and collections, for suggestions. @type {{ tags: string[], collections: Collection[] } | null} */
    this.known = null
    /** @type {import('./viewer_menu.js').ViewerMenu | null} */
    this.continueMenu = null
    this.stepsShown = '[]'
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.copyTimer = undefined
    /** @param {string} name */
    const part = name => element('div', { class: `part-${name}` })
    this.parts = {
      head: part('head'),
      prompt: part('prompt'),
      lineage: part('lineage'),
      state: part('state'),
      facts: part('facts'),
      actions: part('actions'),
    }
    this.note = element('div', { class: 'part-note', role: 'status' })
    this.tags = new ViewerChips({
      name: 'tags',
      title: 'Tags',
      icon: 'label',
      add: 'Tag',
      hint: 'Tag, then Enter',
      most: VIEWER_MAX_TAG_CHARS,
      onAsk: () => this.loadSuggestions(),
      onAdd: text => viewer.actions.addTag(text),
      onRemove: row => viewer.actions.removeTag(row.label),
    })
    this.collections = new ViewerChips({
      name: 'collections',
      title: 'Collections',
      icon: 'folder',
      add: 'Collection',
      hint: 'Collection, then Enter',
      most: VIEWER_MAX_COLLECTION_CHARS,
      onAsk: () => this.loadSuggestions(),
      onAdd: text => viewer.actions.addToCollection(text),
      onRemove: row => viewer.actions.removeFromCollection(row),
    })
    const { head, prompt, lineage, state, facts, actions } = this.parts
    const labels = element('div', { class: 'labels' }, this.tags.node, this.collections.node)
    const more = element('div', { class: 'part-more' }, labels, facts)
    this.scroll = element('div', { class: 'scroll' }, prompt, lineage, state, more)
    this.foot = element('div', { class: 'foot' }, this.note, actions)
    this.node = element('aside', { class: 'panel', 'aria-label': 'Details' }, head, this.scroll, this.foot)
  }

  /**
   * @param {Item} item
   * @param {Details | null} more
   * @param {string} place
   */
  paint(item, more, place) {
    if (item.id !== this.painted) {
      this.painted = item.id
      const wasTyping = [this.tags, this.collections].map(chips => chips.leave())
      if (wasTyping.includes(true)) this.viewer.dialog.focus() // otherwise the viewer would miss key presses
    }
    this.node.classList.toggle('is-video', item.video)
    this.update('head', [item.video, place], () => [
      labelled('span', item.video ? 'video' : 'image', item.video ? 'Video' : 'Image', { class: 'chip' }),
      element('span', { class: 'place', text: place }),
    ])
    this.update('prompt', [item.id, more?.prompt || item.prompt], () => {
      this.scroll.scrollTop = 0
      return promptPart(more?.prompt || item.prompt)
    })
    this.update(
      'state',
      [item.status, item.gone, item.error, more?.error, item.condition, more?.condition, more?.fetch_until],
      () =>
        statePart(item, more, () =>
          panelButton(this.viewer, 'fetch', 'again', 'Fetch again', { class: 'wide main whole' }),
        ),
    )
    this.update('lineage', [more?.inputs, more?.used_in, more?.family], () =>
      lineagePart(more, id => this.viewer.goTo(id)),
    )
    this.update('facts', [item, more], () => factsPart(item, more, (text, button) => this.copyId(text, button)))
    const isTrash = this.viewer.isTrash
    const hasChips = !isTrash && (more || this.viewer.canLoadDetails) // immediately, so that nothing moves when the details arrive
    this.tags.paint(hasChips ? (more?.tags ?? []).map(label => ({ label })) : null, this.known?.tags ?? [])
    this.collections.paint(
      hasChips ? (more?.collections ?? []).map(each => ({ id: each.id, label: each.name })) : null,
      (this.known?.collections ?? []).map(each => each.name),
    )
    const comparison = more?.comparison ?? null
    this.update('actions', [item.id, item.file, item.fav, isTrash, Boolean(item.sandbox), comparison], () =>
      isTrash ? trashActionsPart(this.viewer, item) : actionsPart(this.viewer, item, comparison),
    )
    this.renewSteps(more?.steps ?? [])
  }

  /** @param {unknown[]} steps those of this item only, which come with its details, perhaps after the menu was opened */
  renewSteps(steps) {
    const now = JSON.stringify(steps)
    if (this.stepsShown === now) return
    this.stepsShown = now
    this.continueMenu?.renew()
  }

  // Existing names, for the fields' suggestions.
  async loadSuggestions() {
    try {
      this.known = await this.viewer.grid.sources.latest.request('labels', {})
      this.viewer.refresh()
    } catch {
      // names can still be typed without suggestions
    }
  }

  /**
   * @param {PartName} name
   * @param {unknown} state
   * @param {() => import('./dom.js').Child[]} build
   */
  update(name, state, build) {
    const now = JSON.stringify(state)
    if (this.states[name] === now) return
    this.states[name] = now
    const focused = focusedBeside(this.node)
    const held = focused && this.parts[name].contains(focused) ? focused.dataset.do : null
    this.parts[name].replaceChildren(...present(build()))
    if (held === null) return
    /** @type {HTMLElement | null} */
    const same = this.parts[name].querySelector(`[data-do=${held}]`)
    const next = same ?? this.viewer.dialog
    next.focus() // otherwise the viewer would miss key presses
  }

  /**
   * The message above the actions: `text` with buttons [label, icon, run, class]; null removes it.
   * @param {string | null} text
   * @param {NoteButton[]} buttons
   */
  say(text, buttons = []) {
    const rows =
      text === null
        ? []
        : [
            element(
              'p',
              { class: 'undo' },
              element('span', { text }),
              element(
                'span',
                { class: 'undo-acts' },
                ...buttons.map(([label, icon, run, kind = '']) =>
                  labelled('button', icon, label, {
                    class: `wide ${kind}`,
                    type: 'button',
                    'data-do': 'note',
                    onclick: run,
                  }),
                ),
              ),
            ),
          ]
    const had = this.note.contains(focusedBeside(this.node))
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

  /**
   * @param {string} name
   * @param {string} text
   * @param {string} otherwise
   */
  async copy(name, text, otherwise) {
    const isCopied = await copyText(text, this.viewer.dialog)
    /** @type {HTMLElement | null} */
    const label = this.parts.actions.querySelector(`[data-do=${name}] span`)
    if (!label) return
    label.dataset.usual ??= label.textContent ?? ''
    const { usual } = label.dataset
    label.textContent = isCopied ? 'Copied' : otherwise
    this.viewer.announce(isCopied ? 'Copied' : otherwise)
    clearTimeout(this.copyTimer)
    this.copyTimer = setTimeout(() => {
      label.textContent = usual ?? ''
    }, VIEWER_COPIED_MS)
  }

  /**
   * @param {string} text
   * @param {HTMLElement} button
   */
  async copyId(text, button) {
    if (!(await copyText(text, this.viewer.dialog))) return this.viewer.announce('Could not copy')
    this.viewer.announce('Copied')
    button.replaceChildren(...element('i', { icon: 'done' }).childNodes)
    setTimeout(() => button.replaceChildren(...element('i', { icon: 'copy' }).childNodes), VIEWER_COPIED_MS)
  }
}
