"""What may be uploaded into the framework's memory: nothing before sign-in, little for a session, a cap for all."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from kaimedia.api.base_path import inner_path
from kaimedia.api.membership import Membership
from kaimedia.domain.upload_caps import NOT_ADMITTED, UploadCaps, UploadRefusal

log = logging.getLogger("kaimedia.firewall")

_PATH = re.compile(r"/_stcore/upload_file/(?P<session>[^/]+)/[^/]+")


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
        refusal: UploadRefusal | None = NOT_ADMITTED
        if await self._membership.admits(scope):
            refusal = self._refusal(session, size)
        if refusal is not None:
            log.warning("refused an upload of %d bytes: %d", size, refusal.status)
            if size <= self._caps.unknown_bytes:
                await _read_to_the_end(receive)
            await _answer(refusal)(scope, receive, send)
            return
        self._under_way.setdefault(session, []).append(size)
        try:
            await self._app(scope, receive, send)
        finally:
            self._under_way[session].remove(size)
            if not self._under_way[session]:
                del self._under_way[session]

    def _refusal(self, session: str, size: int) -> UploadRefusal | None:
        held = self._held()
        mine = [*held.get(session, ()), *self._under_way.get(session, ())]
        everything = sum(map(sum, held.values())) + sum(map(sum, self._under_way.values()))
        return self._caps.refusal(mine, everything, size)


def _announced(scope: Scope, unknown: int) -> int:
    text = Headers(scope=scope).get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else unknown


async def _read_to_the_end(receive: Receive) -> None:
    """Throw the body away: a browser that is still sending would not hear the answer."""
    while (message := await receive())["type"] == "http.request" and message.get("more_body"):
        pass


def _answer(refusal: UploadRefusal) -> Response:
    headers = {"Connection": "close"}  # the rest of the body is not read
    if refusal is not NOT_ADMITTED:
        headers["Retry-After"] = "60"
    return JSONResponse({"detail": refusal.detail}, refusal.status, headers)
