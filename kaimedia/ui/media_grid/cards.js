// One card: picture, badge, details on hover and focus, favourite and download.
const WIDE_CARD_PX = 340

function makeCard(item, isAlwaysOpen) {
  const picture = make('img', { alt: described(item), decoding: 'async', loading: 'lazy' })
  const card = make('div', { class: 'card', role: 'listitem', 'data-id': item.id },
    make('button', { class: 'open', type: 'button', tabindex: -1 }, picture),
    item.video && make('span', { class: 'badge' }, make('i', { icon: 'play' }), make('span', { text: clock(item.seconds) })),
    item.video && make('span', { class: 'line' }),
    make('span', { class: 'heart', icon: 'heartFull' }),
    make('div', { class: 'over', 'aria-hidden': 'true' },
      make('p', { text: item.prompt }),
      make('small', { text: `${item.model}${item.sandbox ? ' (sandbox)' : ''} · ${ago(item.at)}` })),
    make('div', { class: 'acts' },
      make('button', { class: 'act', type: 'button', 'data-act': 'favorite', 'aria-label': 'Favourite', tabindex: -1 }),
      item.file && make('a', {
        class: 'act', 'data-act': 'download', 'aria-label': 'Download', tabindex: -1, icon: 'download',
        href: downloadAddress(item.file), download: item.name,
      })))
  card.classList.toggle('always', isAlwaysOpen)
  card.style.setProperty('--from', '#' + item.colors.slice(0, 6))
  card.style.setProperty('--to', '#' + item.colors.slice(6, 12))
  paintFavorite(card, item)
  return card
}

function paintFavorite(card, item) {
  const button = card.querySelector('[data-act=favorite]')
  card.classList.toggle('fav', item.fav)
  button.setAttribute('aria-pressed', String(item.fav))
  button.innerHTML = item.fav ? ICONS.heartFull : ICONS.heart
}

function placeCard(card, cell, index, total, item) {
  Object.assign(card.style, {
    left: `${cell.left.toFixed(1)}px`, top: `${cell.top.toFixed(1)}px`,
    width: `${cell.width.toFixed(1)}px`, height: `${cell.height.toFixed(1)}px`,
  })
  card.setAttribute('aria-posinset', index + 1)
  card.setAttribute('aria-setsize', total)
  loadPicture(card, cell, item)
}

function loadPicture(card, cell, item) {
  const picture = card.querySelector('img')
  const wantsLarge = Math.max(cell.width, cell.height) * Math.min(devicePixelRatio, 2) > WIDE_CARD_PX * 2
  const path = wantsLarge ? item.large || item.thumb : item.thumb || item.large
  if (!path) return card.classList.add('lost')
  const url = address(path)
  if (picture.src === url) return
  picture.onload = () => picture.classList.add('in')
  picture.onerror = () => card.classList.add('lost')
  picture.src = url
}

function setReachable(card, isReachable) {
  card?.querySelectorAll('button, a').forEach(control => { control.tabIndex = isReachable ? 0 : -1 })
}
