"""The sandbox's own routes under `/_sandbox`, for tests to inspect and control it. kie.ai has none of them."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kaimedia.errors import ConfigError
from kaimedia.sandbox.faults.catalog import FAULTS
from kaimedia.sandbox.protocol.auth import base_url, json_body, sandbox_of
from kaimedia.sandbox.protocol.replies import Refused, json_response
from kaimedia.sandbox.state import SandboxState
from kaimedia.sandbox.task import SandboxTask, State


def routes() -> list[Route]:
    """Health, account, faults, and the list of models."""
    return [
        Route("/_sandbox/health", health, methods=["GET"]),
        Route("/_sandbox/account", account, methods=["GET"]),
        Route("/_sandbox/ledger", account, methods=["GET"]),  # its name in earlier versions
        Route("/_sandbox/faults", show_faults, methods=["GET"]),
        Route("/_sandbox/faults", set_faults, methods=["POST"]),
        Route("/_sandbox/models", set_models, methods=["POST"]),
        Route("/_sandbox/prices", set_prices, methods=["POST"]),
    ]


async def health(request: Request) -> Response:
    """Confirms that this is the sandbox and that it is up."""
    sandbox = sandbox_of(request)
    return json_response({"sandbox": True, "speed": sandbox.options.speed, "media": sandbox.options.media})


async def account(request: Request) -> Response:
    """Every task with its charges, the balance, and the counts of requests."""
    sandbox = sandbox_of(request)
    sandbox.settle_all()
    base = base_url(request)
    tasks = [_entry(sandbox, task, base) for task in sandbox.accounts]
    return json_response({"tasks": tasks, "credits": sandbox.accounts.credits, **sandbox.counters.snapshot()})


def _entry(sandbox: SandboxState, task: SandboxTask, base: str) -> dict[str, Any]:
    snapshot = sandbox.view(task, base)
    names = {State.SUCCESS: "success", State.FAILED: "fail"}
    return {
        "task_id": task.task_id,
        "family": task.order.family,
        "model": task.order.model,
        "prompt": task.order.prompt,
        "charged": task.order.credits,
        "refunded": task.refunded,
        "state": names.get(snapshot.state, "processing"),
        "result_urls": list(snapshot.urls),
        "created_ms": snapshot.created_ms,
        "done_ms": snapshot.ended_ms,
        "polls": task.polls,
    }


async def show_faults(request: Request) -> Response:
    """The switches that are on for all tasks, and all that exist."""
    known = [
        {"name": fault.name, "scope": fault.scope, "amount": fault.amount, "unit": fault.unit, "meaning": fault.meaning}
        for fault in FAULTS
    ]
    return json_response({"faults": [switch.spec for switch in sandbox_of(request).board.switches], "known": known})


async def set_faults(request: Request) -> Response:
    """Replace the active switches with `{"faults": [...]}`; an unknown one is rejected and changes nothing.

    Only JSON is accepted, so that a form on another site cannot change them.
    """
    if not request.headers.get("content-type", "").startswith("application/json"):
        return json_response({"error": "Send application/json."}, 415)
    sandbox = sandbox_of(request)
    try:
        specs = (await json_body(request)).get("faults")
        if not isinstance(specs, list) or not all(isinstance(spec, str) for spec in specs):
            raise Refused(422, "faults must be a list of strings")
        sandbox.board.replace(specs)
    except (Refused, ConfigError) as error:
        return json_response({"error": error.message}, 422)
    return json_response({"faults": [switch.spec for switch in sandbox.board.switches]})


async def set_models(request: Request) -> Response:
    """Change the list of models with `{"removed": [ID], "added": {NEW: ID}}`; only JSON, as for the faults."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        return json_response({"error": "Send application/json."}, 415)
    sandbox = sandbox_of(request)
    try:
        body = await json_body(request)
        removed, added = body.get("removed", []), body.get("added", {})
        ids = [*removed, *added, *added.values()] if isinstance(removed, list) and isinstance(added, dict) else [None]
        if not all(isinstance(each, str) for each in ids):
            raise Refused(422, "removed must be a list of ids, added an object of ids")
        sandbox.models.change(removed, added)
    except (Refused, ConfigError) as error:
        return json_response({"error": error.message}, 422)
    return json_response({"removed": sorted(removed), "added": added})


async def set_prices(request: Request) -> Response:
    """Change the price list with `{"factors": {ID: NUMBER}}`; only JSON, as for the faults."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        return json_response({"error": "Send application/json."}, 415)
    sandbox = sandbox_of(request)
    try:
        factors = (await json_body(request)).get("factors", {})
        if not isinstance(factors, dict) or not all(isinstance(each, int | float) for each in factors.values()):
            raise Refused(422, "factors must be an object of numbers")
        sandbox.prices.change(factors)
    except (Refused, ConfigError) as error:
        return json_response({"error": error.message}, 422)
    return json_response({"factors": factors})
