// Links to what the item was made from and to the items made from it.
function viewerLineage(more, goTo) {
  const { inputs = [], used_in: usedIn = [] } = more ?? {}
  // One alone is said in words; several are told apart by what each was for.
  const text = (each, alone) => inputs.length === 1 ? alone : each.label
  return [
    ...inputs.map(each => each.id ? viewerLink(each, text(each, 'Made from this image'), goTo) : make('p', { class: 'reference still' },
      viewerThumb(each), make('span', { text: each.is_deleted ? text(each, 'Made from an image that was deleted') + (inputs.length > 1 ? ' · deleted' : '') : text(each, 'Made from an image you added') }))),
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
