"""What is counted: calls by route and answer, their time, callbacks by outcome; and what every call carries."""

from __future__ import annotations

import re
import secrets
import time

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kaimedia.log import request_id

HEADER = "X-Request-ID"
_GIVEN = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

REGISTRY = CollectorRegistry()
CALLS = Counter("kaimedia_http_requests", "API calls", ["method", "route", "status"], registry=REGISTRY)
SECONDS = Histogram(
    "kaimedia_http_request_seconds",
    "Time to answer an API call, seconds",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=REGISTRY,
)
CALLBACKS = Counter(
    "kaimedia_callbacks", "Callbacks of the provider by what became of them", ["outcome"], registry=REGISTRY
)


class Telemetry:
    """ASGI middleware: a request id for log and answer, a count and a time for the metrics."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        name = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
        status = 500
        begun = time.perf_counter()

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[HEADER] = name
                headers.setdefault("Cache-Control", "no-store")
                headers.setdefault("X-Content-Type-Options", "nosniff")
            await send(message)

        token = request_id.set(name)
        try:
            await self._app(scope, receive, named)
        finally:
            request_id.reset(token)
            route = getattr(scope.get("route"), "path_format", "none")  # never the path itself: it is unbounded
            method = scope["method"] if scope["method"] in _METHODS else "other"
            CALLS.labels(method, route, str(status)).inc()
            SECONDS.labels(route).observe(time.perf_counter() - begun)
