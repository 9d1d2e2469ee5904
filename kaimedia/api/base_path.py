"""Everything below a path: `server.baseUrlPath`, or a prefix that a reverse proxy cuts off before we see it.

Streamlit serves its own files below `server.baseUrlPath`; routes of ours know nothing of it, so it is taken off for
them here. A prefix that was cut is unknown to us: redirects are made relative, which holds under any prefix.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BASE, INNER_PATH = "kaimedia.base", "kaimedia.path"
_OURS = ("/api/", "/app/", "/generate/")
_CALLBACKS = "/api/callbacks/kie/"
_FILES = ("/static/", "/app/")
_DOCUMENTS = ("document", "iframe", "frame", "embed", "object")
_REDIRECTS = (301, 302, 303, 307, 308)


class BasePath:
    """ASGI middleware, outermost: notes in the scope which path below the base is called.

    `base` returns Streamlit's `server.baseUrlPath`, asked at each call because it is read after the app is made.
    Calls outside the base find nothing, except the provider's callbacks, whose address a person wrote by hand.
    """

    def __init__(self, app: ASGIApp, base: Callable[[], str | None] = lambda: None) -> None:
        self._app = app
        self._base = base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        base = clean(self._base())
        path: str = scope["path"]
        inner = below(base, path)
        scope = {**scope, BASE: base, INNER_PATH: path if inner is None else inner}
        if inner is None and _is_ours(path) and not path.startswith(_CALLBACKS):
            # A path nobody serves: Streamlit's own answer outside the base is 404 as well.
            scope |= {"path": f"/outside{path}", "raw_path": b"/outside"}
        elif inner is not None and _is_ours(inner):
            scope |= {"path": inner}
        await self._app(scope, receive, _with_relative_redirects(scope, path, send))


class FilesAreNotPages:
    """ASGI middleware before Streamlit, which answers every unknown path with its page and 200.

    Whoever asks for a picture, a script, a font or data gets 404 instead of HTML.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _asks_for_a_file(scope):
            await self._app(scope, receive, send)
            return
        is_page = False

        async def sift(message: Message) -> None:
            nonlocal is_page
            if message["type"] == "http.response.start":
                is_page = message["status"] == 200 and _is_html(message)
            if not is_page:
                await send(message)

        await self._app(scope, receive, sift)
        if is_page:
            answer = PlainTextResponse("Not Found", 404, {"Cache-Control": "no-store"})
            await answer(scope, receive, send)


def clean(base: str | None) -> str:
    """A base path as it stands before a path: "" or "/a/b"."""
    parts = [part for part in (base or "").split("/") if part]
    return "".join(f"/{part}" for part in parts)


def below(base: str, path: str) -> str | None:
    """The part of `path` below `base`, beginning with "/"; None when it lies outside."""
    if not base or path == base:
        return path if not base else "/"
    return path[len(base) :] if path.startswith(f"{base}/") else None


def inner_path(scope: Scope) -> str:
    """The path of a call below the base."""
    found: str = scope.get(INNER_PATH, scope["path"])
    return found


def _is_ours(path: str) -> bool:
    return f"{path}/".startswith(_OURS)


def _asks_for_a_file(scope: Scope) -> bool:
    path = inner_path(scope)
    wanted = Headers(scope=scope).get("sec-fetch-dest", "").lower()
    if path.startswith(_FILES) or (wanted and wanted not in _DOCUMENTS):
        return not path.endswith(".html")
    kind = mimetypes.guess_type(path.rpartition("/")[2])[0]
    return kind is not None and kind != "text/html"


def _is_html(message: Message) -> bool:
    headers = Headers(raw=message["headers"])
    return headers.get("content-type", "").startswith("text/html")


def _with_relative_redirects(scope: Scope, path: str, send: Send) -> Send:
    host = Headers(scope=scope).get("host", "").lower()

    async def relative(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] in _REDIRECTS:
            headers = MutableHeaders(scope=message)
            if target := headers.get("location"):
                headers["location"] = relative_to(path, target, host)
        await send(message)

    return relative


def relative_to(path: str, target: str, host: str) -> str:
    """A redirect's target seen from `path` (RFC 3986, 4.2) when it is on the host that was called; else unchanged."""
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
    way = "../" * (len(steps) - shared) + rest
    if not way or ":" in way.split("/")[0] or way.startswith("/"):
        way = f"./{way}"
    return way + (f"?{parts.query}" if parts.query else "") + (f"#{parts.fragment}" if parts.fragment else "")
