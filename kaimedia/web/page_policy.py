"""The Content-Security-Policy of Streamlit's index page: what the browser may load and run on our pages.

As strict as Streamlit allows. It needs `unsafe-inline` for styles (its style library writes them at run time), `blob:`
for scripts (components are imported from there), and WebAssembly. Not allowed: `unsafe-eval`, inline scripts other than
those of the index page and `SCRIPT`, and anything from another host, unless a setting has media come from there.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import importlib.util
import re
from pathlib import Path

# The base URL of the app. Without it, Streamlit first treats the page name as a folder ("/gallery/_stcore/health") and
# leaves two failed requests in the console.
_BASE_URL = 'window.__streamlit={BACKEND_BASE_URL:new URL(".",location.href).href,...window.__streamlit}'
# Shows the page that `kaimedia/ui/first_paint.py` hides, as soon as the menu, drawn last, is there and all parts have
# their code; until then Streamlit draws slivers. The gallery's first items are removed by its grid. In CSS this would
# be `body:has(...)`, evaluated again at each change of the page for as long as that is open: more work than for all
# other styles together.
_SHOW_PAGE = """
{
  const observer = new MutationObserver(() => {
    if (!document.querySelector('.st-key-tabbar a, .st-key-sign_in, .k-problem')) return
    if (document.querySelector('.stMainBlockContainer [data-testid=stSkeleton]')) return
    if (document.querySelector('.kai-first-items') && document.querySelector('.st-key-gallery_bar')) return
    observer.disconnect()
    for (const each of document.querySelectorAll('.kai-first-paint')) each.remove()
  })
  observer.observe(document.documentElement, { subtree: true, childList: true })
}"""
# Streamlit's font of all icons would be loaded besides ours of the same name, which this script's page has.
_ONE_ICON_FONT = """
for (const sheet of document.styleSheets) {
  try {
    for (let at = sheet.cssRules.length - 1; at >= 0; at--)
      if (sheet.cssRules[at].cssText.includes('MaterialSymbols-Rounded')) sheet.deleteRule(at)
  } catch {} // a sheet of another host, from a browser extension for example
}"""
# Starts Streamlit once the first frame is drawn; in a tab in the background, which has no frames, at once.
_START = """
{
  const entry = document.querySelector('link[data-kai-entry]')
  const start = () => {
    if (!entry?.isConnected) return
    for (const link of document.querySelectorAll('link[rel=kai-preload]')) link.rel = 'modulepreload'
    const script = document.createElement('script')
    script.type = 'module'
    script.crossOrigin = ''
    script.src = entry.href
    entry.replaceWith(script)
  }
  requestAnimationFrame(() => requestAnimationFrame(start))
  document.addEventListener('visibilitychange', start, { once: true })
  setTimeout(start, document.hidden ? 0 : 1000)
}"""
SCRIPT = _BASE_URL + _SHOW_PAGE + _START + _ONE_ICON_FONT

_INLINE = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)


@functools.cache
def of_pages(media_origin: str | None = None) -> str:
    """The policy, without `frame-ancestors`, which depends on a setting; media may also
    come from `media_origin`, to which they are redirected.
    """
    media = f"'self' data: blob: {media_origin or ''}".rstrip()
    scripts = " ".join(["'self'", "blob:", "'wasm-unsafe-eval'", *map(_hash, [*_inline_scripts(), SCRIPT])])
    directives = {
        "default-src": "'self'",
        "script-src": scripts,
        "style-src": "'self' 'unsafe-inline'",
        "img-src": media,
        "media-src": media,
        "font-src": "'self' data:",
        "connect-src": "'self' ws: wss: data: blob:",
        "worker-src": "'self' blob:",
        "frame-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
    }
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def _inline_scripts() -> list[str]:
    """The inline scripts of the installed Streamlit's index page."""
    found = importlib.util.find_spec("streamlit")
    if found is None or found.origin is None:
        return []
    index = Path(found.origin).parent / "static" / "index.html"
    return _INLINE.findall(index.read_text(encoding="utf-8")) if index.is_file() else []


def _hash(script: str) -> str:
    """The source expression of an inline script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
