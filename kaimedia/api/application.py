"""`app`, the REST API, mounted at `/api`."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kaimedia.api import (
    archive,
    batches,
    callbacks,
    collections,
    docs,
    health,
    images,
    imports,
    integrity,
    limits,
    media,
    metrics,
    models,
    problems,
    quotes,
    selections,
    settings,
    spending,
    styles,
    tags,
    tasks,
    trash,
    unsaved,
    uploads,
    videos,
    webhooks,
)
from kaimedia.api.addresses import Addresses
from kaimedia.api.auth import ApiAuth
from kaimedia.api.body_limits import BodyLimits
from kaimedia.api.query_parameters import reject_unknown_parameters
from kaimedia.api.telemetry import Telemetry


class HeadAsGet:
    """ASGI middleware: every GET route also answers HEAD."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
            elif not message.get("more_body", False):  # the last message
                await send({"type": "http.response.body", "body": b""})

        # Changed in place: the outer middleware reads the route from this scope afterwards, and then the method again.
        scope["method"] = "GET"
        try:
            await self._app(scope, receive, without_body)
        finally:
            scope["method"] = "HEAD"


app = FastAPI(
    openapi_url=None,
    docs_url=None,
    redoc_url=None,
    redirect_slashes=False,
    # Outermost first.
    middleware=[
        Middleware(Telemetry),
        Middleware(Addresses),
        Middleware(HeadAsGet),
        Middleware(problems.LastResort),
        Middleware(ApiAuth),
        Middleware(BodyLimits),
    ],
)
_modules = (
    images,
    videos,
    tasks,
    batches,
    quotes,
    media,
    archive,
    uploads,
    trash,
    integrity,
    imports,
    unsaved,
    webhooks,
    selections,
    tags,
    collections,
    styles,
    settings,
    limits,
    models,
    spending,
    health,
    metrics,
    callbacks,
    docs,
)
# Probes, providers and browsers may add their own query parameters to these.
_LENIENT = (health, metrics, callbacks, docs)
# Called most often, so they are compared first with the path of a request.
_FIRST = ("/media", "/health")
for module in _modules:
    for route in module.router.routes:
        if module not in _LENIENT:
            reject_unknown_parameters(route)
        app.router.routes.append(route)  # `include_router` would have FastAPI search for it twice in each request
problems.install(app, app.router.routes)
app.router.routes.sort(key=lambda route: getattr(route, "path", None) not in _FIRST)

__all__ = ["app"]
