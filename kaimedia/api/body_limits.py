"""Request bodies must be JSON and below a size limit; the upload route reads images itself."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kaimedia.api.auth import own_path
from kaimedia.api.problems import problem
from kaimedia.web.base_path import CALLBACKS

MAX_BODY_BYTES = 1_000_000
UPLOADS = "/uploads"
_WITH_BODY = ("POST", "PUT", "PATCH", "DELETE")


class BodyLimits:
    """ASGI middleware: reads the body up to the limit, whatever Content-Length says, and passes it on.

    `unlimited` is the path of a route that reads its body itself, with its own limit.
    """

    def __init__(self, app: ASGIApp, unlimited: str = UPLOADS) -> None:
        self._app = app
        self._unlimited = unlimited

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in _WITH_BODY or own_path(scope) == self._unlimited:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        declared = headers.get("content-length", "0")
        body = None if declared.isdigit() and int(declared) > MAX_BODY_BYTES else await _read(receive)
        if body is None:
            detail = f"The limit is {MAX_BODY_BYTES:,} bytes."
            await problem(413, "body_too_large", detail, headers={"Connection": "close"})(scope, receive, send)
            return
        # Callbacks may have any content type: rejecting one would only lose the hint.
        is_callback = scope["path"].startswith(CALLBACKS)
        if body and not is_callback and not _is_json(headers.get("content-type", "")):
            detail = "Send the body as JSON, with “Content-Type: application/json”."
            await problem(415, "not_json", detail)(scope, receive, send)
            return
        await self._app(scope, _replayed(body, receive), send)


async def _read(receive: Receive) -> bytes | None:
    """The whole body; None if it exceeds the limit."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY_BYTES:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """A `receive` that returns the body once, then passes through."""
    is_sent = False

    async def replay() -> Message:
        nonlocal is_sent
        if is_sent:
            return await receive()
        is_sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _is_json(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
