"""`app`, the OpenAI-compatible routes, mounted at `/v1`."""

from __future__ import annotations

import copy
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware

from kaimedia.api import problems
from kaimedia.api.addresses import Addresses
from kaimedia.api.application import HeadAsGet
from kaimedia.api.auth import ApiAuth, AuthRules
from kaimedia.api.body_limits import BodyLimits
from kaimedia.api.openai import images, models
from kaimedia.api.openai.errors import ErrorDocument, OpenAiErrors
from kaimedia.api.telemetry import Telemetry
from kaimedia.domain.api_token import TokenScope

EDITS = "/images/edits"


def needed_scope(method: str, _path: str) -> TokenScope:
    """What a token needs for a route."""
    return TokenScope.GENERATE if method == "POST" else TokenScope.READ


app = FastAPI(
    title="OpenAI-compatible images",
    openapi_url=None,
    docs_url=None,
    redoc_url=None,
    redirect_slashes=False,
    # Outermost first.
    middleware=[
        Middleware(Telemetry),
        Middleware(OpenAiErrors),
        Middleware(Addresses),
        Middleware(HeadAsGet),
        Middleware(problems.LastResort),
        Middleware(ApiAuth, rules=AuthRules(needed_scope)),
        Middleware(BodyLimits, unlimited=EDITS),
    ],
)
_ERROR: dict[int | str, dict[str, Any]] = {"default": {"description": "An error.", "model": ErrorDocument}}
for module in (images, models):
    app.include_router(module.router, responses=_ERROR)


@app.get("/openapi.json", include_in_schema=False)
def openapi_document() -> dict[str, Any]:
    """The description of these routes."""
    document = copy.deepcopy(app.openapi())
    document["servers"] = [{"url": ".."}]  # relative to this document, so that it is right below a path too
    document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    document["paths"] = {f"/v1{path}": item for path, item in document["paths"].items()}
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)  # of FastAPI; here, it is 400 with our document
            operation["security"] = [{"token": []}, {}]
    return document


problems.install(app, [*images.router.routes, *models.router.routes])
