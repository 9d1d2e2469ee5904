"""Limits uploads into Streamlit's memory: none before sign-in, a limit per session and in total."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from kaimedia.domain.upload_caps import NOT_ADMITTED, UploadCaps, UploadRejection
from kaimedia.web.base_path import inner_path
from kaimedia.web.membership import Membership

log = logging.getLogger("kaimedia.firewall")

_PATH = re.compile(r"/_stcore/upload_file/(?P<session>[^/]+)/[^/]+")


class UploadLimits:
    """ASGI middleware before Streamlit's upload route.

    `held` returns the sizes of the files in memory by session; running uploads count by their Content-Length.
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
        self._running: dict[str, list[int]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match = _PATH.fullmatch(inner_path(scope)) if scope["type"] == "http" else None
        if match is None or scope["method"] != "PUT":
            await self._app(scope, receive, send)
            return
        session, size = match["session"], _declared_size(scope, self._caps.unknown_bytes)
        denial: UploadRejection | None = NOT_ADMITTED
        if await self._membership.admits(scope):
            denial = self._rejection(session, size)
        if denial is not None:
            log.warning("rejected an upload of %d bytes: %d", size, denial.status)
            if size <= self._caps.unknown_bytes:
                await _drain(receive)
            await _response(denial)(scope, receive, send)
            return
        self._running.setdefault(session, []).append(size)
        try:
            await self._app(scope, receive, send)
        finally:
            self._running[session].remove(size)
            if not self._running[session]:
                del self._running[session]

    def _rejection(self, session: str, size: int) -> UploadRejection | None:
        held = self._held()
        of_session = [*held.get(session, ()), *self._running.get(session, ())]
        total = sum(map(sum, held.values())) + sum(map(sum, self._running.values()))
        return self._caps.rejection(of_session, total, size)


def _declared_size(scope: Scope, unknown: int) -> int:
    text = Headers(scope=scope).get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else unknown


async def _drain(receive: Receive) -> None:
    """Discard the body: a browser that is still sending would not read the response."""
    while (message := await receive())["type"] == "http.request" and message.get("more_body"):
        pass


def _response(denial: UploadRejection) -> Response:
    headers = {"Connection": "close"}  # the rest of the body is not read
    if denial is not NOT_ADMITTED:
        headers["Retry-After"] = "60"
    return JSONResponse({"detail": denial.detail}, denial.status, headers)
