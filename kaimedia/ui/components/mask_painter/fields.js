// @ts-check
// The painter's controls: tools, the brush's size, and a rectangle by numbers.
import { element } from '../media_grid/dom.js'

/** @import { Size, Tool } from './types.d.ts' */

/** @type {[Tool, string][]} */
const TOOLS = [
  ['brush', 'Brush'],
  ['eraser', 'Eraser'],
  ['rectangle', 'Rectangle'],
]
const SIDES = /** @type {const} */ (['left', 'top', 'width', 'height'])

/**
 * Buttons of which one is pressed.
 * @param {(tool: Tool) => void} onChoose
 */
export function toolButtons(onChoose) {
  const buttons = TOOLS.map(([tool, label]) =>
    element('button', { type: 'button', 'data-tool': tool, text: label, onclick: () => onChoose(tool) }),
  )
  return element('div', { class: 'tools', role: 'group', 'aria-label': 'Tool' }, ...buttons)
}

/**
 * @param {HTMLElement} node of `toolButtons`
 * @param {Tool} tool
 */
export function pressTool(node, tool) {
  for (const button of node.querySelectorAll('button'))
    button.setAttribute('aria-pressed', String(button.dataset.tool === tool))
}

/**
 * A slider; its values are permille of the image's longer side.
 * @param {(value: number) => void} onChange
 */
export function sizeSlider(onChange) {
  const input = element('input', { type: 'range', min: 5, max: 400, step: 5, value: 60 })
  input.addEventListener('input', () => onChange(input.valueAsNumber))
  return { input, node: element('label', { class: 'size' }, element('span', { text: 'Brush size' }), input) }
}

/** Four number fields and two buttons: the same as painting, without a pointer. */
export class RectangleFields {
  /** @param {(isErasing: boolean) => void} onUse */
  constructor(onUse) {
    this.inputs = SIDES.map(side => element('input', { type: 'number', min: 0, step: 1, 'data-side': side }))
    const labels = SIDES.map((side, at) =>
      element('label', {}, element('span', { text: `${side[0].toUpperCase()}${side.slice(1)}` }), this.inputs[at]),
    )
    this.unit = element('span', { class: 'unit' })
    this.node = element(
      'details',
      { class: 'numbers' },
      element('summary', { text: 'Rectangle by numbers' }),
      this.unit,
      element('div', { class: 'sides' }, ...labels),
      element('div', { class: 'uses' }, useButton('Paint rectangle', false), useButton('Erase rectangle', true)),
    )

    /**
     * @param {string} text
     * @param {boolean} isErasing
     */
    function useButton(text, isErasing) {
      return element('button', { type: 'button', text, onclick: () => onUse(isErasing) })
    }
  }

  /** @param {Size} size */
  begin({ width, height }) {
    this.unit.textContent = `In pixels; the image has ${width} × ${height}.`
    const values = [width, height, width, height]
    for (const [at, input] of this.inputs.entries()) {
      input.max = String(values[at])
      input.value = String(Math.round(at < 2 ? values[at] / 4 : values[at] / 2))
    }
  }

  get values() {
    const [left, top, width, height] = this.inputs.map(input => input.valueAsNumber)
    return { left, top, width, height }
  }
}
