// Justified rows: where each item stands. Pure: numbers in, numbers out.
const clampedRatio = item => Math.max(0.56, Math.min(2.1, item.w / item.h))
const gapFor = width => (width < 560 ? 6 : 10)
const rowHeightFor = width => (width < 480 ? 176 : width < 800 ? 210 : width < 1200 ? 236 : 262)

function placeRow(items, from, to, height, top, gap, cells) {
  let left = 0
  for (let index = from; index < to; index++) {
    const width = clampedRatio(items[index]) * height
    cells.push({ left, top, width, height })
    left += width + gap
  }
}

function ratioSum(items, from, to) {
  let sum = 0
  for (let index = from; index < to; index++) sum += clampedRatio(items[index])
  return sum
}

// Full-width rows near the wanted height; the last one keeps the height and stands left.
function justify(items, width) {
  const gap = gapFor(width)
  const wanted = Math.min(rowHeightFor(width), width * 0.9)
  const cells = []
  let top = 0
  let from = 0
  while (from < items.length) {
    let to = from
    let sum = 0
    let height = Infinity
    while (to < items.length && height > wanted) {
      sum += clampedRatio(items[to++])
      height = (width - gap * (to - from - 1)) / sum
    }
    if (height > wanted) {
      height = Math.min(wanted, height) // an unfinished last row
    } else if (to - from > 1) {
      const shorterSum = sum - clampedRatio(items[to - 1])
      const taller = (width - gap * (to - from - 2)) / shorterSum
      if (taller - wanted < wanted - height && taller < wanted * 1.35) {
        to -= 1
        height = taller
      }
    }
    placeRow(items, from, to, height, top, gap, cells)
    top += height + gap
    from = to
  }
  return { cells, height: Math.max(0, top - gap) }
}

// The results of one task: one row, or two where one would be too low; never higher than `most`.
function fit(items, width, most) {
  const gap = gapFor(width)
  const count = items.length
  const low = width < 560 ? 150 : 190
  const inOneRow = (width - gap * (count - 1)) / ratioSum(items, 0, count)
  const perRow = inOneRow >= low || count < 3 ? count : Math.ceil(count / 2)
  const cells = []
  let top = 0
  for (let from = 0; from < count; from += perRow) {
    const to = Math.min(count, from + perRow)
    const height = Math.min(most, (width - gap * (to - from - 1)) / ratioSum(items, from, to))
    placeRow(items, from, to, height, top, gap, cells)
    top += height + gap
  }
  return { cells, height: Math.max(0, top - gap) }
}

// The item above (-1) or below (+1) one, by the middle of its cell; the same one at the edge.
function neighbourRow(cells, index, direction) {
  const here = cells[index]
  const middle = here.left + here.width / 2
  const tops = [...new Set(cells.map(cell => cell.top))]
  const top = tops[tops.indexOf(here.top) + direction]
  if (top === undefined) return index
  let best = index
  let distance = Infinity
  cells.forEach((cell, at) => {
    const away = Math.abs(cell.left + cell.width / 2 - middle)
    if (cell.top === top && away < distance) { best = at; distance = away }
  })
  return best
}
