"""Runway Aleph: the dedicated endpoints.

Source: docs.kie.ai, Runway Aleph API (old model pages), state of 2026-10.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kaimedia.sandbox.faults import response_variants
from kaimedia.sandbox.protocol import prices
from kaimedia.sandbox.protocol.families.failures import Failure, failure
from kaimedia.sandbox.protocol.families.fields import Fields
from kaimedia.sandbox.protocol.replies import Reply
from kaimedia.sandbox.task import Failing, Order, SandboxTask, State, TaskSnapshot

NAME = "aleph"
CREATE_PATH = "/api/v1/aleph/generate"
RECORD_PATH = "/api/v1/aleph/record-info"
_SIZES = {
    "16:9": (1280, 720),
    "9:16": (720, 1280),
    "4:3": (960, 720),
    "3:4": (720, 960),
    "1:1": (960, 960),
    "21:9": (1680, 720),
}
_UNKNOWN_LENGTH_S = 5  # until the source video is read
_INTERNAL = "internal error, please try again later."
_FAILURES = {
    Failing.POLICY: Failure(400, "Your prompt was flagged as violating content policies.", flag=3),
    Failing.GENERATION: Failure(500, _INTERNAL, flag=3),
    Failing.REFERENCE: Failure(500, _INTERNAL, flag=3),
}


def order(body: Mapping[str, Any]) -> Order:
    """Check a create request. Whether the links can be reached is not checked: the task fails later.

    Raises:
        Refused: 422, naming the field.
    """
    fields = Fields(body)
    prompt = fields.text("prompt", required=True)
    video = fields.url("videoUrl", required=True)
    ratio = fields.choice("aspectRatio", tuple(_SIZES), default="16:9")
    image = fields.url("referenceImage")
    fields.number("seed", 0, float("inf"))
    fields.flags("uploadCn")
    fields.text("waterMark")
    return Order(
        family=NAME,
        model="runway-aleph",
        kind="video",
        prompt=prompt,
        sizes=(_SIZES[ratio],),
        credits=prices.ALEPH,
        param=body,
        duration_s=_UNKNOWN_LENGTH_S,
        reference_urls=(image,) if image else (),
        media_urls=(video,),
        follows_media=True,
        callback_url=fields.url("callBackUrl") or None,
    )


def record(task: SandboxTask, snapshot: TaskSnapshot) -> dict[str, Any]:
    """The record as `record-info` returns it: no progress, `errorMessage` null while it runs."""
    failed = failure(snapshot, _FAILURES) if snapshot.state is State.FAILED else None
    is_done = snapshot.state is State.SUCCESS
    response = {"taskId": task.task_id, "resultVideoUrl": _video(snapshot), "resultImageUrl": snapshot.cover_url}
    value = failed.flag if failed else int(is_done)
    return {
        "taskId": task.task_id,
        "paramJson": json.dumps(dict(task.order.param), ensure_ascii=False),
        "response": response_variants.response(task, response if is_done else None),
        "successFlag": response_variants.flag(task, value, is_running=not snapshot.state.is_over),
        "errorCode": failed.code if failed else None,
        "errorMessage": failed.message if failed else None,
        "createTime": response_variants.time(task, snapshot.created_ms),
        "completeTime": response_variants.time(task, snapshot.ended_ms),
    }


def _video(snapshot: TaskSnapshot) -> str:
    return snapshot.urls[0] if snapshot.urls else ""


def missing(task_id: str) -> Reply:
    """The reply for an unknown id: a success without data."""
    return Reply(200)


def callback(task: SandboxTask, snapshot: TaskSnapshot) -> dict[str, Any]:
    """The body of the callback; the task id is at the root."""
    if snapshot.state is State.FAILED:
        failed = failure(snapshot, _FAILURES)
        return {"code": failed.code or 500, "msg": failed.message, "taskId": task.task_id, "data": None}
    data = {"result_video_url": _video(snapshot), "result_image_url": snapshot.cover_url}
    return {"code": 200, "msg": "success", "taskId": task.task_id, "data": data}
