// Shows the text area's text with the style around it; polls, because text set by the server fires no input event.
const SHOWN = new WeakMap()
const POLL_MS = 250

function paint(shown) {
  const area = document.querySelector(shown.target + ' textarea')
  if (!area) return
  const parts = around(area.value, shown) ?? { before: shown.before, own: '…', after: shown.after }
  const texts = [parts.before, parts.own, parts.after]
  shown.places.forEach((place, index) => {
    if (place.textContent !== texts[index]) place.textContent = texts[index]
  })
}

export default function ({ parentElement, data }) {
  let shown = SHOWN.get(parentElement)
  if (!shown) {
    const [first, own, last] = parentElement.querySelector('.k-sent p').children
    shown = { places: [first, own, last] }
    shown.timer = setInterval(() => paint(shown), POLL_MS)
    SHOWN.set(parentElement, shown)
  }
  Object.assign(shown, data[0])
  paint(shown)
  return () => setTimeout(() => {
    if (parentElement.isConnected || !SHOWN.has(parentElement)) return
    clearInterval(shown.timer)
    SHOWN.delete(parentElement)
  })
}
