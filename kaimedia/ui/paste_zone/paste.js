// Takes a pasted or dropped image anywhere on the page while this zone is mounted.
const ZONES = new WeakMap()

const asBase64 = file => new Promise((resolve, reject) => {
  const reader = new FileReader()
  reader.onload = () => resolve(String(reader.result).split(',', 2)[1])
  reader.onerror = () => reject(reader.error)
  reader.readAsDataURL(file)
})

async function take(zone, files) {
  const images = [...files].filter(file => file.type.startsWith('image/'))
  if (!images.length) return false
  const file = images.find(each => zone.types.includes(each.type))
  const names = zone.types.map(type => type.split('/')[1].toUpperCase()).join(', ')
  if (!file) {
    zone.note.textContent = `Use one of ${names}.`
  } else if (file.size > zone.max_bytes) {
    zone.note.textContent = `That image has ${(file.size / 1e6).toFixed(1)} MB; up to ${Math.floor(zone.max_bytes / 1e6)} MB are taken.`
  } else {
    zone.note.textContent = ''
    zone.send('image', { data: await asBase64(file), at: Date.now() })
  }
  return true
}

export default function ({ parentElement, data, setTriggerValue }) {
  let zone = ZONES.get(parentElement)
  if (!zone) {
    zone = { button: parentElement.querySelector('.zone'), note: parentElement.querySelector('.note') }
    zone.onPaste = event => {
      const files = event.clipboardData?.files ?? []
      if ([...files].some(file => file.type.startsWith('image/'))) {
        event.preventDefault()
        take(zone, files)
      }
    }
    document.addEventListener('paste', zone.onPaste)
    zone.button.addEventListener('dragover', event => { event.preventDefault(); zone.button.classList.add('over') })
    zone.button.addEventListener('dragleave', () => zone.button.classList.remove('over'))
    zone.button.addEventListener('drop', event => {
      event.preventDefault()
      zone.button.classList.remove('over')
      take(zone, event.dataTransfer.files)
    })
    ZONES.set(parentElement, zone)
  }
  Object.assign(zone, data[0], { send: setTriggerValue })
  return () => setTimeout(() => {
    const host = parentElement.host ?? parentElement
    if (host.isConnected || !ZONES.has(parentElement)) return
    document.removeEventListener('paste', zone.onPaste)
    ZONES.delete(parentElement)
  })
}
