"""The jobs ("market") API: one create and one record for many models.

Source: docs.kie.ai, "Get task details" and the models' pages, state of 2026-10.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kaimedia.sandbox.faults import response_variants
from kaimedia.sandbox.protocol.families.failures import Failure, failure
from kaimedia.sandbox.protocol.families.fields import Fields, cannot_be_empty, is_required_nameless
from kaimedia.sandbox.protocol.families.market_inputs import PAUSED_MODELS, is_known, job_of
from kaimedia.sandbox.protocol.families.unified import UNIFIED, order_of
from kaimedia.sandbox.protocol.replies import PAUSED, Refused, Reply
from kaimedia.sandbox.task import Failing, Order, SandboxTask, State, TaskSnapshot

NAME = "market"
CREATE_PATH = "/api/v1/jobs/createTask"
RECORD_PATH = "/api/v1/jobs/recordInfo"
UNKNOWN_MODEL = (
    "The model name you specified is not supported. "
    "Please verify your input and use one of the supported models provided by KIE."
)
# Seen in live replies; all others that were seen do not name the field.
_NAME_MISSING_FIELDS = frozenset({"kling-3.0/video", "pixverse-v6/transition"})
_SPELLING = {
    State.WAITING: "waiting",
    State.QUEUED: "queuing",
    State.RUNNING: "generating",
    State.FINISHING: "generating",
    State.SUCCESS: "success",
    State.FAILED: "fail",
}
_FAILURES = {
    Failing.POLICY: Failure(422, "The content was rejected by the safety policy. Please change the prompt."),
    Failing.REFERENCE: Failure(422, "Failed to fetch the image. Check that the link can be reached and is an image."),
}


def order(body: Mapping[str, Any], source: SandboxTask | None = None) -> Order:
    """Check a create request against its model's schema. `source` is the task that it continues.

    Raises:
        Refused: 422 or 500, naming the field.
    """
    model = Fields(body).text("model", required=True)
    if model in PAUSED_MODELS:
        raise Refused(500, PAUSED.message)
    if not is_known(model) and model not in UNIFIED:
        raise Refused(422, UNKNOWN_MODEL)
    inputs = body.get("input")
    if not isinstance(inputs, dict):
        raise Refused(422, "input cannot be empty")
    callback_url = Fields(body).url("callBackUrl") or None
    if model in UNIFIED:
        found = order_of(model, inputs, source)
        return replace(found, family=NAME, model=model, param=body, callback_url=callback_url)
    missing = cannot_be_empty if model in _NAME_MISSING_FIELDS else is_required_nameless
    fields = Fields(inputs, enum_code=500, length_code=500, missing=missing)
    job = job_of(model, fields)
    return Order(
        family=NAME,
        model=model,
        kind=job.kind,
        prompt=job.prompt,
        sizes=job.sizes,
        credits=job.credits,
        param=body,
        variants=job.variants,
        duration_s=job.duration_s,
        reference_urls=job.reference_urls,
        mask_url=job.mask_url,
        mask_changes=job.mask_changes,
        media_urls=job.media_urls,
        follows_media=job.follows_media,
        image_format=job.image_format,
        fails=job.fails,
        callback_url=callback_url,
    )


def record(task: SandboxTask, snapshot: TaskSnapshot) -> dict[str, Any]:
    """The record as `recordInfo` returns it: `param` is JSON-encoded twice, `resultJson` is a string."""
    is_running = not snapshot.state.is_over
    failed = failure(snapshot, _FAILURES) if snapshot.state is State.FAILED else None
    is_done = snapshot.state is State.SUCCESS
    usual = round(snapshot.progress * 100) if task.order.model.startswith("sora") else None
    data: dict[str, Any] = {
        "taskId": task.task_id,
        "model": task.order.model,
        "state": response_variants.word(task, snapshot, _SPELLING),
        "param": _param(task),
        "resultJson": json.dumps(_result(task, snapshot)) if is_done else "",
        "failCode": str(failed.code or 500) if failed else None,
        "failMsg": failed.message if failed else None,
        "costTime": None if snapshot.ended_ms is None else (snapshot.ended_ms - snapshot.created_ms) // 1000,
        "completeTime": response_variants.time(task, snapshot.ended_ms),
        "createTime": response_variants.time(task, snapshot.created_ms),
        "creditsConsumed": 0.0 if failed else task.order.credits,
    }
    if is_done:
        data["successFlag"] = response_variants.flag(task, 1, is_running=False)
        if "resultObject" not in _result(task, snapshot):
            data["response"] = response_variants.links(task, snapshot.urls)
    if usual is not None or (is_running and (task.has("progress_100") or task.has("progress_50"))):
        data["progress"] = response_variants.progress(task, usual, is_running=is_running)
    return response_variants.present(data)


def _param(task: SandboxTask) -> str:
    outer = dict(task.order.param)
    outer["input"] = json.dumps(outer["input"], ensure_ascii=False)
    return json.dumps(outer, ensure_ascii=False)


def _result(task: SandboxTask, snapshot: TaskSnapshot) -> dict[str, Any]:
    match task.order.model:
        case "omnihuman-1-5/human-identification":
            return {"resultObject": {"subject_status": 1}}
        case "omnihuman-1-5/subject-detection":
            return {"resultObject": {"mask_urls": list(snapshot.urls)}}
        case "grok-imagine-image-2-0/segment-map":
            regions = enumerate(snapshot.urls)
            segments = [{"maskUrl": url, "name": f"region {index}", "index": index} for index, url in regions]
            return {"resultObject": {"segments": segments}}
    result = response_variants.links(task, snapshot.urls)
    if task.order.model.startswith("sora"):
        result["resultWaterMarkUrls"] = list(snapshot.urls)
    return result


def missing(task_id: str) -> Reply:
    """The reply for an unknown id."""
    return Reply(422, "recordInfo is null")


def callback(task: SandboxTask, snapshot: TaskSnapshot) -> dict[str, Any]:
    """The body of the callback: the record, with another name for the credits."""
    data = record(task, snapshot)
    data["consumeCredits"] = data.pop("creditsConsumed")
    if snapshot.state is State.FAILED:
        return {"code": 501, "msg": "Playground task failed.", "data": data}
    return {"code": 200, "msg": "Playground task completed successfully.", "data": data}
