"""Polls of tasks: each family's record, and the faults of polls."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kaimedia.sandbox.faults.catalog import Scope
from kaimedia.sandbox.faults.switches import Switch
from kaimedia.sandbox.protocol.auth import base_url, header_switches, is_authorized, sandbox_of
from kaimedia.sandbox.protocol.families import FAMILIES, WireFamily
from kaimedia.sandbox.protocol.http_protocol import hang_up
from kaimedia.sandbox.protocol.replies import (
    JSON_TYPE,
    RATE_LIMITED,
    RATE_LIMITED_HTTP,
    UNAUTHORIZED,
    Reply,
    gateway_error,
    json_response,
)
from kaimedia.sandbox.state import SandboxState
from kaimedia.sandbox.task import SandboxTask, State

_REPLIES: Mapping[str, Reply] = {
    "data_null": Reply(200),
    "poll_401": UNAUTHORIZED,
    "poll_404": Reply(404, "Not Found"),
    "poll_429": RATE_LIMITED,
    "poll_429_http": RATE_LIMITED_HTTP,
    "poll_430": Reply(430, RATE_LIMITED.message),
    "poll_433": Reply(433, "The usage limit of this sub-key has been reached."),
    "poll_451": Reply(451, "Failed to fetch the image. Check that the link can be reached and is an image."),
    "poll_455": Reply(455, "The service is under maintenance. Please try again later."),
    "poll_500": Reply(500, "Server exception, please try again later or contact customer service"),
    "poll_550": Reply(550, "Connection denied: the task queue is full. Please try again later."),
}


def routes() -> list[Route]:
    """One record route for each family."""
    return [Route(f.record_path, _poll(f), methods=["GET"], name=f"record_{f.name}") for f in FAMILIES.values()]


def _poll(family: WireFamily) -> Callable[[Request], Awaitable[Response]]:
    async def poll(request: Request) -> Response:
        sandbox = sandbox_of(request)
        sandbox.counters.count("polls", sandbox.now())
        if not is_authorized(request):
            return UNAUTHORIZED.response()
        task_id = request.query_params.get("taskId", "")
        if not task_id:
            return Reply(422, "taskId cannot be empty").response()
        key = task_id if family.polls_are_per_task else family.name
        if sandbox.options.limits_polls and not sandbox.query_limits.allows(key, family.polls_per_s, sandbox.now()):
            return RATE_LIMITED.response()
        task = sandbox.accounts.find(task_id, family.name)
        if task is None:
            return family.missing(task_id).response()
        return await _answer(request, sandbox, family, task)

    return poll


async def _answer(request: Request, sandbox: SandboxState, family: WireFamily, task: SandboxTask) -> Response:
    age_s = (sandbox.now() - task.created_at) * sandbox.options.speed
    extra = (*task.switches.values(), *header_switches(request))
    active = sandbox.board.active(Scope.POLL, task.dice_key, nth=task.polls, age_s=age_s, extra=extra)
    task.polls += 1
    if "record_missing" in active:
        return family.missing(task.task_id).response()
    reply = Reply(200, data=_record(sandbox, family, task, base_url(request)))
    for name, switch in active.items():
        if name in _REPLIES:
            return _REPLIES[name].response()
        if name == "html502":
            return gateway_error()
        if name == "poll_reset":
            return await hang_up(request)
        if name == "poll_timeout":
            await sandbox.pause(switch.amount or 0.0)
    return _apply_faults(reply, active)


def _record(sandbox: SandboxState, family: WireFamily, task: SandboxTask, base: str) -> dict[str, Any]:
    snapshot = sandbox.view(task, base)
    switch = task.switches.get("success_without_url")
    if switch and snapshot.state is State.SUCCESS:
        if switch.amount is None or task.polls_after_success < switch.amount:
            snapshot = replace(snapshot, urls=())
        task.polls_after_success += 1
    record = family.record(task, snapshot)
    switch = task.switches.get("record_of_another")
    if switch and snapshot.state is State.SUCCESS and task.misnamed < (switch.amount or 0):
        task.misnamed += 1
        record = {**record, "taskId": task.task_id[::-1]}
    return record


def _apply_faults(reply: Reply, active: Mapping[str, Switch]) -> Response:
    """The real record, wrapped incorrectly where a fault asks for it."""
    if "code_505_with_data" in active:
        reply = replace(reply, code=505)
    if "code_as_string" in active:
        reply = replace(reply, code=str(reply.code))
    if "data_as_string" in active:
        reply = replace(reply, data=json.dumps(reply.data, ensure_ascii=False))
    if "no_envelope" in active and isinstance(reply.data, dict):
        return json_response({"code": reply.code, "msg": reply.message, **reply.data})
    if "array" in active:
        return json_response([reply.body()])
    if "empty" in active:
        return Response(b"", media_type=JSON_TYPE)
    response = reply.response()
    if "truncated" in active:
        whole = bytes(response.body)
        return Response(whole[: len(whole) // 2], media_type=JSON_TYPE)
    return response
