// @ts-check
// What was painted, for undo and redo. Pure.

/** @import { Step } from './types.d.ts' */

export class History {
  constructor() {
    /** @type {Step[]} */
    this.steps = []
    /** How many of them are done, the others are undone. */
    this.count = 0
  }

  /** The steps that lead to what is shown: those since the mask was last cleared. */
  get done() {
    const done = this.steps.slice(0, this.count)
    return done.slice(done.findLastIndex(step => step.kind === 'clear') + 1)
  }

  /** Whether `done` begins with an empty mask, not with the one that was there at first. */
  get isFromEmpty() {
    return this.steps.slice(0, this.count).some(step => step.kind === 'clear')
  }

  get canUndo() {
    return this.count > 0
  }

  get canRedo() {
    return this.count < this.steps.length
  }

  /** @param {Step} step */
  add(step) {
    this.steps = [...this.steps.slice(0, this.count), step]
    this.count++
  }

  undo() {
    if (this.canUndo) this.count--
  }

  redo() {
    if (this.canRedo) this.count++
  }
}
