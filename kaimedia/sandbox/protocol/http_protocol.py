"""uvicorn's HTTP connection, extended to close without a response."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from uvicorn.protocols.http.h11_impl import H11Protocol

_Ends = tuple[tuple[str, int | None] | None, tuple[str, int] | None]
_connections: dict[_Ends, asyncio.Transport] = {}


class HangUpProtocol(H11Protocol):
    """uvicorn's connection, registered by its two addresses while it is open."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        _connections[self.server, self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        _connections.pop((self.server, self.client), None)
        super().connection_lost(exc)


def _transport(request: Request) -> asyncio.Transport | None:
    scope: Any = request.scope
    server, client = scope.get("server"), scope.get("client")
    return _connections.get((tuple(server) if server else None, tuple(client) if client else None))


async def hang_up(request: Request, *, after_sending: bool = False) -> Response:
    """Close the request's connection at once; the returned response is not sent.

    Args:
        after_sending: data written so far is still delivered.

    Raises:
        ConnectionResetError: the app is not served by `HangUpProtocol`, as in a test without a socket.
    """
    transport = _transport(request)
    if transport is None:
        raise ConnectionResetError("hung up")
    if after_sending:
        transport.close()
    else:
        transport.abort()
    while _transport(request) is not None:
        await asyncio.sleep(0.001)
    return Response()
