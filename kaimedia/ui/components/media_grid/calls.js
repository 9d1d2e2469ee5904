// Requests to the gallery API, and their errors.
class FeedError extends Error {
  constructor(status, response = {}) {
    super(response.title || 'Couldn’t load your media')
    this.status = status
    this.title = response.title || 'Couldn’t load your media'
    this.nextStep = response.next_step || 'Check your connection and try again.'
  }
}

async function requestFeed(path, params, signal) {
  const url = new URL('app/gallery/' + path, document.baseURI)
  url.search = params.filter(Boolean).join('&')
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

// A form post, so that the browser streams the response to disk. Only an error loads as a page, in the hidden frame.
function postArchive(params, ids, onRefusal) {
  const url = new URL('app/gallery/archive', document.baseURI)
  url.search = params.filter(Boolean).join('&')
  const frame = make('iframe', { name: `kai-archive-${Date.now()}`, hidden: true, title: 'Download' })
  const form = make('form', { method: 'post', action: url.href, target: frame.name, hidden: true },
    make('input', { type: 'hidden', name: 'ids', value: ids.join(',') }))
  document.body.append(frame, form)
  frame.addEventListener('load', () => { if (frame.contentDocument?.URL !== 'about:blank') onRefusal() })
  form.submit()
  form.remove()
  setTimeout(() => frame.remove(), 600_000)
}
