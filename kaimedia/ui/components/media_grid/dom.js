// @ts-check
// Small builders. User text only ever goes through textContent and attributes.
import { ICONS } from './icons.js'

/**
 * `text`, `icon` (a name in icons.js), `on…` listeners, and attributes; true is an empty attribute, null and false are none.
 * @typedef {Record<string, any>} Properties
 * @typedef {Node | string | number | false | null | undefined} Child falsy ones are left out
 */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Properties} properties
 * @param {Child[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'icon') node.innerHTML = ICONS[value]
    else if (name === 'text') node.textContent = value
    else if (name.startsWith('on')) node.addEventListener(name.slice(2), value)
    else if (value === true) node.setAttribute(name, '')
    else if (value !== false && value != null) node.setAttribute(name, value)
  }
  node.append(...present(children))
  return node
}

/**
 * The children that are not left out.
 * @param {Child[]} children
 */
export const present = children => /** @type {(Node | string)[]} */ (children.filter(Boolean))

/**
 * The element of a component's HTML that matches; it must exist.
 * @param {ParentNode} root
 * @param {string} selector
 */
export const found = (root, selector) => /** @type {HTMLElement} */ (root.querySelector(selector))

/**
 * The event's target or its nearest ancestor that matches.
 * @param {Event} event
 * @param {string} selector
 * @returns {HTMLElement | null}
 */
export const targetIn = ({ target }, selector) => (target instanceof Element ? target.closest(selector) : null)

/**
 * The focused element of the document or shadow root that `node` is in.
 * @param {Node} node
 */
export function focusedBeside(node) {
  const root = /** @type {Document | ShadowRoot} */ (node.getRootNode())
  return /** @type {HTMLElement | null} */ (root.activeElement)
}

/**
 * A tooltip with the shortcut key, also announced by screen readers: `withKey('Favorite', 'F')`.
 * @param {string} text
 * @param {string} shown
 */
export const withKey = (text, shown, key = shown) => ({ title: `${text} (${shown})`, 'aria-keyshortcuts': key })

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} icon
 * @param {string} text
 * @param {Properties} properties
 */
export const labelled = (tag, icon, text, properties) =>
  element(tag, properties, element('i', { icon }), element('span', { text }))

/** @param {string} path relative to the page's base URL */
export const address = path => new URL(path, document.baseURI).href

/**
 * Whether the server says that there is no such file; false if it does not answer.
 * @param {string} path relative to the page's base URL
 */
export async function isGone(path) {
  if (!path) return false
  try {
    return (await fetch(address(path), { method: 'HEAD' })).status === 404
  } catch {
    return false
  }
}

/** @param {string} path relative to the page's base URL */
export const downloadAddress = path => `${address(path) + (path.includes('?') ? '&' : '?')}download=1`

export const prefersReducedMotion = () => matchMedia('(prefers-reduced-motion: reduce)').matches

/**
 * The clipboard API needs https or localhost; elsewhere fall back to execCommand.
 * @param {string} text
 * @param {HTMLElement} dialog an open one, in which the text can be selected
 * @returns {Promise<boolean>} whether it was copied
 */
export async function copyText(text, dialog) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const focused = focusedBeside(dialog)
    const field = element('textarea', { class: 'live', 'aria-hidden': 'true', tabindex: -1 })
    field.value = text
    dialog.append(field)
    field.select()
    const isCopied = document.execCommand('copy')
    field.remove()
    focused?.focus()
    return isCopied
  }
}
