"""The sandbox as an ASGI app: both of kie.ai's hosts, the result hosts and the console in one app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from kaimedia.sandbox.journal import Journal
from kaimedia.sandbox.options import SandboxOptions
from kaimedia.sandbox.protocol import (
    account_routes,
    console_routes,
    create_routes,
    media_routes,
    model_routes,
    record_routes,
    upgrade_routes,
    upload_routes,
)
from kaimedia.sandbox.protocol.model_list import ModelList
from kaimedia.sandbox.protocol.replies import Reply, json_response
from kaimedia.sandbox.state import SandboxState


def create_app(options: SandboxOptions) -> Starlette:
    """Create the app; its state lives as long as the server's lifespan.

    Faults that close the connection need uvicorn to run with `http_protocol.HangUpProtocol`, as `EmbeddedSandbox` and
    the command line do.

    Raises:
        ConfigError: the journal cannot be used, or an added model is like none of the catalog.
    """
    if options.journal:
        Journal.check(options.journal)
    ModelList(options.removed_models, options.added_models)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.sandbox = sandbox = SandboxState(options)
        try:
            yield
        finally:
            await sandbox.close()

    return Starlette(
        routes=[
            *create_routes.routes(),
            *record_routes.routes(),
            *upgrade_routes.routes(),
            *account_routes.routes(),
            *model_routes.routes(),
            *upload_routes.routes(),
            *media_routes.routes(),
            *console_routes.routes(),
        ],
        lifespan=lifespan,
        exception_handlers={404: _not_found, 405: _not_allowed},
    )


async def _not_found(request: Request, error: Exception) -> Response:
    return Reply(404, "Not Found", None, 404).response()


async def _not_allowed(request: Request, error: Exception) -> Response:
    return json_response({"success": False, "code": 405, "msg": "Method Not Allowed", "data": None}, 405)
