// @ts-check
// Keyboard: arrows move by position, including over items not loaded yet.
import { targetIn } from './dom.js'

/** @import { Card } from './cards.js' */
/** @import { Grid } from './grid.js' */

/** The index to go to from another. @type {Record<string, (grid: Grid, at: number) => number>} */
const MOVES = {
  ArrowRight: (_grid, at) => at + 1,
  ArrowLeft: (_grid, at) => at - 1,
  ArrowDown: (grid, at) => grid.plan.neighbor(at, 1),
  ArrowUp: (grid, at) => grid.plan.neighbor(at, -1),
  PageDown: (grid, at) => grid.plan.neighbor(at, rowsOfPage(grid, at)),
  PageUp: (grid, at) => grid.plan.neighbor(at, -rowsOfPage(grid, at)),
  Home: () => 0,
  End: grid => grid.ids.length - 1,
}

/**
 * @param {Grid} grid
 * @param {number} at
 */
function rowsOfPage(grid, at) {
  const { height, covered } = grid.viewport.read()
  return Math.max(1, Math.floor((height - covered) / (grid.plan.heightOf(at) + 10)))
}

/** False leaves the key to others. @type {Record<string, (grid: Grid, card: Card, event: KeyboardEvent) => unknown>} */
const CARD_KEYS = {
  x: (grid, card, event) => grid.selectable && grid.selection.pick(card.id, event.shiftKey),
  ' ': (grid, card, event) => event.target === card.open && CARD_KEYS.x(grid, card, event),
  f: (grid, card) =>
    grid.place !== 'trash' && grid.actions.setFavorite(grid.actions.chosenOr(card.id), !grid.itemNow(card.id)?.fav),
  Delete: (grid, card) => grid.actions.remove(grid.actions.chosenOr(card.id)),
}
CARD_KEYS.Backspace = CARD_KEYS.Delete

/**
 * @param {Grid} grid
 * @param {KeyboardEvent} event
 */
export function onGridKey(grid, event) {
  if (event.defaultPrevented || event.altKey || targetIn(event, 'dialog')) return
  const isWithCommand = event.ctrlKey || event.metaKey
  if (isWithCommand && event.key.toLowerCase() === 'a' && grid.selectable) grid.selection.all()
  else if (event.key === 'Escape' && grid.selection.isOn) grid.selection.clear()
  else if (!isWithCommand || event.key === ' ') {
    if (!onCardKey(grid, event)) return
  } else return
  event.preventDefault()
  event.stopPropagation()
}

/**
 * @param {Grid} grid
 * @param {KeyboardEvent} event
 */
function onCardKey(grid, event) {
  const card = grid.cardAt(event)
  if (!card || !grid.plan) return false
  const move = MOVES[event.key]
  if (move) {
    grid.focusIndex(move(grid, card.index))
    if (event.shiftKey && grid.selectable) grid.selection.reach(card.id)
    return true
  }
  const action = CARD_KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key]
  return Boolean(action) && action(grid, card, event) !== false
}
