"""Runway: the dedicated endpoints.

Source: docs.kie.ai, Runway API (old model pages), state of 2026-10.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kaimedia.sandbox.faults import response_variants
from kaimedia.sandbox.protocol import prices
from kaimedia.sandbox.protocol.families.failures import Failure, failure
from kaimedia.sandbox.protocol.families.fields import Fields
from kaimedia.sandbox.protocol.replies import Refused, Reply
from kaimedia.sandbox.task import Failing, Order, SandboxTask, State, TaskSnapshot

NAME = "runway"
CREATE_PATH = "/api/v1/runway/generate"
EXTEND_PATH = "/api/v1/runway/extend"
RECORD_PATH = "/api/v1/runway/record-detail"
_SIZES = {"16:9": (1280, 720), "4:3": (960, 720), "1:1": (960, 960), "3:4": (720, 960), "9:16": (720, 1280)}
_SPELLING = {
    State.WAITING: "wait",
    State.QUEUED: "queueing",
    State.RUNNING: "generating",
    State.FINISHING: "generating",
    State.SUCCESS: "success",
    State.FAILED: "fail",
}
_ADDED_S = 5  # seconds that an extension adds
_FAILURES = {Failing.POLICY: Failure(400, "Inappropriate content was detected. Please change the prompt or the image.")}


def order(body: Mapping[str, Any]) -> Order:
    """Check a create request.

    Raises:
        Refused: 422, naming the field or the combination.
    """
    fields = Fields(body)
    prompt = fields.text("prompt", required=True, max_chars=1800)
    duration_s = fields.whole("duration", (5, 10), accepts_text=True)
    quality = fields.choice("quality", ("720p", "1080p"))
    if (duration_s, quality) not in prices.RUNWAY:
        raise Refused(422, "1080p is not supported for a duration of 10 seconds")
    image = fields.url("imageUrl")
    ratio = "16:9" if image else fields.choice("aspectRatio", tuple(_SIZES))
    fields.text("waterMark")
    return Order(
        family=NAME,
        model="runway",
        kind="video",
        prompt=prompt,
        sizes=tuple(_SIZES.values()) if image else (_SIZES[ratio],),
        credits=prices.RUNWAY[duration_s, quality],
        param=body,
        duration_s=duration_s,
        resolution=quality,
        reference_urls=(image,) if image else (),
        callback_url=fields.url("callBackUrl") or None,
    )


def extend(body: Mapping[str, Any], source: SandboxTask | None) -> Order:
    """Check a request that makes a Runway video longer. A wrong task is accepted, and fails later.

    Raises:
        Refused: 422, naming the field.
    """
    fields = Fields(body)
    fields.text("taskId", required=True)
    prompt = fields.text("prompt", required=True, max_chars=1800)
    quality = fields.choice("quality", ("720p", "1080p"))
    fields.text("waterMark")
    return Order(
        family=NAME,
        model="runway",
        kind="video",
        prompt=prompt,
        sizes=source.order.sizes if source else (_SIZES["16:9"],),
        credits=prices.RUNWAY[5, quality],
        param=body,
        duration_s=(source.order.duration_s if source else 0) + _ADDED_S,
        resolution=quality,
        callback_url=fields.url("callBackUrl") or None,
        fails=source is None,
    )


def record(task: SandboxTask, snapshot: TaskSnapshot) -> dict[str, Any]:
    """The record as `record-detail` returns it: states as words, no progress."""
    failed = failure(snapshot, _FAILURES) if snapshot.state is State.FAILED else None
    return {
        "taskId": task.task_id,
        "parentTaskId": "",
        "generateParam": {
            "prompt": task.order.prompt,
            "imageUrl": task.order.reference_urls[0] if task.order.reference_urls else "",
            "expandPrompt": True,
        },
        "state": response_variants.word(task, snapshot, _SPELLING),
        "generateTime": response_variants.as_text(snapshot.created_ms),
        "videoInfo": _video(task, snapshot) if snapshot.state is State.SUCCESS else None,
        "failCode": (failed.code or "") if failed else None,
        "failMsg": failed.message if failed else "",
        "expireFlag": int(snapshot.is_expired),
    }


def _video(task: SandboxTask, snapshot: TaskSnapshot) -> dict[str, Any]:
    return {
        "videoId": task.task_id,
        "taskId": task.task_id,
        "videoUrl": snapshot.urls[0] if snapshot.urls else "",
        "imageUrl": snapshot.cover_url,
    }


def missing(task_id: str) -> Reply:
    """The reply for an unknown id: a success without data."""
    return Reply(200)


def callback(task: SandboxTask, snapshot: TaskSnapshot) -> dict[str, Any]:
    """The body of the callback, snake_case, empty links on failure."""
    data = {"task_id": task.task_id, "video_id": "", "video_url": "", "image_url": ""}
    if snapshot.state is State.FAILED:
        failed = failure(snapshot, _FAILURES)
        return {"code": failed.code or 500, "msg": failed.message, "data": data}
    url = snapshot.urls[0] if snapshot.urls else ""
    data |= {"video_id": task.task_id, "video_url": url, "image_url": snapshot.cover_url}
    return {"code": 200, "msg": "All generated successfully.", "data": data}
