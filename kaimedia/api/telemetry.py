"""Metrics of API requests and callbacks, request ids, and default response headers."""

from __future__ import annotations

import logging
import time

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.routing import Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kaimedia.log import request_id, request_id_for

log = logging.getLogger("kaimedia.api")

HEADER = "X-Request-ID"
NO_ROUTE = "none"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

REGISTRY = CollectorRegistry()
CALLS = Counter("kaimedia_http_requests", "API requests", ["method", "route", "status"], registry=REGISTRY)
SECONDS = Histogram(
    "kaimedia_http_request_seconds",
    "Response time of API requests, seconds",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=REGISTRY,
)
CALLBACKS = Counter("kaimedia_callbacks", "Callbacks from the provider, by outcome", ["outcome"], registry=REGISTRY)


class Telemetry:
    """ASGI middleware: adds a request id, logs the request, and updates the metrics.

    Successful reads are logged at debug level, everything else at info. The log has the route, never the path, which
    may contain a secret.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        name = request_id_for(Headers(scope=scope).get(HEADER, ""))
        status = 500
        started = time.perf_counter()

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
            took_s = time.perf_counter() - started
            route, method = _route(scope), scope["method"] if scope["method"] in _METHODS else "other"
            CALLS.labels(method, route, str(status)).inc()
            SECONDS.labels(route).observe(took_s)
            level = logging.DEBUG if method in ("GET", "HEAD") and status < 400 else logging.INFO
            log.log(level, "%s %s %d %.1f ms", method, route, status, took_s * 1000)
            request_id.reset(token)


def _route(scope: Scope) -> str:
    """The route template, or `none`; never the path itself, which has unbounded values."""
    route = scope.get("route")
    if route is None or isinstance(route, Mount):  # rejected before routing, or no route matched
        known = getattr(scope["app"].state, "own_routes", ())
        route = next((each for each in known if each.matches(scope)[0] is not Match.NONE), None)
    return getattr(route, "path_format", NO_ROUTE)
