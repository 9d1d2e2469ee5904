"""Adds our styles and a static skeleton to Streamlit's own HTML, so that nothing is drawn without styles.

Streamlit loads the code for `st.html` after the code for buttons; with the styles only there, a page
first shows another layout and then jumps. On a host without our middleware, only `st.html` provides the styles.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kaimedia.ui import page_chunks, reads
from kaimedia.ui.components import component_files, module_set
from kaimedia.ui.page_list import APP_TITLE, HOME, PAGE_NAMES

ROOT = b'<div id="root">'
STREAMLIT_TITLE = b"<title>Streamlit</title>"
# Streamlit preloads a font that our theme does not use, before its own scripts.
UNUSED_FONT = re.compile(rb'<link\s+rel="preload"\s+href="[^"]*"\s+as="font"[^>]*>\s*')
ICON = re.compile(rb'<link rel="shortcut icon" href="[^"]*" />')
FONT = "./app/static/fonts/geist-latin-wght-normal.woff2"
ICON_FONT_FILE = Path(__file__).resolve().parents[2] / "static" / "fonts" / "material-symbols-rounded.woff2"
# With its version: a browser that still has an older one would show the names of new icons.
ICON_FONT = f"./app/static/fonts/{ICON_FONT_FILE.name}?{hashlib.sha256(ICON_FONT_FILE.read_bytes()).hexdigest()[:8]}"
# Relative as Streamlit's own addresses, so that they hold below a path as well; the font's is that of the theme.
OURS_IN_HEAD = f"""<link rel="shortcut icon" type="image/svg+xml" href="./app/static/mark.svg" />
    <link rel="preload" href="{FONT}" as="font" crossorigin />
    <link rel="preload" href="{ICON_FONT}" as="font" crossorigin />
    <meta name="theme-color" content="#FBFBFD" media="(prefers-color-scheme: light)" />
    <meta name="theme-color" content="#0B0B10" media="(prefers-color-scheme: dark)" />""".encode()
# In place of Streamlit's fonts of the same names: until it knows our theme, it asks for its own, 170 KB that no later
# text uses; and its font of icons, which `script` takes away, has 375 KB, ours the icons that our pages show
# (`tools/icon_font.py`).
FONT_FACES = (
    f'@font-face{{font-family:"Source Sans";font-weight:100 900;src:url({FONT}) format("woff2")}}'
    f'@font-face{{font-family:"Material Symbols Rounded";font-weight:400;font-display:block;'
    f'src:url({ICON_FONT}) format("woff2")}}'
)
# Streamlit's entry script is started by `script` once the page is painted: run at once, it delays that by 0.2 s.
ENTRY = re.compile(rb'<script type="module" crossorigin src="([^"]+)"></script>')
ENTRY_LINK = rb'<link rel="modulepreload" crossorigin href="\1" data-kai-entry>'
# 80 requests in the head delay the first frame by 0.3 s; the few large files are three quarters of the bytes.
PRELOAD = re.compile(rb'<link rel="modulepreload" crossorigin href="\./static/js/(?P<name>[^"]+)">')
LARGE_BYTES = 90_000
GALLERY = "gallery"
# Not by importing the grid, which imports Streamlit's elements.
_GALLERY_LINK = Path(__file__).resolve().parent / "components" / "media_grid" / "gallery_link.js"
GALLERY_LINK = component_files.add("gallery-link", module_set.read(_GALLERY_LINK))
LINK_SCRIPT = f'<script type="module" fetchpriority="low" src="./{component_files.PREFIX}/{GALLERY_LINK}"></script>'
MAX_BYTES = 200_000
COMPRESSION = 6


class FirstPaint:
    """ASGI middleware: completes HTML that contains Streamlit's root; everything else passes unchanged.

    `script` runs before Streamlit's own; the page's CSP must allow it. `gallery_window` makes HTML for the gallery's
    page, which may hold what only this user may see; other pages ask for it once somebody points at their link to it.
    """

    def __init__(
        self, app: ASGIApp, script: str = "", gallery_window: Callable[[Scope], Awaitable[str]] | None = None
    ) -> None:
        self._app = app
        self._script = script
        self._gallery_window = gallery_window

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        takes_gzip = "gzip" in headers.get("accept-encoding", "").lower()
        if takes_gzip and "text/html" in headers.get("accept", ""):
            # Otherwise Streamlit compresses the page before it reaches us, and we cannot edit it.
            plain = [(name, value) for name, value in scope["headers"] if name.lower() != b"accept-encoding"]
            scope = {**scope, "headers": plain}
        page = scope["path"].rstrip("/").rpartition("/")[2]
        window = await self._gallery_window(scope) if self._gallery_window and page == GALLERY else ""
        link = LINK_SCRIPT if self._gallery_window and page != GALLERY else ""
        completing = _Completing(send, page, self._script, window, link, takes_gzip=takes_gzip)
        await self._app(scope, receive, completing.send)


class _Completing:
    def __init__(self, send: Send, page: str, script: str, window: str, link: str, *, takes_gzip: bool) -> None:
        self._send = send
        self._script = script
        self._window = window
        self._link = link
        self._takes_gzip = takes_gzip
        self._page = page if page in PAGE_NAMES else HOME
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        """Buffer a page until it is complete."""
        if message["type"] == "http.response.start" and _is_page(message):
            self._start = message
        elif self._start is not None and message["type"] == "http.response.body":
            await self._take(message)
        else:
            await self._send(message)

    async def _take(self, message: Message) -> None:
        self._body += message.get("body", b"")
        if message.get("more_body") and len(self._body) < MAX_BYTES:
            return
        start, self._start = self._start, None
        assert start is not None
        body = completed(self._body, self._page, self._script, self._window, self._link)
        if body is not self._body:
            headers = MutableHeaders(raw=start["headers"])
            if "accept-encoding" not in headers.get("vary", "").lower():
                headers.add_vary_header("Accept-Encoding")
            if self._takes_gzip:
                body = gzip.compress(body, COMPRESSION)
                headers["content-encoding"] = "gzip"
            headers["content-length"] = str(len(body))
            for name in ("etag", "last-modified"):  # they cover Streamlit's file only; our styles may change without it
                if name in headers:
                    del headers[name]
            if self._window:
                headers["cache-control"] = "no-store"  # after a sign-out, Back must not show it
        await self._send(start)
        await self._send({**message, "body": body})


def _is_page(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    is_html = headers.get("content-type", "").startswith("text/html")
    return bool(start["status"] == 200 and is_html and "content-encoding" not in headers)


def completed(body: bytes, page: str, script: str, window: str = "", link: str = "") -> bytes:
    """Streamlit's HTML with our styles, scripts, `window` and skeleton of the page; any other body as it is."""
    place = body.rfind(b"</body>")
    if ROOT not in body or place < 0:
        return body
    name = "generate" if page == HOME else "other"
    classes = "kai-first-paint kai-skeleton"
    skeleton = f'<div class="{classes}" data-page="{name}" aria-hidden="true"><i></i><i></i><i></i></div>'
    # At the end of the body: Streamlit adds its styles to the head later, and equally specific rules would win.
    # Its scripts are modules, which run after the whole page is parsed, so after this one.
    first = f"<script>{script}</script>" if script else ""
    until_shown = f'<style class="kai-first-paint">{reads.first_paint_styles()}</style>'  # the script removes both
    ours = f"{skeleton}{first}<style>{FONT_FACES}{reads.styles()}</style>{until_shown}{window}{link}"
    ahead = _with_our_head(body[:place], page, script)
    if window:  # its images first
        ahead = ahead.replace(b'preload" crossorigin', b'preload" fetchpriority="low" crossorigin')
    return ahead + ours.encode() + body[place:]


def _with_our_head(body: bytes, page: str, script: str) -> bytes:
    """Our title, icon, fonts and color, which Streamlit's scripts set only once they run, and what they load later."""
    head, end, rest = body.partition(b"</head>")
    head = head.replace(STREAMLIT_TITLE, f"<title>{APP_TITLE}</title>".encode(), 1)
    if ICON.search(head):
        head = ICON.sub(OURS_IN_HEAD, UNUSED_FONT.sub(b"", head), 1)
    if script:
        head = ENTRY.sub(ENTRY_LINK, head, 1)
    head += b"".join(_preloads(page, head))
    return (PRELOAD.sub(_small_later, head) if script else head) + end + rest


def _small_later(link: re.Match[bytes]) -> bytes:
    """The link as it is for a large file; one that `script` turns into it, for a small one."""
    is_large = page_chunks.size_bytes(link["name"].decode()) >= LARGE_BYTES
    return link[0] if is_large else link[0].replace(b"modulepreload", b"kai-preload")


def _preloads(page: str, head: bytes) -> Iterator[bytes]:
    for name in page_chunks.of(page):
        address = f"./static/js/{name}".encode()
        if address not in head:
            yield b'<link rel="modulepreload" crossorigin href="%s">' % address
