// Questions to the feed's routes, and what went wrong with them.
class FeedError extends Error {
  constructor(status, told = {}) {
    super(told.title || 'Couldn’t load your media')
    this.status = status
    this.title = told.title || 'Couldn’t load your media'
    this.nextStep = told.next_step || 'Check your connection and try again.'
  }
}

async function askFeed(path, words, signal) {
  const url = new URL('app/gallery/' + path, document.baseURI)
  url.search = words.filter(Boolean).join('&')
  let answer
  try {
    answer = await fetch(url, { signal, credentials: 'same-origin' })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new FeedError(0)
  }
  const isJson = (answer.headers.get('content-type') || '').includes('json')
  if (answer.ok && isJson) return answer.json()
  throw new FeedError(answer.ok ? 404 : answer.status, isJson ? await answer.json().catch(() => ({})) : {})
}

// A form of its own, so that the browser streams the answer to disk. Only an error becomes a page, in the hidden frame.
function postArchive(words, ids, onRefusal) {
  const url = new URL('app/gallery/archive', document.baseURI)
  url.search = words.filter(Boolean).join('&')
  const frame = make('iframe', { name: `kai-archive-${Date.now()}`, hidden: true, title: 'Download' })
  const form = make('form', { method: 'post', action: url.href, target: frame.name, hidden: true },
    make('input', { type: 'hidden', name: 'ids', value: ids.join(',') }))
  document.body.append(frame, form)
  frame.addEventListener('load', () => { if (frame.contentDocument?.URL !== 'about:blank') onRefusal() })
  form.submit()
  form.remove()
  setTimeout(() => frame.remove(), 600_000)
}
