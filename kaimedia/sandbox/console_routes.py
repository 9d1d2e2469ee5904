"""The sandbox's own routes under `/_sandbox`: what tests look at and turn. kie.ai has none of them."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kaimedia.errors import ConfigError
from kaimedia.sandbox.auth import base_url, desk_of, json_body
from kaimedia.sandbox.desk import Desk
from kaimedia.sandbox.faultlist import FAULTS
from kaimedia.sandbox.task import SandboxTask, State
from kaimedia.sandbox.wire import Refused, json_response


def routes() -> list[Route]:
    """Health, ledger and faults."""
    return [
        Route("/_sandbox/health", health, methods=["GET"]),
        Route("/_sandbox/ledger", ledger, methods=["GET"]),
        Route("/_sandbox/faults", show_faults, methods=["GET"]),
        Route("/_sandbox/faults", set_faults, methods=["POST"]),
    ]


async def health(request: Request) -> Response:
    """That it is the sandbox and answers."""
    desk = desk_of(request)
    return json_response({"sandbox": True, "speed": desk.options.speed, "media": desk.options.media})


async def ledger(request: Request) -> Response:
    """Every task with its money, the balance, and the counts of what was asked."""
    desk = desk_of(request)
    desk.settle_all()
    base = base_url(request)
    tasks = [_entry(desk, task, base) for task in desk.ledger]
    return json_response({"tasks": tasks, "credits": desk.ledger.credits, **desk.tally.snapshot()})


def _entry(desk: Desk, task: SandboxTask, base: str) -> dict[str, Any]:
    moment = desk.view(task, base)
    words = {State.SUCCESS: "success", State.FAILED: "fail"}
    return {
        "task_id": task.task_id,
        "family": task.order.family,
        "model": task.order.model,
        "prompt": task.order.prompt,
        "charged": task.order.credits,
        "refunded": task.refunded,
        "state": words.get(moment.state, "processing"),
        "result_urls": list(moment.urls),
        "created_ms": moment.created_ms,
        "done_ms": moment.ended_ms,
        "polls": task.polls,
    }


async def show_faults(request: Request) -> Response:
    """The switches that are on for everybody, and all there are."""
    known = [
        {"name": fault.name, "scope": fault.scope, "amount": fault.amount, "unit": fault.unit, "meaning": fault.meaning}
        for fault in FAULTS
    ]
    return json_response({"faults": [switch.spec for switch in desk_of(request).board.switches], "known": known})


async def set_faults(request: Request) -> Response:
    """Set `{"faults": [...]}` instead of what was on; an unknown one changes nothing.

    Only JSON is taken, so that no form on a foreign page can turn them.
    """
    if not request.headers.get("content-type", "").startswith("application/json"):
        return json_response({"error": "Send application/json."}, 415)
    desk = desk_of(request)
    try:
        specs = (await json_body(request)).get("faults")
        if not isinstance(specs, list) or not all(isinstance(spec, str) for spec in specs):
            raise Refused(422, "faults must be a list of strings")
        desk.board.replace(specs)
    except (Refused, ConfigError) as error:
        return json_response({"error": error.message}, 422)
    return json_response({"faults": [switch.spec for switch in desk.board.switches]})
