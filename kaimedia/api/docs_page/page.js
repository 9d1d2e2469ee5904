// Draws the routes of openapi.json. Where a token is needed, it is asked for, kept for this tab, and sent along.
const form = document.getElementById('token'), given = document.getElementById('given')
const words = document.getElementById('words')
const KEPT = 'kaimedia-api-token'

function carryToken(request) {
  const token = sessionStorage.getItem(KEPT)
  // Only to this very host: the token must not leave with a request to another one.
  if (token && new URL(request.url, location.href).origin === location.origin) {
    request.headers = { ...request.headers, Authorization: `Bearer ${token}` }
  }
  return request
}

async function load() {
  const answer = await fetch('openapi.json', carryToken({ url: 'openapi.json', headers: {} }))
  if (answer.ok) {
    form.hidden = true
    const spec = await answer.json()
    // Whatever stands before /api, a proxy's prefix included: seen from this page, as the browser knows it.
    spec.servers = [{ url: new URL('..', location.href).href.replace(/\/$/, '') }]
    SwaggerUIBundle({
      spec, dom_id: '#routes', deepLinking: true, validatorUrl: null,
      tryItOutEnabled: true, requestInterceptor: carryToken,
    })
    return
  }
  const problem = await answer.json().catch(() => ({}))
  form.hidden = answer.status !== 401
  words.textContent = sessionStorage.getItem(KEPT) || form.hidden ? problem.detail || 'The API does not answer.' : ''
  if (form.hidden) document.getElementById('routes').textContent = words.textContent
  else given.focus()
}

// Swagger UI draws itself dark below this class of its own.
const dark = matchMedia('(prefers-color-scheme: dark)')
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
dark.addEventListener('change', follow)
follow()

form.addEventListener('submit', event => {
  event.preventDefault()
  sessionStorage.setItem(KEPT, given.value.trim())
  load()
})
load()
