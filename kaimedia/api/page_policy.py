"""What the browser may load and run on our pages: the Content-Security-Policy of Streamlit's index page.

As strict as Streamlit lets it be. Not possible: styles without `unsafe-inline` (its style library writes them at run
time), and scripts without `blob:` (components are imported from there). Not needed, and so not allowed: `unsafe-eval`,
inline scripts other than those of the index page, and anything from another host; WebAssembly is.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import importlib.util
import re
from pathlib import Path

_INLINE = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)


@functools.cache
def of_pages() -> str:
    """The policy, without the directive about frames: that one is a setting."""
    scripts = " ".join(["'self'", "blob:", "'wasm-unsafe-eval'", *_inline_hashes()])
    directives = {
        "default-src": "'self'",
        "script-src": scripts,
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "media-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self' ws: wss: data: blob:",
        "worker-src": "'self' blob:",
        "frame-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
    }
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def _inline_hashes() -> list[str]:
    """The inline scripts of the installed Streamlit's index page, by hash."""
    found = importlib.util.find_spec("streamlit")
    if found is None or found.origin is None:
        return []
    index = Path(found.origin).parent / "static" / "index.html"
    scripts = _INLINE.findall(index.read_text(encoding="utf-8")) if index.is_file() else []
    return [f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in scripts]
