// @ts-check
// Requests to the gallery API, and their errors.
import { element } from './dom.js'

export class RequestError extends Error {
  /**
   * @param {number} status of the response; 0 without one
   * @param {{ title?: string, next_step?: string }} response
   */
  constructor(status, response = {}) {
    super(response.title || 'Couldn’t load your media')
    this.status = status
    this.title = response.title || 'Couldn’t load your media'
    this.nextStep = response.next_step || 'Check your connection and try again.'
  }
}

/**
 * @param {string} path
 * @param {(string | false)[]} params
 * @param {AbortSignal} [signal]
 */
export async function requestJson(path, params, signal) {
  const url = new URL(`app/gallery/${path}`, document.baseURI)
  url.search = params.filter(Boolean).join('&')
  let answer
  try {
    answer = await fetch(url, { signal, credentials: 'same-origin' })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new RequestError(0)
  }
  const isJson = (answer.headers.get('content-type') || '').includes('json')
  if (answer.ok && isJson) return answer.json()
  throw new RequestError(answer.ok ? 404 : answer.status, isJson ? await answer.json().catch(() => ({})) : {})
}

/**
 * A form post, so that the browser streams the response to disk. Only an error loads as a page, in the hidden frame.
 * @param {(string | false)[]} params
 * @param {number[]} ids
 * @param {() => void} onRejection
 */
export function downloadArchive(params, ids, onRejection) {
  const url = new URL('app/gallery/archive', document.baseURI)
  url.search = params.filter(Boolean).join('&')
  const frame = element('iframe', { name: `kai-archive-${Date.now()}`, hidden: true, title: 'Download' })
  const form = element(
    'form',
    { method: 'post', action: url.href, target: frame.name, hidden: true },
    element('input', { type: 'hidden', name: 'ids', value: ids.join(',') }),
  )
  document.body.append(frame, form)
  frame.addEventListener('load', () => {
    if (frame.contentDocument?.URL !== 'about:blank') onRejection()
  })
  form.submit()
  form.remove()
  setTimeout(() => frame.remove(), 600_000)
}
