"""`app`, the MCP server over streamable HTTP, mounted at `/mcp`.

It has no sessions: each request is complete in itself. So an agent's connection outlives a restart of the app, and any
of several processes can answer it.
"""

from __future__ import annotations

import logging
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from kaimedia.api.addresses import Addresses
from kaimedia.api.auth import ApiAuth, AuthRules, own_path
from kaimedia.api.body_limits import MAX_BODY_BYTES, BodyLimits
from kaimedia.api.parameters import CALLER, Caller
from kaimedia.api.problems import LastResort, problem
from kaimedia.domain.api_token import TokenScope
from kaimedia.mcp_server.call import origin
from kaimedia.mcp_server.server import make_server

logging.getLogger("mcp").setLevel(logging.WARNING)  # it writes several lines for each request


def _identify(context: ServerRequestContext[Any]) -> Caller:
    """Who sent the HTTP request that this message came with."""
    assert context.request is not None  # set by the SDK for every message over HTTP
    found: Caller = context.request.scope[CALLER]
    return found


class McpEndpoint:
    """ASGI app: each POST is one message. There is nothing to GET or DELETE without sessions."""

    def __init__(self) -> None:
        self._server = make_server(_identify)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if own_path(scope) != "/":
            await problem(404, "not_found", "There is only one MCP address.")(scope, receive, send)
            return
        if scope["method"] != "POST":
            detail = "This MCP server has no sessions: send each message by POST."
            await problem(405, "method_not_allowed", detail, headers={"Allow": "POST"})(scope, receive, send)
            return
        manager = StreamableHTTPSessionManager(self._server, stateless=True, max_request_body_size=MAX_BODY_BYTES)
        token = origin.set(_origin(scope))
        try:
            async with manager.run():
                await manager.handle_request(scope, receive, send)
        finally:
            origin.reset(token)


def _origin(scope: Scope) -> str:
    """Where the client reached us: the firewall has checked the Host header."""
    headers = Headers(scope=scope)
    forwarded = headers.get("x-forwarded-proto", "").strip().lower()
    scheme = forwarded if forwarded in ("http", "https") else scope.get("scheme", "http")
    return f"{scheme}://{headers.get('host', '')}"


# Reading is enough to connect; each tool checks its own scope.
RULES = AuthRules(lambda _method, _path: TokenScope.READ)
app: ASGIApp = LastResort(Addresses(ApiAuth(BodyLimits(McpEndpoint()), RULES)))
