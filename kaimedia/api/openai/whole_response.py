"""A response that says when it was sent completely."""

from __future__ import annotations

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

PIECE_BYTES = 256 * 1024


class WholeResponse(Response):
    """Sends another response in pieces, and calls `on_sent` if the client was still there for the last one.

    Servers accept what is sent to a client that has left without an error, and after the last piece every client
    counts as gone; so it is asked for just before.
    """

    def __init__(self, response: Response, on_sent: Callable[[], None]) -> None:
        super().__init__()
        self.status_code, self.raw_headers, self.body = response.status_code, response.raw_headers, response.body
        self._on_sent = on_sent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        body = bytes(self.body)
        last = max(0, len(body) - 1) // PIECE_BYTES * PIECE_BYTES
        for start in range(0, last, PIECE_BYTES):
            piece = body[start : start + PIECE_BYTES]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        has_left = await Request(scope, receive).is_disconnected()
        await send({"type": "http.response.body", "body": body[last:], "more_body": False})
        if not has_left:
            await run_in_threadpool(self._on_sent)
