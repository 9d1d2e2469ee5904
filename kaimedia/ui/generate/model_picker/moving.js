// @ts-check
// Where an arrow key leads in groups of cards that stand in rows of `columns`; each group begins a new row.

/**
 * The rows as positions in the list of all cards.
 * @param {number[]} sizes of the groups
 * @param {number} columns
 */
function rowsOf(sizes, columns) {
  /** @type {number[][]} */
  const rows = []
  let start = 0
  for (const size of sizes) {
    for (let at = 0; at < size; at += columns)
      rows.push(Array.from({ length: Math.min(columns, size - at) }, (_, column) => start + at + column))
    start += size
  }
  return rows
}

/**
 * The position after a key; the same one at an edge, or for another key. -1 is none.
 * @param {number[]} sizes
 * @param {number} columns
 * @param {number} at
 * @param {string} key
 */
export function move(sizes, columns, at, key) {
  const total = sizes.reduce((sum, size) => sum + size, 0)
  if (!total) return -1
  if (at < 0) return key === 'ArrowDown' || key === 'Home' ? 0 : key === 'ArrowUp' || key === 'End' ? total - 1 : -1
  if (key === 'Home') return 0
  if (key === 'End') return total - 1
  if (key === 'ArrowLeft') return Math.max(0, at - 1)
  if (key === 'ArrowRight') return Math.min(total - 1, at + 1)
  if (key !== 'ArrowUp' && key !== 'ArrowDown') return at
  const rows = rowsOf(sizes, columns)
  const row = rows.findIndex(each => each.includes(at))
  const next = rows[row + (key === 'ArrowDown' ? 1 : -1)]
  return next ? next[Math.min(rows[row].indexOf(at), next.length - 1)] : at
}
