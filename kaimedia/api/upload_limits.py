"""What may be uploaded into the framework's memory: nothing before sign-in, little for a session, a cap for all."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from kaimedia.api.base_path import inner_path
from kaimedia.api.membership import Membership

log = logging.getLogger("kaimedia.firewall")

_PATH = re.compile(r"/_stcore/upload_file/(?P<session>[^/]+)/[^/]+")
_FULL = "Remove an image or reload the page, then choose it again."


@dataclass(frozen=True, slots=True)
class UploadCaps:
    """Files that are held at a time. `unknown_bytes` is what a body without a length is counted as."""

    session_files: int = 2
    session_bytes: int = 30_000_000
    total_bytes: int = 200_000_000
    unknown_bytes: int = 26 * 1024 * 1024


class UploadLimits:
    """ASGI middleware before the framework's upload route.

    `held` returns the sizes of the files in memory by session; uploads under way count with what they announce.
    """

    def __init__(
        self,
        app: ASGIApp,
        membership: Membership,
        held: Callable[[], Mapping[str, list[int]]],
        caps: UploadCaps | None = None,
    ) -> None:
        self._app = app
        self._membership = membership
        self._held = held
        self._caps = caps or UploadCaps()
        self._under_way: dict[str, list[int]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match = _PATH.fullmatch(inner_path(scope)) if scope["type"] == "http" else None
        if match is None or scope["method"] != "PUT":
            await self._app(scope, receive, send)
            return
        session, size = match["session"], _announced(scope, self._caps.unknown_bytes)
        refusal: Response | None = _no(403, "Sign in before you upload a file.")
        if await self._membership.admits(scope):
            refusal = self._refusal(session, size)
        if refusal is not None:
            log.warning("refused an upload of %d bytes: %d", size, refusal.status_code)
            if size <= self._caps.unknown_bytes:
                await _read_to_the_end(receive)
            await refusal(scope, receive, send)
            return
        self._under_way.setdefault(session, []).append(size)
        try:
            await self._app(scope, receive, send)
        finally:
            self._under_way[session].remove(size)
            if not self._under_way[session]:
                del self._under_way[session]

    def _refusal(self, session: str, size: int) -> Response | None:
        caps, held = self._caps, self._held()
        mine = [*held.get(session, ()), *self._under_way.get(session, ())]
        everything = sum(map(sum, held.values())) + sum(map(sum, self._under_way.values()))
        if len(mine) >= caps.session_files or sum(mine) + size > caps.session_bytes:
            return _no(429, f"This page holds as many uploaded files as it may. {_FULL}")
        if everything + size > caps.total_bytes:
            return _no(507, "The server holds as many uploaded files as it may. Try again in a minute.")
        return None


def _announced(scope: Scope, unknown: int) -> int:
    text = Headers(scope=scope).get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else unknown


async def _read_to_the_end(receive: Receive) -> None:
    """Throw the body away: a browser that is still sending would not hear the answer."""
    while (message := await receive())["type"] == "http.request" and message.get("more_body"):
        pass


def _no(status: int, detail: str) -> Response:
    headers = {"Connection": "close"}  # the rest of the body is not read
    if status != 403:
        headers["Retry-After"] = "60"
    return JSONResponse({"detail": detail}, status, headers)
