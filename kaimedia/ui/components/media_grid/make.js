// Small builders. User text only ever goes through textContent and attributes.
function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'icon') node.innerHTML = ICONS[value]
    else if (name === 'text') node.textContent = value
    else if (name.startsWith('on')) node.addEventListener(name.slice(2), value)
    else if (value === true) node.setAttribute(name, '')
    else if (value !== false && value != null) node.setAttribute(name, value)
  }
  node.append(...children.filter(Boolean))
  return node
}

// A tooltip with the shortcut key, also announced by screen readers: `withKey('Favorite', 'F')`.
const withKey = (text, shown, key = shown) => ({ title: `${text} (${shown})`, 'aria-keyshortcuts': key })
const labelled = (tag, icon, text, properties) => make(tag, properties, make('i', { icon }), make('span', { text }))
const address = path => new URL(path, document.baseURI).href
const downloadAddress = path => address(path) + (path.includes('?') ? '&' : '?') + 'download=1'
const clock = seconds => `${Math.floor(seconds / 60)}:${String(Math.round(seconds) % 60).padStart(2, '0')}`
const described = item => (item.video ? `Video, ${Math.round(item.seconds)} seconds: ` : '') + item.prompt
const counted = number => number.toLocaleString() + (number === 1 ? ' item' : ' items')
const prefersReducedMotion = () => matchMedia('(prefers-reduced-motion: reduce)').matches
const canHover = () => matchMedia('(hover: hover)').matches

function ago(unixSeconds) {
  const seconds = Date.now() / 1000 - unixSeconds
  if (seconds < 60) return 'just now'
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`
  if (seconds < 2592000) return `${Math.floor(seconds / 86400)} d ago`
  return new Date(unixSeconds * 1000).toLocaleDateString(undefined, { day: 'numeric', month: 'short', year: 'numeric' })
}

// Time until an item in the trash is permanently deleted.
function daysLeft(unixSeconds) {
  const days = Math.ceil((unixSeconds - Date.now() / 1000) / 86400)
  return days > 1 ? `${days} days left` : days === 1 ? '1 day left' : 'last day'
}

// The months of these items, in the id index's format: ["2026-11", index of its first item], in UTC.
function monthsOf(items) {
  const names = items.map(item => new Date(item.at * 1000).toISOString().slice(0, 7))
  return names.flatMap((name, at) => (name === names[at - 1] ? [] : [[name, at]]))
}

function monthName(month, style = 'long') {
  const [year, number] = month.split('-').map(Number)
  return new Date(year, number - 1, 15).toLocaleDateString(undefined, { month: style, year: 'numeric' })
}
