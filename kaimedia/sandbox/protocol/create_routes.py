"""The paid call: check, charge, record, respond; and all the ways it can go wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kaimedia.sandbox.faults.catalog import Scope
from kaimedia.sandbox.faults.switches import Switch, in_prompt
from kaimedia.sandbox.protocol.auth import base_url, header_switches, is_authorized, json_body, sandbox_of
from kaimedia.sandbox.protocol.families import FAMILIES, WireFamily
from kaimedia.sandbox.protocol.http_protocol import hang_up
from kaimedia.sandbox.protocol.replies import (
    JSON_TYPE,
    NO_CREDITS,
    PAUSED,
    RATE_LIMITED,
    RATE_LIMITED_HTTP,
    UNAUTHORIZED,
    Refused,
    Reply,
    gateway_error,
)
from kaimedia.sandbox.state import SandboxState
from kaimedia.sandbox.task import Order, SandboxTask

_REFUSALS: Mapping[str, Reply] = {
    "create_401": UNAUTHORIZED,
    "create_402": Reply(402, NO_CREDITS),
    "create_402_as_500": Reply(500, NO_CREDITS),
    "create_422": Reply(422, "Validation failed: the request cannot be processed as it stands"),
    "create_policy": Reply(400, "Your prompt was flagged as violating content policies."),
    "create_429": RATE_LIMITED,
    "create_429_http": RATE_LIMITED_HTTP,
    "create_430": Reply(430, RATE_LIMITED.message),
    "create_433": Reply(433, "The usage limit of this sub-key has been reached."),
    "create_451": Reply(451, "Failed to fetch the image. Check that the link can be reached and is an image."),
    "create_455": Reply(455, "The service is under maintenance. Please try again later."),
    "create_500": Reply(500, "Server exception, please try again later or contact customer service"),
    "create_550": Reply(550, "Connection denied: the task queue is full. Please try again later."),
}


def routes() -> list[Route]:
    """One create route for each family, and one to extend its tasks where it has that."""
    found = []
    for family in FAMILIES.values():
        create = _create(family, partial(_new, family))
        found.append(Route(family.create_path, create, methods=["POST"], name=f"create_{family.name}"))
        if family.extend_path and family.extend:
            extend = _create(family, partial(_extended, family.name, family.extend))
            found.append(Route(family.extend_path, extend, methods=["POST"], name=f"extend_{family.name}"))
    return found


OrderOf = Callable[[SandboxState, Mapping[str, Any]], Order]


def _new(family: WireFamily, sandbox: SandboxState, body: Mapping[str, Any]) -> Order:
    like = sandbox.models.like(str(body.get("model")))
    if like == body.get("model") or "model" not in body:
        return _checked(family, sandbox, body)
    return replace(_checked(family, sandbox, {**body, "model": like}), model=str(body["model"]), param=body)


def _checked(family: WireFamily, sandbox: SandboxState, body: Mapping[str, Any]) -> Order:
    if family.source_id is None:
        return family.order(body)
    return family.order(body, sandbox.accounts.find(family.source_id(body) or "", family.name))


def _extended(
    name: str,
    extend: Callable[[Mapping[str, Any], SandboxTask | None], Order],
    sandbox: SandboxState,
    body: Mapping[str, Any],
) -> Order:
    return extend(body, sandbox.accounts.find(str(body.get("taskId") or ""), name))


def _create(family: WireFamily, order_of: OrderOf) -> Callable[[Request], Awaitable[Response]]:
    async def create(request: Request) -> Response:
        sandbox = sandbox_of(request)
        sandbox.counters.count("creates", sandbox.now())
        try:
            return await _answer(request, sandbox, family, order_of)
        except Refused as rejection:
            sandbox.counters.count("refused_creates", sandbox.now())
            return Reply(rejection.code, rejection.message, rejection.data).response()

    return create


async def _answer(request: Request, sandbox: SandboxState, family: WireFamily, order_of: OrderOf) -> Response:
    if not is_authorized(request):
        return UNAUTHORIZED.response()
    body = await json_body(request)

    def checked() -> Order:
        if sandbox.options.sora_paused and str(body.get("model", "")).startswith("sora-2"):
            raise Refused(500, PAUSED.message)
        return order_of(sandbox, body)

    def reply_to(task: SandboxTask) -> Reply:
        data = {"taskId": task.task_id}
        if family.reports_record_id:
            data["recordId"] = task.task_id
        return Reply(200, data=data)

    return await begin(request, sandbox, _prompt(body), checked, reply_to)


async def begin(
    request: Request,
    sandbox: SandboxState,
    prompt: str,
    order_of: Callable[[], Order],
    reply_to: Callable[[SandboxTask], Reply],
) -> Response:
    """Accept and charge one task, within the rate limit and unless a fault prevents it.

    `prompt` selects the faults.

    Raises:
        Refused: as `order_of`, or the balance is too low.
    """
    if sandbox.create_window.is_full(sandbox.now()):
        sandbox.counters.count("refused_creates", sandbox.now())
        return (RATE_LIMITED_HTTP if sandbox.options.real_429 else RATE_LIMITED).response()
    extra = (*in_prompt(prompt), *header_switches(request))
    nth = sandbox.creates_by_prompt[prompt]
    sandbox.creates_by_prompt[prompt] += 1
    active = sandbox.board.active(Scope.CREATE, prompt, nth=nth, extra=extra)
    refused = await _refuse(request, sandbox, active)
    if refused is not None:
        sandbox.counters.count("refused_creates", sandbox.now())
        return refused
    task = sandbox.accept(order_of(), base_url(request), extra)
    sandbox.create_window.add(sandbox.now())
    return await _reply(request, sandbox, reply_to(task), active)


def _prompt(body: Mapping[str, Any]) -> str:
    inputs = body.get("input")
    source = inputs if isinstance(inputs, dict) else body
    prompt = source.get("prompt")
    return prompt if isinstance(prompt, str) else ""


async def _refuse(request: Request, sandbox: SandboxState, active: Mapping[str, Switch]) -> Response | None:
    """The response to a create that is not accepted, or None."""
    for name in active:
        if name in _REFUSALS:
            return _REFUSALS[name].response()
        if name == "create_html502":
            return gateway_error()
        if name == "create_reset":
            return await hang_up(request)
    return None


async def _reply(request: Request, sandbox: SandboxState, reply: Reply, active: Mapping[str, Switch]) -> Response:
    """The response to a create that is accepted and charged; with some faults it never arrives."""
    response = reply.response()
    if "create_accepted_html502" in active:
        return gateway_error()
    if "create_accepted_reset" in active:
        return await hang_up(request)
    if "create_accepted_truncated" in active:
        whole = bytes(response.body)
        return Response(whole[: len(whole) // 2], media_type=JSON_TYPE)
    if "create_accepted_no_id" in active:
        return Reply(200).response()
    if switch := active.get("create_accepted_timeout"):
        await sandbox.pause(switch.amount or 0.0)
    return response
