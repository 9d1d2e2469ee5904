"""Adds our styles and a static skeleton to Streamlit's own HTML, so that nothing is drawn without styles.

Streamlit loads the code for `st.html` after the code for buttons; with the styles only there, a page
first shows another layout and then jumps. On a host without our middleware, only `st.html` provides the styles.
"""

from __future__ import annotations

import gzip
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kaimedia.ui import reads
from kaimedia.ui.page_list import APP_TITLE, PAGE_NAMES

ROOT = b'<div id="root">'
STREAMLIT_TITLE = b"<title>Streamlit</title>"
# Streamlit preloads a font that our theme does not use, before its own scripts.
UNUSED_FONT = re.compile(rb'<link\s+rel="preload"\s+href="[^"]*"\s+as="font"[^>]*>\s*')
ICON = re.compile(rb'<link rel="shortcut icon" href="[^"]*" />')
FONT = "./app/static/fonts/geist-latin-wght-normal.woff2"
# Relative as Streamlit's own addresses, so that they hold below a path as well; the font's is that of the theme.
OURS_IN_HEAD = f"""<link rel="shortcut icon" type="image/svg+xml" href="./app/static/mark.svg" />
    <link rel="preload" href="{FONT}" as="font" crossorigin />
    <meta name="theme-color" content="#FBFBFD" media="(prefers-color-scheme: light)" />
    <meta name="theme-color" content="#0B0B10" media="(prefers-color-scheme: dark)" />""".encode()
# Until Streamlit knows our theme, it asks for its own font, 170 KB that no later text uses.
FONT_FACE = f'@font-face{{font-family:"Source Sans";font-weight:100 900;src:url({FONT}) format("woff2")}}'
MAX_BYTES = 200_000
COMPRESSION = 6


class FirstPaint:
    """ASGI middleware: completes HTML that contains Streamlit's root; everything else passes unchanged.

    `script` runs before Streamlit's own; the page's CSP must allow it.
    """

    def __init__(self, app: ASGIApp, script: str = "") -> None:
        self._app = app
        self._script = script

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
        completing = _Completing(send, scope["path"], self._script, takes_gzip=takes_gzip)
        await self._app(scope, receive, completing.send)


class _Completing:
    def __init__(self, send: Send, path: str, script: str, *, takes_gzip: bool) -> None:
        self._send = send
        self._script = script
        self._takes_gzip = takes_gzip
        self._is_generate = path.rstrip("/").rpartition("/")[2] not in PAGE_NAMES[1:]
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
        body = completed(self._body, self._script, is_generate=self._is_generate)
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
        await self._send(start)
        await self._send({**message, "body": body})


def _is_page(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    is_html = headers.get("content-type", "").startswith("text/html")
    return bool(start["status"] == 200 and is_html and "content-encoding" not in headers)


def completed(page: bytes, script: str, *, is_generate: bool) -> bytes:
    """A Streamlit page with our styles, skeleton and script added; any other body is returned unchanged."""
    place = page.rfind(b"</body>")
    if ROOT not in page or place < 0:
        return page
    name = "generate" if is_generate else "other"
    classes = "kai-first-paint kai-skeleton"
    skeleton = f'<div class="{classes}" data-page="{name}" aria-hidden="true"><i></i><i></i><i></i></div>'
    # At the end of the body: Streamlit adds its styles to the head later, and equally specific rules would win.
    # Its scripts are modules, which run after the whole page is parsed, so after this one.
    first = f"<script>{script}</script>" if script else ""
    until_shown = f'<style class="kai-first-paint">{reads.first_paint_styles()}</style>'  # the script removes both
    ours = f"{skeleton}{first}<style>{FONT_FACE}{reads.styles()}</style>{until_shown}"
    return _with_our_head(page[:place]) + ours.encode() + page[place:]


def _with_our_head(page: bytes) -> bytes:
    """Our title, icon, font and color in Streamlit's head: its scripts set them only once they run."""
    head, end, rest = page.partition(b"</head>")
    head = head.replace(STREAMLIT_TITLE, f"<title>{APP_TITLE}</title>".encode(), 1)
    if ICON.search(head):
        head = ICON.sub(OURS_IN_HEAD, UNUSED_FONT.sub(b"", head), 1)
    return head + end + rest
