"""Restricts Streamlit routes that reveal or allow too much: metrics, and origins that may control our pages."""

from __future__ import annotations

import json
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kaimedia.security.access import read_host
from kaimedia.web.base_path import inner_path
from kaimedia.web.membership import Membership
from kaimedia.web.request_info import RequestInfo

_METRICS = "/_stcore/metrics"
_HOST_CONFIG = "/_stcore/host-config"
_CLOUD = (".streamlit.app", ".streamlit.run")


class FrameworkRoutes:
    """ASGI middleware: metrics only for this machine or signed-in users; no foreign parents outside the cloud."""

    def __init__(self, app: ASGIApp, membership: Membership) -> None:
        self._app = app
        self._membership = membership

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = inner_path(scope) if scope["type"] == "http" else ""
        if path == _METRICS and not await self._may_read_metrics(scope):
            await PlainTextResponse("Metrics are at /api/metrics, with the API token.\n", 403)(scope, receive, send)
        elif path == _HOST_CONFIG and not _is_on_the_cloud(scope):
            await self._app(scope, receive, _WithoutOrigins(scope, receive, send))
        else:
            await self._app(scope, receive, send)

    async def _may_read_metrics(self, scope: Scope) -> bool:
        if self._membership.is_needed:
            return await self._membership.of(scope) is not None
        return RequestInfo.of(scope).visitor.is_direct_and_local


def _is_on_the_cloud(scope: Scope) -> bool:
    host = read_host(Headers(scope=scope).get("host", ""))
    return host is not None and host.name.endswith(_CLOUD)


class _WithoutOrigins:
    """Sends the host config without the origins that may control our pages from outside."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if message.get("more_body") or self._start is None:
            return
        if self._start["status"] != 200:
            await self._send(self._start)
            await self._send({"type": "http.response.body", "body": self._body})
            return
        document: dict[str, Any] = json.loads(self._body) | {"allowedOrigins": []}
        response = JSONResponse(document, headers={"Cache-Control": "no-cache"})
        await response(self._scope, self._receive, self._send)
