// @ts-check
// Called by Streamlit on mount, with new data, and on theme changes; what is painted stays.
import { Painter } from './painter.js'
import { STYLES } from './styles.js'

/** @import { Data } from './types.d.ts' */

/** @typedef {{ parentElement: any, data: [Data], setTriggerValue: Painter['send'] }} Args */

const SHEET = new CSSStyleSheet()
SHEET.replaceSync(STYLES)

/** @type {WeakMap<HTMLElement, Painter>} */
const PAINTERS = new WeakMap()

/** @param {Args} args */
export default function ({ parentElement, data: [data], setTriggerValue }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector('.root'))
  let painter = PAINTERS.get(root)
  if (!painter) {
    const scope = /** @type {ShadowRoot} */ (root.getRootNode())
    if (!scope.adoptedStyleSheets.includes(SHEET)) scope.adoptedStyleSheets.push(SHEET)
    painter = new Painter(root)
    PAINTERS.set(root, painter)
  }
  painter.update(data, setTriggerValue)
}
