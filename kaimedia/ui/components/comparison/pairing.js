// @ts-check
// Which two results are side by side, and what is said about the slider between them.

/** @import { Data, Entry, Pair } from './types.d.ts' */

/**
 * "Model A" while the name is hidden.
 * @param {Entry} entry
 */
export const nameOf = entry => entry.model || `Model ${entry.letter}`

/** @param {Data} data */
export const shownIn = data => data.entries.filter(({ state, items }) => state === 'done' && items.length)

/**
 * The pair with what is no longer there replaced: the winner is on the left, else the first two.
 * @param {Data} data
 * @param {Pair} before
 * @returns {Pair}
 */
export function pairOf(data, before) {
  const tasks = shownIn(data).map(({ task }) => task)
  const first = tasks.includes(data.winner) ? data.winner : (tasks[0] ?? '')
  const left = tasks.includes(before[0])
    ? before[0]
    : before[1] === first
      ? (tasks.find(each => each !== first) ?? first)
      : first
  const others = tasks.filter(each => each !== left)
  return [left, others.includes(before[1]) ? before[1] : (others[0] ?? '')]
}

/**
 * The pair after one side was chosen; choosing what is on the other side swaps them.
 * @param {Pair} pair
 * @param {0 | 1} side
 * @param {string} task
 * @returns {Pair}
 */
export function chosen(pair, side, task) {
  const other = pair[1 - side] === task ? pair[side] : pair[1 - side]
  return side === 0 ? [task, other] : [other, task]
}

/**
 * What a screen reader says about the slider.
 * @param {number} percent of the left result
 * @param {string} left
 * @param {string} right
 */
export function spoken(percent, left, right) {
  if (percent <= 0) return `Only ${right}`
  return percent >= 100 ? `Only ${left}` : `${percent} % ${left}, ${100 - percent} % ${right}`
}

/**
 * What is said when results have come in: "Model A is done. 2 of 3 done."
 * @param {Entry[]} before
 * @param {Entry[]} now
 */
export function news(before, now) {
  const known = new Map(before.map(({ task, state }) => [task, state]))
  const ended = now.filter(({ task, state }) => {
    const was = known.get(task)
    return (state === 'done' || state === 'failed') && (was === 'running' || was === 'waiting')
  })
  if (!ended.length) return ''
  const each = ended.map(entry => `${nameOf(entry)} ${entry.state === 'done' ? 'is done' : 'failed'}.`)
  const done = now.filter(({ state }) => state === 'done').length
  return `${each.join(' ')} ${done} of ${now.length} done.`
}
