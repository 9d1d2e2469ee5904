"""Serving under a path: `server.baseUrlPath`, or a prefix that a reverse proxy strips.

Streamlit handles `server.baseUrlPath` for its own files; for our routes it is removed here. A prefix stripped by a
proxy is unknown to us, so redirects are made relative, which works under any prefix.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from functools import cache
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BASE, INNER_PATH = "kaimedia.base", "kaimedia.path"
_OURS = ("/api/", "/v1/", "/mcp/", "/app/", "/generate/")
CALLBACKS = "/api/callbacks/"
_FILES = ("/static/", "/app/", "/.well-known/")
_DOCUMENTS = ("document", "iframe", "frame", "embed", "object")
_REDIRECTS = (301, 302, 303, 307, 308)


class BasePath:
    """ASGI middleware, outermost: stores the path below the base in the scope.

    `base` returns Streamlit's `server.baseUrlPath`; it is called at the first request because it is only known after
    the app is created. Requests outside the base get 404, except the provider's callbacks, whose URL the user sets
    separately.
    """

    def __init__(self, app: ASGIApp, base: Callable[[], str | None] = lambda: None) -> None:
        self._app = app
        self._base = cache(lambda: clean(base()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        base = self._base()
        path: str = scope["path"]
        inner = below(base, path)
        scope = {**scope, BASE: base, INNER_PATH: path if inner is None else inner}
        if inner is None and _is_ours(path) and not path.startswith(CALLBACKS):
            # A path that does not exist: Streamlit also answers 404 outside the base.
            scope |= {"path": f"/outside{path}", "raw_path": b"/outside"}
        elif inner is not None and _is_ours(inner):
            scope |= {"path": inner}
        await self._app(scope, receive, _with_relative_redirects(scope, path, send))


class FilesAreNotPages:
    """ASGI middleware before Streamlit, which answers every unknown path with its page and 200.

    Requests for images, scripts, fonts or data get 404 instead of HTML; a script that accepts only HTML gets it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_for_file(scope):
            await self._app(scope, receive, send)
            return
        is_page = False

        async def send_unless_page(message: Message) -> None:
            nonlocal is_page
            if message["type"] == "http.response.start":
                is_page = message["status"] == 200 and _is_html(message)
            if not is_page:
                await send(message)

        await self._app(scope, receive, send_unless_page)
        if is_page:
            response = PlainTextResponse("Not Found", 404, {"Cache-Control": "no-store"})
            await response(scope, receive, send)


def clean(base: str | None) -> str:
    """A normalized base path: "" or "/a/b"."""
    parts = [part for part in (base or "").split("/") if part]
    return "".join(f"/{part}" for part in parts)


def below(base: str, path: str) -> str | None:
    """The part of `path` below `base`, beginning with "/"; None if it is outside."""
    if not base or path == base:
        return path if not base else "/"
    return path[len(base) :] if path.startswith(f"{base}/") else None


def inner_path(scope: Scope) -> str:
    """The path of a request below the base."""
    found: str = scope.get(INNER_PATH, scope["path"])
    return found


def _is_ours(path: str) -> bool:
    return f"{path}/".startswith(_OURS)


def _is_for_file(scope: Scope) -> bool:
    path = inner_path(scope)
    headers = Headers(scope=scope)
    destination = headers.get("sec-fetch-dest", "").lower()
    is_page_for_script = destination == "empty" and headers.get("accept") == "text/html"
    is_document = not destination or destination in _DOCUMENTS or is_page_for_script
    if path.startswith(_FILES) or not is_document:
        return not path.endswith(".html")
    kind = mimetypes.guess_type(path.rpartition("/")[2])[0]
    return kind is not None and kind != "text/html"


def _is_html(message: Message) -> bool:
    headers = Headers(raw=message["headers"])
    return headers.get("content-type", "").startswith("text/html")


def _with_relative_redirects(scope: Scope, path: str, send: Send) -> Send:
    async def relative(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] in _REDIRECTS:
            headers = MutableHeaders(scope=message)
            if target := headers.get("location"):
                host = Headers(scope=scope).get("host", "").lower()
                headers["location"] = relative_to(path, target, host)
        await send(message)

    return relative


def relative_to(path: str, target: str, host: str) -> str:
    """A redirect's target relative to `path` (RFC 3986, 4.2) if it is on the same host; otherwise unchanged."""
    parts = urlsplit(target)
    is_here = parts.netloc.lower() == host if parts.netloc else not parts.scheme
    if not is_here or not parts.path.startswith("/") or parts.path.startswith("//"):
        return target
    steps = path.split("/")[1:-1]
    names = parts.path.split("/")[1:]
    shared = 0
    while shared < min(len(steps), len(names) - 1) and steps[shared] == names[shared]:
        shared += 1
    rest = "/".join(names[shared:])
    relative = "../" * (len(steps) - shared) + rest
    if not relative or ":" in relative.split("/")[0] or relative.startswith("/"):
        relative = f"./{relative}"
    return relative + (f"?{parts.query}" if parts.query else "") + (f"#{parts.fragment}" if parts.fragment else "")
