"""The looks at tasks: each family's record, and the faults that befall a poll."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kaimedia.sandbox.auth import base_url, desk_of, header_switches, is_let_in
from kaimedia.sandbox.desk import Desk
from kaimedia.sandbox.families import FAMILIES, Family
from kaimedia.sandbox.faultlist import Scope
from kaimedia.sandbox.faults import Switch
from kaimedia.sandbox.line import hang_up
from kaimedia.sandbox.task import SandboxTask, State
from kaimedia.sandbox.wire import GATEWAY_PAGE, JSON_TYPE, TOO_OFTEN, TOO_OFTEN_HTTP, UNAUTHORIZED, Reply, json_response

_REPLIES: Mapping[str, Reply] = {
    "data_null": Reply(200),
    "poll_401": UNAUTHORIZED,
    "poll_404": Reply(404, "Not Found"),
    "poll_429": TOO_OFTEN,
    "poll_429_http": TOO_OFTEN_HTTP,
    "poll_430": Reply(430, TOO_OFTEN.message),
    "poll_433": Reply(433, "The usage limit of this sub-key has been reached."),
    "poll_451": Reply(451, "Failed to fetch the image. Check that the link can be reached and is an image."),
    "poll_455": Reply(455, "The service is under maintenance. Please try again later."),
    "poll_500": Reply(500, "Server exception, please try again later or contact customer service"),
    "poll_550": Reply(550, "Connection denied: the task queue is full. Please try again later."),
}


def routes() -> list[Route]:
    """One record route for each family."""
    return [Route(f.record_path, _look(f), methods=["GET"], name=f"record_{f.name}") for f in FAMILIES.values()]


def _look(family: Family) -> Callable[[Request], Awaitable[Response]]:
    async def look(request: Request) -> Response:
        desk = desk_of(request)
        desk.tally.count("polls", desk.now())
        if not is_let_in(request):
            return UNAUTHORIZED.response()
        task_id = request.query_params.get("taskId", "")
        if not task_id:
            return Reply(422, "taskId cannot be empty").response()
        key = task_id if family.polls_are_per_task else family.name
        if desk.options.limits_polls and not desk.query_limits.takes(key, family.polls_per_s, desk.now()):
            return TOO_OFTEN.response()
        task = desk.ledger.find(task_id, family.name)
        if task is None:
            return family.missing(task_id).response()
        return await _answer(request, desk, family, task)

    return look


async def _answer(request: Request, desk: Desk, family: Family, task: SandboxTask) -> Response:
    age_s = (desk.now() - task.created_at) * desk.options.speed
    own = (*task.switches.values(), *header_switches(request))
    striking = desk.board.striking(Scope.POLL, task.dice_key, nth=task.polls, age_s=age_s, own=own)
    task.polls += 1
    if "record_missing" in striking:
        return family.missing(task.task_id).response()
    reply = Reply(200, data=_record(desk, family, task, base_url(request)))
    for name, switch in striking.items():
        if name in _REPLIES:
            return _REPLIES[name].response()
        if name == "html502":
            return Response(GATEWAY_PAGE, 502, media_type="text/html")
        if name == "poll_reset":
            return await hang_up(request)
        if name == "poll_timeout":
            await desk.pause(switch.amount or 0.0)
    return _twisted(reply, striking)


def _record(desk: Desk, family: Family, task: SandboxTask, base: str) -> dict[str, Any]:
    moment = desk.view(task, base)
    switch = task.switches.get("success_without_url")
    if switch and moment.state is State.SUCCESS:
        if switch.amount is None or task.looks_after_success < switch.amount:
            moment = replace(moment, urls=())
        task.looks_after_success += 1
    record = family.record(task, moment)
    switch = task.switches.get("record_of_another")
    if switch and moment.state is State.SUCCESS and task.misnamed < (switch.amount or 0):
        task.misnamed += 1
        record = {**record, "taskId": task.task_id[::-1]}
    return record


def _twisted(reply: Reply, striking: Mapping[str, Switch]) -> Response:
    """The true record in an odd wrapping."""
    if "code_505_with_data" in striking:
        reply = replace(reply, code=505)
    if "code_as_string" in striking:
        reply = replace(reply, code=str(reply.code))
    if "data_as_string" in striking:
        reply = replace(reply, data=json.dumps(reply.data, ensure_ascii=False))
    if "no_envelope" in striking and isinstance(reply.data, dict):
        return json_response({"code": reply.code, "msg": reply.message, **reply.data})
    if "array" in striking:
        return json_response([reply.body()])
    if "empty" in striking:
        return Response(b"", media_type=JSON_TYPE)
    response = reply.response()
    if "truncated" in striking:
        whole = bytes(response.body)
        return Response(whole[: len(whole) // 2], media_type=JSON_TYPE)
    return response
