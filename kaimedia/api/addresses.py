"""Where clients find our files and routes, as references to resolve against the address they called (RFC 3986, 5)."""

from __future__ import annotations

import re
from contextvars import ContextVar
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from kaimedia import bootstrap
from kaimedia.access import Access, is_same_host, read_host
from kaimedia.api.base_path import BASE, clean
from kaimedia.errors import KaimediaError

_PREFIX = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~!$&'()*+,;=:@%-]+)+/?")
_FORWARDED = ("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "forwarded", "via")

_root: ContextVar[str] = ContextVar("kaimedia_root", default="")


class Addresses:
    """ASGI middleware: notes how our root is written in the answer to this call."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        token = _root.set(root_of(scope, _access()))
        try:
            await self._app(scope, receive, send)
        finally:
            _root.reset(token)


def root_of(scope: Scope, access: Access | None) -> str:
    """What stands before `/static/media/…` for whoever made this call: "", "/prefix", or "../.." climbing to our root.

    A prefix that a proxy cuts off is known from `X-Forwarded-Prefix` or from the path of KAIMEDIA_PUBLIC_URL, when
    the call came under that name. A call that was forwarded without either gets a relative reference: it holds
    under any prefix.
    """
    headers = Headers(scope=scope)
    base = quote(clean(scope.get(BASE)), safe="/~!$&'()*+,;=:@")
    given = headers.get("x-forwarded-prefix", "").strip()
    if _PREFIX.fullmatch(given):
        return f"{clean(given)}{base}"
    host = read_host(headers.get("host", ""))
    if access is not None and access.public_path and host and is_same_host(host, access.public_host):
        return access.public_path
    if any(name in headers for name in _FORWARDED):
        depth: int = scope["path"].removeprefix(scope.get("root_path", "")).count("/")
        return "/".join([".."] * depth)
    return base


def media_url(name: str | None, *, download: bool = False) -> str | None:
    """The address of a stored file, None when there is none."""
    if not name:
        return None
    address = f"{_root.get()}/static/media/{bootstrap.media_address(name)}"
    if not download:
        return address
    return f"{address}{'&' if '?' in address else '?'}download=1"


def api_url(path: str) -> str:
    """The address of one of our routes; `path` begins with a slash."""
    return f"{_root.get()}/api{path}"


def _access() -> Access | None:
    try:
        return bootstrap.access()
    except KaimediaError:  # the settings cannot be read; the route says so
        return None
