// @ts-check
// Paints a mask over an image: by pointer, touch or pen, or by numbers.
import { element } from '../media_grid/dom.js'
import { pressTool, RectangleFields, sizeSlider, toolButtons } from './fields.js'
import { pointAt, rectangleIn, rectangleOf, shareText } from './geometry.js'
import { History } from './history.js'
import { Layer } from './layer.js'

/** @import { Data, Rectangle, Step, Tool } from './types.d.ts' */

const PERMILLE_A_KEY = 10
const HELP = 'Paint over what is to change. Keys: [ and ] change the brush size, Ctrl+Z undoes, Ctrl+Shift+Z redoes.'

export class Painter {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root
    /** @type {Data | null} */
    this.data = null
    /** @type {(name: string, value: unknown) => void} */
    this.send = () => {}
    this.history = new History()
    /** @type {Tool} */
    this.tool = 'brush'
    /** The stroke or the corner of the rectangle being made. @type {[number, number][] | null} */
    this.points = null
    this.isBusy = false
    this.image = element('img', { alt: 'The image to edit', draggable: 'false' })
    this.canvas = element('canvas', {
      tabindex: 0,
      role: 'application',
      'aria-label': 'Painting area',
      'aria-describedby': 'help',
    })
    this.layer = new Layer(this.canvas)
    this.outline = element('div', { class: 'outline', hidden: true })
    this.frame = element('div', { class: 'frame' }, this.image, this.canvas, this.outline)
    this.tools = toolButtons(tool => this.choose(tool))
    this.slider = sizeSlider(() => {})
    this.fields = new RectangleFields(isErasing => this.paintNumbers(isErasing))
    this.buttons = {
      undo: this.button('Undo', () => this.undo()),
      redo: this.button('Redo', () => this.redo()),
      clear: this.button('Clear', () => this.add({ kind: 'clear' })),
      invert: this.button('Invert', () => this.add({ kind: 'invert' })),
    }
    this.status = element('p', { class: 'status', role: 'status' })
    this.note = element('p', { class: 'note', role: 'alert' })
    this.use = element('button', { class: 'main', type: 'button', onclick: () => this.finish() })
    const { undo, redo, clear, invert } = this.buttons
    root.append(
      element('p', { class: 'help', id: 'help', text: HELP }),
      element('div', { class: 'bar' }, this.tools, this.slider.node),
      this.frame,
      element('div', { class: 'foot' }, undo, redo, clear, invert, this.status, this.use),
      this.note,
      this.fields.node,
    )
    this.listen()
    this.choose('brush')
  }

  /**
   * @param {string} text
   * @param {() => void} onclick
   */
  button(text, onclick) {
    return element('button', { type: 'button', text, onclick })
  }

  listen() {
    const { canvas } = this
    canvas.addEventListener('pointerdown', event => this.start(event))
    canvas.addEventListener('pointermove', event => this.move(event))
    canvas.addEventListener('pointerup', event => this.end(event))
    canvas.addEventListener('pointercancel', () => this.cancel())
    this.root.addEventListener('keydown', event => this.onKey(event))
  }

  /**
   * @param {Data} data
   * @param {Painter['send']} send
   */
  update(data, send) {
    const isOther = data.id !== this.data?.id
    if (isOther || data.received !== this.data?.received) this.isBusy = false
    this.data = data
    this.send = send
    this.note.textContent = data.note
    if (isOther) this.begin(data)
    this.paint()
  }

  /** @param {Data} data */
  begin(data) {
    this.history = new History()
    this.image.src = data.image
    this.frame.style.setProperty('--shape', String(data.width / data.height))
    this.layer.begin(data)
    this.fields.begin(data)
    if (!data.mask) return
    const mask = new Image()
    mask.onload = () => {
      if (data.id !== this.data?.id || this.history.canUndo) return
      this.layer.beginWith(mask, this.changed)
      this.redraw()
    }
    mask.src = data.mask
  }

  /** The gray of what is painted. */
  get changed() {
    return this.data?.changes === 'white' ? 255 : 0
  }

  get brushSize() {
    return Math.max(1, (this.slider.input.valueAsNumber / 1000) * Math.max(this.canvas.width, this.canvas.height))
  }

  /** @param {Tool} tool */
  choose(tool) {
    this.tool = tool
    pressTool(this.tools, tool)
    this.slider.input.disabled = tool === 'rectangle'
  }

  /** @param {PointerEvent} event */
  start(event) {
    if (!event.isPrimary || event.button !== 0 || this.isBusy) return
    this.canvas.setPointerCapture(event.pointerId)
    this.points = [this.at(event)]
    this.draw(this.points)
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (!this.points || !event.isPrimary) return
    const moves = event.getCoalescedEvents?.() ?? []
    const last = this.points[this.points.length - 1]
    const added = (moves.length ? moves : [event]).map(each => this.at(each))
    if (this.tool === 'rectangle') this.points = [this.points[0], added[added.length - 1]]
    else this.points.push(...added)
    this.draw([last, ...added])
  }

  /** @param {PointerEvent} event */
  end(event) {
    if (!this.points || !event.isPrimary) return
    const step = this.stepOf([...this.points])
    this.cancel()
    if (step) this.add(step)
  }

  cancel() {
    this.points = null
    this.outline.hidden = true
    this.redraw()
  }

  /** @param {PointerEvent} event */
  at(event) {
    return pointAt(event, this.canvas.getBoundingClientRect(), this.canvas)
  }

  /**
   * Shows what is being painted before it is a step.
   * @param {[number, number][]} points
   */
  draw(points) {
    if (this.tool !== 'rectangle') return this.layer.apply(this.strokeOf(points))
    const made = this.points && rectangleOf(this.points[0], this.points[this.points.length - 1], this.canvas)
    this.outline.hidden = !made
    if (made) this.showOutline(made)
  }

  /** @param {Rectangle} made */
  showOutline({ x, y, width, height }) {
    const { canvas } = this
    const inPercent = {
      left: x / canvas.width,
      top: y / canvas.height,
      width: width / canvas.width,
      height: height / canvas.height,
    }
    for (const [side, part] of Object.entries(inPercent)) this.outline.style.setProperty(side, `${part * 100}%`)
  }

  /**
   * @param {[number, number][]} points
   * @returns {Step}
   */
  strokeOf(points) {
    return { kind: 'stroke', points, size: this.brushSize, erase: this.tool === 'eraser' }
  }

  /**
   * @param {[number, number][]} points
   * @returns {Step | null}
   */
  stepOf(points) {
    if (this.tool !== 'rectangle') return this.strokeOf(points)
    const made = rectangleOf(points[0], points[points.length - 1], this.canvas)
    return made && { kind: 'rectangle', erase: false, ...made }
  }

  /** @param {boolean} isErasing */
  paintNumbers(isErasing) {
    const made = rectangleIn(this.fields.values, this.canvas)
    this.note.textContent = made ? '' : 'Enter four numbers that lie inside the image.'
    if (made) this.add({ kind: 'rectangle', erase: isErasing, ...made })
  }

  /** @param {Step} step */
  add(step) {
    this.history.add(step)
    this.redraw()
  }

  undo() {
    this.history.undo()
    this.redraw()
  }

  redo() {
    this.history.redo()
    this.redraw()
  }

  redraw() {
    this.layer.show(this.history.done, this.history.isFromEmpty)
    this.paint()
  }

  paint() {
    const { history, buttons, use } = this
    const share = this.layer.share
    this.status.textContent = shareText(share)
    buttons.undo.disabled = !history.canUndo
    buttons.redo.disabled = !history.canRedo
    buttons.clear.disabled = !share
    use.disabled = !share || this.isBusy
    use.textContent = this.isBusy ? 'Saving…' : 'Use this mask'
  }

  async finish() {
    this.isBusy = true
    this.paint()
    this.send('painted', { png: await this.layer.png(this.changed), at: Date.now() })
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const isUndo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'z'
    const isField = event.target instanceof HTMLInputElement && event.target.type === 'number'
    if (isUndo && !isField) event.shiftKey ? this.redo() : this.undo()
    else if (event.key === '[' || event.key === ']') this.resize(event.key === ']' ? PERMILLE_A_KEY : -PERMILLE_A_KEY)
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  /** @param {number} by permille of the image's longer side */
  resize(by) {
    this.slider.input.value = String(this.slider.input.valueAsNumber + by)
  }
}
