// Counts the characters of a text area that lives elsewhere on the page.
const METERS = new WeakMap()
const POLL_MS = 250 // texts set by the server raise no input event

function paint(meter) {
  const area = document.querySelector(meter.target + ' textarea')
  if (!area) return
  const count = [...area.value].length
  const limit = meter.limit
  const level = count > limit ? 'full' : count > limit * 0.9 ? 'near' : ''
  const text = `${count.toLocaleString('en')} / ${limit.toLocaleString('en')}`
  if (meter.shown.textContent !== text) meter.shown.textContent = text
  meter.shown.dataset.level = level
  const left = limit - count
  const said = level === 'full' ? `${-left} characters too many` : level === 'near' ? `${left} characters left` : ''
  if (meter.live.textContent !== said) meter.live.textContent = said
}

export default function ({ parentElement, data }) {
  let meter = METERS.get(parentElement)
  if (!meter) {
    meter = {
      shown: parentElement.querySelector('.k-meter'),
      live: parentElement.querySelector('.vh'),
      onInput: event => event.target.matches?.(meter.target + ' textarea') && paint(meter),
    }
    document.addEventListener('input', meter.onInput)
    meter.timer = setInterval(() => paint(meter), POLL_MS)
    METERS.set(parentElement, meter)
  }
  Object.assign(meter, data[0])
  paint(meter)
  return () => setTimeout(() => {
    if (parentElement.isConnected || !METERS.has(parentElement)) return
    document.removeEventListener('input', meter.onInput)
    clearInterval(meter.timer)
    METERS.delete(parentElement)
  })
}
