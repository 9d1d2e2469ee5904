// @ts-check
// Shows the routes of openapi.json. If a token is required, asks for it, stores it for this tab, and sends it.
const form = found('token')
const field = /** @type {HTMLInputElement} */ (found('given'))
const message = found('words')
const routes = found('routes')
const STORAGE_KEY = 'kaimedia-api-token'

/** @param {string} id of an element of index.html */
function found(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id))
}

/**
 * @template {{ url: string, headers: Record<string, string> }} R
 * @param {R} request
 */
function addToken(request) {
  const token = sessionStorage.getItem(STORAGE_KEY)
  // Only for this origin: never send the token to another host.
  if (token && new URL(request.url, location.href).origin === location.origin) {
    request.headers = { ...request.headers, Authorization: `Bearer ${token}` }
  }
  return request
}

async function load() {
  const response = await fetch('openapi.json', addToken({ url: 'openapi.json', headers: {} }))
  if (response.ok) {
    form.hidden = true
    const spec = await response.json()
    // The part before /api as the browser sees it, including a prefix of a proxy.
    spec.servers = [{ url: new URL('..', location.href).href.replace(/\/$/, '') }]
    window.SwaggerUIBundle({
      spec,
      dom_id: '#routes',
      deepLinking: true,
      validatorUrl: null,
      tryItOutEnabled: true,
      requestInterceptor: addToken,
    })
    return
  }
  const problem = await response.json().catch(() => ({}))
  form.hidden = response.status !== 401
  message.textContent = sessionStorage.getItem(STORAGE_KEY) || form.hidden ? problem.detail || 'The API is down.' : ''
  if (form.hidden) routes.textContent = message.textContent
  else field.focus()
}

// Swagger UI uses this class for its dark theme.
const dark = matchMedia('(prefers-color-scheme: dark)')
const updateTheme = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
dark.addEventListener('change', updateTheme)
updateTheme()

form.addEventListener('submit', event => {
  event.preventDefault()
  sessionStorage.setItem(STORAGE_KEY, field.value.trim())
  load()
})
load()
