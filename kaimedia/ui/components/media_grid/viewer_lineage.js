// Links to the item's reference and to the items made from it.
function viewerLineage(more, goTo) {
  const { reference, used_in: usedIn = [] } = more ?? {}
  return [
    reference && (reference.id ? viewerLink(reference, 'Made from this image', goTo) : make('p', { class: 'reference still' },
      viewerThumb(reference), make('span', { text: reference.is_deleted ? 'Made from an image that was deleted' : 'Made from an image you added' }))),
    usedIn.length && make('div', { class: 'used' }, make('h2', { text: 'Used in' }),
      make('div', { class: 'used-row' }, ...usedIn.map(each => make('button', {
        type: 'button', class: 'used-item', 'data-do': `to-${each.id}`, 'aria-label': `Used in: ${each.prompt}`, title: each.prompt, onclick: () => goTo(each.id),
      }, viewerThumb(each))))),
  ]
}

const viewerThumb = each => each.thumb && make('img', { alt: '', src: each.thumb.startsWith('data:') ? each.thumb : address(each.thumb) })

const viewerLink = (each, text, goTo) => make('button', {
  class: 'reference', type: 'button', 'data-do': 'to-reference', onclick: () => goTo(each.id),
}, viewerThumb(each), make('span', { text }), make('i', { icon: 'right' }))
