// @ts-check
// Called by Streamlit on mount, with new data, and on theme changes.
import { STYLES } from './styles.js'
import { View } from './view.js'

/** @import { Data } from './types.d.ts' */

/** @typedef {{ parentElement: any, data: [Data], setTriggerValue: (name: string, value: any) => void }} Args */

/** @type {WeakMap<HTMLElement, View>} */
const VIEWS = new WeakMap()
const SHEET = new CSSStyleSheet()
SHEET.replaceSync(STYLES)

/**
 * @param {Args} args
 * @returns {() => void} to call when it is removed
 */
export default function ({ parentElement, data, setTriggerValue }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector('.root'))
  let view = VIEWS.get(root)
  if (!view) {
    const scope = /** @type {ShadowRoot} */ (root.getRootNode())
    if (!scope.adoptedStyleSheets.includes(SHEET)) scope.adoptedStyleSheets.push(SHEET)
    view = new View(root)
    VIEWS.set(root, view)
  }
  const shown = view
  shown.send = event => setTriggerValue('event', { ...event, at: Date.now() })
  shown.update(data[0])
  return () =>
    setTimeout(() => {
      if (!root.isConnected) shown.destroy()
    })
}
