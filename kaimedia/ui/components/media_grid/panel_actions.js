// @ts-check
// The buttons of the viewer's panel.
import { downloadAddress, element, labelled, withKey } from './dom.js'
import { ViewerMenu } from './viewer_menu.js'

/** @import { Child } from './dom.js' */
/** @import { Item } from './types.d.ts' */
/** @import { Viewer } from './viewer.js' */
/** @import { MenuRow } from './viewer_menu.js' */

/**
 * A button of the panel; it runs the action `name`.
 * @param {Viewer} viewer
 * @param {string} name
 * @param {string} icon
 * @param {string} text
 */
export function panelButton(viewer, name, icon, text, more = {}) {
  return labelled('button', icon, text, {
    class: 'wide',
    type: 'button',
    'data-do': name,
    onclick: () => viewer.actions.run(name),
    ...more,
  })
}

/** @param {Item} item */
function downloadLink(item, kind = 'wide main') {
  return (
    item.file &&
    labelled('a', 'download', 'Download', {
      class: kind,
      href: downloadAddress(item.file),
      download: item.name,
      'data-do': 'download',
    })
  )
}

/**
 * @param {Viewer} viewer
 * @param {Item} item
 * @param {number | null} comparison the one it was made in
 * @returns {Child[]}
 */
export function actionsPart(viewer, item, comparison) {
  const isDone = Boolean(item.file || item.large || item.thumb)
  const reuse = panelButton(viewer, 'reuse', 'again', 'Reuse', { onclick: null })
  reuse.append(element('i', { icon: 'down' }))
  if (!isDone) reuse.classList.add('main')
  const menu = new ViewerMenu(reuse, () => reuseRows(viewer, item))
  if (!isDone) menu.node.classList.add('whole')
  return [
    downloadLink(item),
    menu.node,
    isDone && continueMenu(viewer, item),
    isDone &&
      panelButton(viewer, 'favorite', item.fav ? 'heartFull' : 'heart', item.fav ? 'Favorited' : 'Favorite', {
        'aria-pressed': String(item.fav),
        ...withKey('Favorite', 'F'),
      }),
    panelButton(viewer, 'copy', 'copy', 'Copy prompt'),
    panelButton(viewer, 'link', 'chain', 'Copy link'),
    isDone && !item.video && panelButton(viewer, 'reference', 'reference', 'Use as reference'),
    comparison !== null &&
      panelButton(viewer, 'comparison', 'compare', 'Open its comparison', {
        class: 'wide whole',
        onclick: () => viewer.actions.openComparison(comparison),
      }),
    panelButton(viewer, 'delete', 'trash', 'Delete', {
      class: 'wide danger whole',
      ...withKey('Move to the trash', 'Delete'),
    }),
  ]
}

/**
 * The steps that continue from a result: edit, upscale, extend, …
 * @param {Viewer} viewer
 * @param {Item} item
 */
function continueMenu(viewer, item) {
  if (!viewer.actions.stepsFor(item).length) return false
  const button = panelButton(viewer, 'continue', 'next', 'Continue', { onclick: null })
  button.append(element('i', { icon: 'down' }))
  const menu = new ViewerMenu(button, () =>
    viewer.actions.stepsFor(item).map(([step, label, hint]) => [label, hint, () => viewer.actions.continueWith(step)]),
  )
  menu.node.classList.add('whole')
  viewer.panel.continueMenu = menu
  return menu.node
}

/**
 * @param {Viewer} viewer
 * @param {Item} item
 */
function reuseRows(viewer, item) {
  /**
   * @param {string} how
   * @param {string} [model]
   */
  const go = (how, model) => () => viewer.actions.reuse(how, model)
  const others = viewer.actions.modelsFor(item)
  /** @type {MenuRow[]} */
  const withAnother = others.length
    ? [
        [
          'With another model',
          'Choose one',
          menu => {
            menu.open(others.map(([id, label]) => [label, '', go('model', id)]))
            return 'stay'
          },
        ],
      ]
    : []
  /** @type {MenuRow[]} */
  const rows = [
    ['Reuse all settings', 'Prompt, model, aspect ratio and the rest', go('all')],
    ['Prompt only', 'With your current settings', go('prompt')],
    ...withAnother,
    ['Save as a style', 'Use its prompt with other subjects', () => viewer.actions.saveAsStyle()],
  ]
  return rows
}

/**
 * @param {Viewer} viewer
 * @param {Item} item
 * @returns {Child[]}
 */
export function trashActionsPart(viewer, item) {
  return [
    panelButton(viewer, 'restore', 'back', 'Restore', { class: 'wide main' }),
    downloadLink(item, 'wide'),
    panelButton(viewer, 'copy', 'copy', 'Copy prompt'),
    panelButton(viewer, 'purge', 'trash', 'Delete forever', { class: 'wide danger whole' }),
  ]
}
