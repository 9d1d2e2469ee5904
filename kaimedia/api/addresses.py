"""URLs of our files and routes, as references relative to the URL the client called (RFC 3986, 5)."""

from __future__ import annotations

import re
from contextvars import ContextVar
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from kaimedia import runtime
from kaimedia.errors import KaimediaError
from kaimedia.security.access import LOGIN, Access, is_same_host, read_host
from kaimedia.studio import MediaUrl
from kaimedia.web.base_path import BASE, clean

_PREFIX = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~!$&'()*+,;=:@%-]+)+/?")
_FORWARDED = ("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "forwarded", "via")

_root: ContextVar[str] = ContextVar("kaimedia_root", default="")


class Addresses:
    """ASGI middleware: sets the prefix of URLs in the response to this request."""

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
    """The prefix of `/static/media/…` for this client: "", "/prefix", or "../.." up to our root.

    A prefix that a proxy strips is known from `X-Forwarded-Prefix`, or from the path of KAIMEDIA_PUBLIC_URL if the
    request was sent to that host. Without either, a forwarded request gets a relative reference, which works under
    any prefix.
    """
    headers = Headers(scope=scope)
    base = quote(clean(scope.get(BASE)), safe="/~!$&'()*+,;=:@")
    prefix = headers.get("x-forwarded-prefix", "").strip()
    if _PREFIX.fullmatch(prefix):
        return f"{clean(prefix)}{base}"
    host = read_host(headers.get("host", ""))
    if access is not None and access.public_path and host and is_same_host(host, access.public_host):
        return access.public_path
    if any(name in headers for name in _FORWARDED):
        depth: int = scope["path"].removeprefix(scope.get("root_path", "")).count("/")
        return "/".join([".."] * depth)
    return base


def media_url(name: str | None, *, download: bool = False) -> str | None:
    """The URL of a stored file, None if there is none."""
    if not name:
        return None
    address = f"{_root.get()}/static/media/{runtime.media_address(name)}"
    if not download:
        return address
    return f"{address}{'&' if '?' in address else '?'}download=1"


def media_urls() -> MediaUrl:
    """`media_url` for the files of a whole page: what is the same for all is found once."""
    if runtime.access().mode == LOGIN:
        return media_url
    prefix = f"{_root.get()}/static/media/"

    def unsigned(name: str | None, *, download: bool = False) -> str | None:
        if not name:
            return None
        return f"{prefix}{name}?download=1" if download else f"{prefix}{name}"

    return unsigned


def api_url(path: str) -> str:
    """The URL of an API route; `path` begins with a slash."""
    return f"{_root.get()}/api{path}"


def _access() -> Access | None:
    try:
        return runtime.access()
    except KaimediaError:  # the settings cannot be read; the route reports it
        return None
