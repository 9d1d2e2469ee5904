"""What the app serves over HTTP beside the pages; `app` is the REST API, mounted at `/api`."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.middleware import Middleware

from kaimedia.api import (
    archive,
    callbacks,
    collections,
    docs,
    health,
    images,
    media,
    metrics,
    models,
    problems,
    selections,
    settings,
    styles,
    tags,
    tasks,
    trash,
    uploads,
    videos,
)
from kaimedia.api.addresses import Addresses
from kaimedia.api.auth import Door
from kaimedia.api.bodies import BodyRules
from kaimedia.api.heads import HeadAsGet
from kaimedia.api.query_parameters import KNOWN_ONLY
from kaimedia.api.telemetry import Telemetry

app = FastAPI(
    openapi_url=None,
    docs_url=None,
    redoc_url=None,
    redirect_slashes=False,
    # From the outside in.
    middleware=[
        Middleware(Telemetry),
        Middleware(Addresses),
        Middleware(HeadAsGet),
        Middleware(problems.LastResort),
        Middleware(Door),
        Middleware(BodyRules),
    ],
)
_parts = (
    images,
    videos,
    tasks,
    media,
    archive,
    uploads,
    trash,
    selections,
    tags,
    collections,
    styles,
    settings,
    models,
    health,
    metrics,
    callbacks,
    docs,
)
# What probes, kie.ai and browsers call with parameters of their own.
_LENIENT = (health, metrics, callbacks, docs)
for part in _parts:
    app.include_router(part.router, dependencies=[] if part in _LENIENT else [KNOWN_ONLY])
problems.install(app, [route for part in _parts for route in part.router.routes])

__all__ = ["app"]
