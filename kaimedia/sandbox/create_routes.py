"""The paid call: check, charge, write down, answer; and all the ways it can go wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kaimedia.sandbox.auth import base_url, desk_of, header_switches, is_let_in, json_body
from kaimedia.sandbox.desk import Desk
from kaimedia.sandbox.families import FAMILIES, Family
from kaimedia.sandbox.faultlist import Scope
from kaimedia.sandbox.faults import Switch, in_prompt
from kaimedia.sandbox.line import hang_up
from kaimedia.sandbox.wire import (
    GATEWAY_PAGE,
    JSON_TYPE,
    NO_CREDITS,
    PAUSED,
    TOO_OFTEN,
    TOO_OFTEN_HTTP,
    UNAUTHORIZED,
    Refused,
    Reply,
)

_REFUSALS: Mapping[str, Reply] = {
    "create_401": UNAUTHORIZED,
    "create_402": Reply(402, NO_CREDITS),
    "create_402_as_500": Reply(500, NO_CREDITS),
    "create_422": Reply(422, "Validation failed: the request cannot be processed as it stands"),
    "create_policy": Reply(400, "Your prompt was flagged as violating content policies."),
    "create_429": TOO_OFTEN,
    "create_429_http": TOO_OFTEN_HTTP,
    "create_430": Reply(430, TOO_OFTEN.message),
    "create_433": Reply(433, "The usage limit of this sub-key has been reached."),
    "create_451": Reply(451, "Failed to fetch the image. Check that the link can be reached and is an image."),
    "create_455": Reply(455, "The service is under maintenance. Please try again later."),
    "create_500": Reply(500, "Server exception, please try again later or contact customer service"),
    "create_550": Reply(550, "Connection denied: the task queue is full. Please try again later."),
}


def routes() -> list[Route]:
    """One create route for each family."""
    return [Route(f.create_path, _create(f), methods=["POST"], name=f"create_{f.name}") for f in FAMILIES.values()]


def _create(family: Family) -> Callable[[Request], Awaitable[Response]]:
    async def create(request: Request) -> Response:
        desk = desk_of(request)
        desk.tally.count("creates", desk.now())
        try:
            return await _answer(request, desk, family)
        except Refused as refusal:
            desk.tally.count("refused_creates", desk.now())
            return Reply(refusal.code, refusal.message, refusal.data).response()

    return create


async def _answer(request: Request, desk: Desk, family: Family) -> Response:
    if not is_let_in(request):
        return UNAUTHORIZED.response()
    body = await json_body(request)
    if desk.create_window.is_full(desk.now()):
        desk.tally.count("refused_creates", desk.now())
        return (TOO_OFTEN_HTTP if desk.options.real_429 else TOO_OFTEN).response()
    prompt = _prompt(body)
    own = (*in_prompt(prompt), *header_switches(request))
    nth = desk.asked[prompt]
    desk.asked[prompt] += 1
    striking = desk.board.striking(Scope.CREATE, prompt, nth=nth, own=own)
    refused = await _refuse(request, desk, striking)
    if refused is not None:
        desk.tally.count("refused_creates", desk.now())
        return refused
    if desk.options.sora_paused and str(body.get("model", "")).startswith("sora-2"):
        raise Refused(500, PAUSED.message)
    task = desk.accept(family.order(body), base_url(request), own)
    desk.create_window.add(desk.now())
    data = {"taskId": task.task_id}
    if family.tells_record_id:
        data["recordId"] = task.task_id
    return await _reply(request, desk, Reply(200, data=data), striking)


def _prompt(body: Mapping[str, Any]) -> str:
    given = body.get("input")
    source = given if isinstance(given, dict) else body
    prompt = source.get("prompt")
    return prompt if isinstance(prompt, str) else ""


async def _refuse(request: Request, desk: Desk, striking: Mapping[str, Switch]) -> Response | None:
    """The answer to a create that is not accepted, or None."""
    for name in striking:
        if name in _REFUSALS:
            return _REFUSALS[name].response()
        if name == "create_html502":
            return Response(GATEWAY_PAGE, 502, media_type="text/html")
        if name == "create_reset":
            return await hang_up(request)
    return None


async def _reply(request: Request, desk: Desk, reply: Reply, striking: Mapping[str, Switch]) -> Response:
    """The answer to a create that is accepted and charged, perhaps one that never arrives."""
    response = reply.response()
    if "create_accepted_html502" in striking:
        return Response(GATEWAY_PAGE, 502, media_type="text/html")
    if "create_accepted_reset" in striking:
        return await hang_up(request)
    if "create_accepted_truncated" in striking:
        whole = bytes(response.body)
        return Response(whole[: len(whole) // 2], media_type=JSON_TYPE)
    if "create_accepted_no_id" in striking:
        return Reply(200).response()
    if switch := striking.get("create_accepted_timeout"):
        await desk.pause(switch.amount or 0.0)
    return response
