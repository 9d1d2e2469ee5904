"""The list of models, and for each its OpenAPI document, its price in words and its success rate.

All four share one budget of one request per second for each key; a request above it is dropped.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kaimedia.sandbox.protocol import model_schema
from kaimedia.sandbox.protocol.auth import is_authorized, json_body, sandbox_of
from kaimedia.sandbox.protocol.model_list import pricing_text
from kaimedia.sandbox.protocol.replies import RATE_LIMITED, RATE_LIMITED_HTTP, UNAUTHORIZED, Refused, Reply
from kaimedia.sandbox.state import SandboxState

_UNKNOWN = Reply(
    404,
    "The model name you specified is not supported. Please verify your input and use one of the supported models "
    "provided by KIE.",
)
_Handler = Callable[[Request], Awaitable[Response]]


def routes() -> list[Route]:
    """The list, and three routes for each model; an id may contain a slash."""
    own = {"schema": _schema, "price": _price, "success-rate": _success_rate}
    found = [Route("/api/v1/models", _limited(_models), methods=["GET"], name="models")]
    found.append(Route("/client/v1/model-pricing/page", _prices, methods=["POST"], name="price_list"))
    for name, data in own.items():
        found.append(Route(f"/api/v1/models/{{model:path}}/{name}", _limited(_of_model(data)), name=f"model_{name}"))
    return found


def _limited(answer: Callable[[Request, SandboxState], Reply]) -> _Handler:
    async def handle(request: Request) -> Response:
        if not is_authorized(request):
            return UNAUTHORIZED.response()
        sandbox = sandbox_of(request)
        key = f"models {request.headers.get('authorization')}"
        most = sandbox.options.model_reads_per_s
        if most is not None and not sandbox.query_limits.allows(key, most, sandbox.now()):
            return (RATE_LIMITED_HTTP if sandbox.options.real_429 else RATE_LIMITED).response()
        return answer(request, sandbox).response()

    return handle


def _models(request: Request, sandbox: SandboxState) -> Reply:
    given = request.query_params
    found = sandbox.models.entries(
        task_types=given.get("taskType", "").split(","), maker=given.get("provider", ""), query=given.get("q", "")
    )
    return Reply(200, data={"total": len(found), "models": found})


async def _prices(request: Request) -> Response:
    """The price list, which needs no key."""
    sandbox = sandbox_of(request)
    try:
        body = await json_body(request)
        number, size = (int(body.get(name, default)) for name, default in (("pageNum", 1), ("pageSize", 10)))
    except (Refused, TypeError, ValueError):
        return Reply(422, "pageNum and pageSize must be numbers").response()
    return Reply(200, data=sandbox.prices.page(number, size)).response()


def _of_model(data: Callable[[str, SandboxState], dict[str, Any]]) -> Callable[[Request, SandboxState], Reply]:
    def answer(request: Request, sandbox: SandboxState) -> Reply:
        model_id = request.path_params["model"]
        if not sandbox.models.has(model_id):
            return _UNKNOWN
        return Reply(200, data={"model": model_id, **data(model_id, sandbox)})

    return answer


def _schema(model_id: str, sandbox: SandboxState) -> dict[str, Any]:
    mode = sandbox.models.mode(model_id)
    return {"openapi": None if mode is None else model_schema.document(model_id, mode)}


def _price(model_id: str, sandbox: SandboxState) -> dict[str, Any]:
    mode = sandbox.models.mode(model_id)
    return {"pricingDesc": None if mode is None else pricing_text(mode)}


def _success_rate(model_id: str, sandbox: SandboxState) -> dict[str, Any]:
    return {"points": []}  # no monitoring data
