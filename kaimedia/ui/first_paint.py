"""Puts our styles and a still skeleton into Streamlit's own HTML, so that nothing is drawn before they are there.

Streamlit loads the part that draws `st.html` after the parts that draw buttons; with the styles only there, a page
first stands in another layout and jumps. In a host without our middleware `st.html` alone brings them, as before.
"""

from __future__ import annotations

import gzip

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kaimedia.ui import reads

ROOT = b'<div id="root">'
MOST_BYTES = 200_000
COMPRESSION = 6


class FirstPaint:
    """ASGI middleware: completes HTML that holds Streamlit's root; everything else passes as it is.

    `script` is to run before Streamlit's own; the page's policy has to allow it.
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
            # Streamlit would compress the page before it comes to us, and a compressed page cannot be completed.
            plain = [(name, value) for name, value in scope["headers"] if name.lower() != b"accept-encoding"]
            scope = {**scope, "headers": plain}
        completing = _Completing(send, scope["path"], self._script, takes_gzip=takes_gzip)
        await self._app(scope, receive, completing.send)


class _Completing:
    def __init__(self, send: Send, path: str, script: str, *, takes_gzip: bool) -> None:
        self._send = send
        self._script = script
        self._takes_gzip = takes_gzip
        self._is_generate = path.rstrip("/").rpartition("/")[2] not in ("gallery", "settings")
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        """Hold back a page until it is whole."""
        if message["type"] == "http.response.start" and _is_page(message):
            self._start = message
        elif self._start is not None and message["type"] == "http.response.body":
            await self._take(message)
        else:
            await self._send(message)

    async def _take(self, message: Message) -> None:
        self._body += message.get("body", b"")
        if message.get("more_body") and len(self._body) < MOST_BYTES:
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
            for name in ("etag", "last-modified"):  # of Streamlit's file alone: our styles may change without it
                if name in headers:
                    del headers[name]
        await self._send(start)
        await self._send({**message, "body": body})


def _is_page(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    is_html = headers.get("content-type", "").startswith("text/html")
    return bool(start["status"] == 200 and is_html and "content-encoding" not in headers)


def completed(page: bytes, script: str, *, is_generate: bool) -> bytes:
    """A Streamlit page with our styles, the skeleton and the script; any other text is returned as the same object."""
    place = page.rfind(b"</body>")
    if ROOT not in page or place < 0:
        return page
    name = "generate" if is_generate else "other"
    skeleton = f'<div class="kai-skeleton" data-page="{name}" aria-hidden="true"><i></i><i></i><i></i></div>'
    # At the end of the body: Streamlit adds its own styles to the head later, and those of equal weight would win.
    # Its scripts are modules, which run when the whole page has been read: after this one.
    first = f"<script>{script}</script>" if script else ""
    ours = f"{skeleton}{first}<style>{reads.styles()}{reads.first_paint_styles()}</style>"
    return page[:place] + ours.encode() + page[place:]
