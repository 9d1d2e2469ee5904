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

const isOurs = (meter, event) => event.target.matches?.(meter.target + ' textarea')

function keep(meter, text) {
  if (text === meter.kept) return
  meter.kept = text
  // After the text area's own blur handler has handed its value over.
  queueMicrotask(() => meter.send('left', Date.now()))
}

export default function ({ parentElement, data, setTriggerValue }) {
  let meter = METERS.get(parentElement)
  if (!meter) {
    meter = {
      shown: parentElement.querySelector('.k-meter'),
      live: parentElement.querySelector('.vh'),
      onInput: event => isOurs(meter, event) && paint(meter),
      onLeave: event => isOurs(meter, event) && keep(meter, event.target.value),
    }
    document.addEventListener('input', meter.onInput)
    document.addEventListener('focusout', meter.onLeave)
    meter.timer = setInterval(() => paint(meter), POLL_MS)
    METERS.set(parentElement, meter)
  }
  Object.assign(meter, data[0], { send: setTriggerValue })
  paint(meter)
  return () => setTimeout(() => {
    if (parentElement.isConnected || !METERS.has(parentElement)) return
    document.removeEventListener('input', meter.onInput)
    document.removeEventListener('focusout', meter.onLeave)
    clearInterval(meter.timer)
    METERS.delete(parentElement)
  })
}
