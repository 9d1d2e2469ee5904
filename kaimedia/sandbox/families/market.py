"""The jobs ("market") API: one create and one record for many models.

Source: docs.kie.ai, "Get task details" and the models' pages, state of 2026-10.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kaimedia.sandbox import shapes
from kaimedia.sandbox.families.failures import Failure, failure
from kaimedia.sandbox.families.fields import Fields
from kaimedia.sandbox.families.market_inputs import MODELS, PAUSED_MODELS
from kaimedia.sandbox.task import Failing, Moment, Order, SandboxTask, State
from kaimedia.sandbox.wire import PAUSED, Refused, Reply

NAME = "market"
CREATE_PATH = "/api/v1/jobs/createTask"
RECORD_PATH = "/api/v1/jobs/recordInfo"
_SPELLING = {
    State.WAITING: "waiting",
    State.QUEUED: "queuing",
    State.RUNNING: "generating",
    State.FINISHING: "generating",
    State.SUCCESS: "success",
    State.FAILED: "fail",
}
_OWN = {
    Failing.POLICY: Failure(422, "The content was rejected by the safety policy. Please change the prompt."),
    Failing.REFERENCE: Failure(422, "Failed to fetch the image. Check that the link can be reached and is an image."),
}


def order(body: Mapping[str, Any]) -> Order:
    """Check a create request against its model's schema.

    Raises:
        Refused: 422 or 500, naming the field.
    """
    model = Fields(body).text("model", required=True)
    if model in PAUSED_MODELS:
        raise Refused(500, PAUSED.message)
    if model not in MODELS:
        raise Refused(422, "The model name you specified is not supported. Please verify the model name.")
    given = body.get("input")
    if not isinstance(given, dict):
        raise Refused(422, "input cannot be empty")
    fields = Fields(given, enum_code=500, length_code=500)
    job = MODELS[model](model, fields)
    return Order(
        family=NAME,
        model=model,
        kind="video",
        prompt=job.prompt,
        sizes=job.sizes,
        credits=job.credits,
        param=body,
        duration_s=job.duration_s,
        reference_urls=job.reference_urls,
        callback_url=Fields(body).url("callBackUrl") or None,
    )


def record(task: SandboxTask, moment: Moment) -> dict[str, Any]:
    """The record as `recordInfo` tells it: `param` doubly encoded, `resultJson` a string."""
    is_running = not moment.state.is_over
    failed = failure(moment, _OWN) if moment.state is State.FAILED else None
    is_done = moment.state is State.SUCCESS
    usual = round(moment.progress * 100) if task.order.model.startswith("sora") else None
    data: dict[str, Any] = {
        "taskId": task.task_id,
        "model": task.order.model,
        "state": shapes.word(task, moment, _SPELLING),
        "param": _param(task),
        "resultJson": json.dumps(_result(task, moment)) if is_done else "",
        "failCode": str(failed.code or 500) if failed else None,
        "failMsg": failed.message if failed else None,
        "costTime": None if moment.ended_ms is None else (moment.ended_ms - moment.created_ms) // 1000,
        "completeTime": shapes.time(task, moment.ended_ms),
        "createTime": shapes.time(task, moment.created_ms),
        "creditsConsumed": 0.0 if failed else task.order.credits,
    }
    if is_done:
        data["successFlag"] = shapes.flag(task, 1, is_running=False)
        data["response"] = shapes.links(task, moment.urls)
    if usual is not None or (is_running and (task.has("progress_100") or task.has("progress_50"))):
        data["progress"] = shapes.progress(task, usual, is_running=is_running)
    return shapes.present(data)


def _param(task: SandboxTask) -> str:
    outer = dict(task.order.param)
    outer["input"] = json.dumps(outer["input"], ensure_ascii=False)
    return json.dumps(outer, ensure_ascii=False)


def _result(task: SandboxTask, moment: Moment) -> dict[str, Any]:
    result = shapes.links(task, moment.urls)
    if task.order.model.startswith("sora"):
        result["resultWaterMarkUrls"] = list(moment.urls)
    return result


def missing(task_id: str) -> Reply:
    """The answer for an id it does not know."""
    return Reply(422, "recordInfo is null")


def callback(task: SandboxTask, moment: Moment) -> dict[str, Any]:
    """The body of the callback: the record, with the credits under another name."""
    data = record(task, moment)
    data["consumeCredits"] = data.pop("creditsConsumed")
    if moment.state is State.FAILED:
        return {"code": 501, "msg": "Playground task failed.", "data": data}
    return {"code": 200, "msg": "Playground task completed successfully.", "data": data}
