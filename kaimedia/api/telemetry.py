"""What is counted: calls by route and answer, their time, callbacks by outcome; and what every call carries."""

from __future__ import annotations

import logging
import time

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.routing import Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kaimedia.log import name_of_call, request_id

log = logging.getLogger("kaimedia.api")

HEADER = "X-Request-ID"
NO_ROUTE = "none"
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
    """ASGI middleware: a request id for log and answer, a line for the log, a count and a time for the metrics.

    What was read well is told at level debug, all else at info. The line names the route, never the path: that may
    hold a secret.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        name = name_of_call(Headers(scope=scope).get(HEADER, ""))
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
            took_s = time.perf_counter() - begun
            route, method = _route(scope), scope["method"] if scope["method"] in _METHODS else "other"
            CALLS.labels(method, route, str(status)).inc()
            SECONDS.labels(route).observe(took_s)
            level = logging.DEBUG if method in ("GET", "HEAD") and status < 400 else logging.INFO
            log.log(level, "%s %s %d %.1f ms", method, route, status, took_s * 1000)
            request_id.reset(token)


def _route(scope: Scope) -> str:
    """The route's template, `none` without one; never the path itself, which is unbounded."""
    met = scope.get("route")
    if met is None or isinstance(met, Mount):  # refused before our routes were asked, or none of them
        known = getattr(scope["app"].state, "own_routes", ())
        met = next((route for route in known if route.matches(scope)[0] is not Match.NONE), None)
    return getattr(met, "path_format", NO_ROUTE)
