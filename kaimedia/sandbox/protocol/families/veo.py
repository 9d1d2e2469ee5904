"""Veo 3.1: the dedicated endpoints.

Source: docs.kie.ai, Veo 3.1 API (old model pages), state of 2026-10.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kaimedia.sandbox.faults import response_variants
from kaimedia.sandbox.protocol import prices
from kaimedia.sandbox.protocol.families.failures import Failure, failure
from kaimedia.sandbox.protocol.families.fields import Fields
from kaimedia.sandbox.protocol.families.veo_upgrade import FULL_HD, ULTRA_HD, callback_4k, record_4k
from kaimedia.sandbox.protocol.replies import Refused, Reply
from kaimedia.sandbox.task import Failing, Order, SandboxTask, Size, State, TaskSnapshot

NAME = "veo"
CREATE_PATH = "/api/v1/veo/generate"
EXTEND_PATH = "/api/v1/veo/extend"
RECORD_PATH = "/api/v1/veo/record-info"
_LANDSCAPE: Size = (1280, 720)
_PORTRAIT: Size = (720, 1280)
_SIZES: Mapping[str, tuple[Size, ...]] = {
    "16:9": (_LANDSCAPE,),
    "9:16": (_PORTRAIT,),
    "Auto": (_LANDSCAPE, _PORTRAIT),
}
_TEXT, _FRAMES, _REFERENCE = "TEXT_2_VIDEO", "FIRST_AND_LAST_FRAMES_2_VIDEO", "REFERENCE_2_VIDEO"
_TIERS = {"fast": "veo3_fast", "quality": "veo3", "lite": "veo3_lite"}
_ADDED_S = 7  # seconds that an extension adds
_POLICY_CALLBACK_CODE = 422  # the record has 400 for the same
_FAILURES = {
    Failing.REFERENCE: Failure(400, "Failed to fetch the image. Please check the image link and try again."),
    Failing.POLICY: Failure(
        400, "Your request was rejected by Flow(PUBLIC_ERROR_UNSAFE_GENERATION). Change the prompt and try again."
    ),
}


def order(body: Mapping[str, Any]) -> Order:
    """Check a create request.

    Raises:
        Refused: 422, naming the field or the combination.
    """
    fields = Fields(body)
    prompt = fields.text("prompt", required=True)
    model = fields.choice("model", ("veo3", "veo3_fast", "veo3_lite"), default="veo3_fast")
    ratio = fields.text("aspect_ratio") or fields.text("aspectRatio") or "16:9"
    if ratio not in _SIZES:
        raise Refused(422, "Ratio error")
    resolution = fields.choice("resolution", ("720p", "1080p", "4k"), default="720p")
    duration_s = fields.whole("duration", (4, 6, 8), default=8)
    images = fields.urls("imageUrls", most=3)
    default_type = _FRAMES if images else _TEXT
    kind = fields.choice("generationType", (_TEXT, _FRAMES, _REFERENCE), default=default_type)
    _check_images(kind, model, len(images), duration_s)
    fields.flags("enableTranslation", "enableFallback")
    fields.number("seeds", 10000, 99999)
    fields.text("watermark")
    return Order(
        family=NAME,
        model=model,
        kind="video",
        prompt=prompt,
        sizes=_SIZES[ratio] if images else _SIZES[ratio][:1],
        credits=prices.VEO[model, resolution],
        param=_stored(body),
        duration_s=duration_s,
        resolution=resolution,
        reference_urls=images,
        callback_url=fields.url("callBackUrl") or None,
    )


def extend(body: Mapping[str, Any], source: SandboxTask | None) -> Order:
    """Check a request that makes a Veo video longer: the result is the whole video.

    Raises:
        Refused: 422, naming the field or the reason.
    """
    fields = Fields(body)
    prompt = fields.text("prompt", required=True)
    tier = fields.choice("model", tuple(_TIERS), default="fast")
    fields.text("taskId", required=True)
    if source is None:
        raise Refused(422, "Record does not exist")
    if source.order.resolution in ("1080p", "4k") or FULL_HD in source.upgrades:
        raise Refused(422, "Videos that were generated in 1080P cannot be extended")
    fields.number("seeds", 10000, 99999)
    return replace(
        source.order,
        model=_TIERS[tier],
        prompt=prompt,
        credits=prices.VEO[_TIERS[tier], "720p"],
        param=dict(body),
        duration_s=source.order.duration_s + _ADDED_S,
        reference_urls=(),
        callback_url=fields.url("callBackUrl") or None,
    )


def _check_images(kind: str, model: str, images: int, duration_s: int) -> None:
    if kind == _TEXT and images:
        raise Refused(422, "imageUrls must be empty for TEXT_2_VIDEO")
    if kind == _FRAMES and not 1 <= images <= 2:
        raise Refused(422, "FIRST_AND_LAST_FRAMES_2_VIDEO takes 1 or 2 imageUrls")
    if kind != _REFERENCE:
        return
    if model == "veo3":
        raise Refused(422, "REFERENCE_2_VIDEO is supported by veo3_fast and veo3_lite only")
    if not images:
        raise Refused(422, "REFERENCE_2_VIDEO takes 1 to 3 imageUrls")
    if duration_s != 8:
        raise Refused(422, "REFERENCE_2_VIDEO supports a duration of 8 only")


def _stored(body: Mapping[str, Any]) -> dict[str, Any]:
    stored = dict(body)
    if "aspect_ratio" in stored:
        stored["aspectRatio"] = stored.pop("aspect_ratio")
    return stored


def record(task: SandboxTask, snapshot: TaskSnapshot) -> dict[str, Any]:
    """The record as `record-info` returns it. Flag 1 comes before the link, during the upscale pass."""
    is_running = not snapshot.state.is_over
    failed = failure(snapshot, _FAILURES) if snapshot.state is State.FAILED else None
    value = failed.flag if failed else int(snapshot.state in (State.FINISHING, State.SUCCESS))
    shown = response_variants.present(
        {
            "taskId": task.task_id,
            "paramJson": json.dumps(dict(task.order.param), ensure_ascii=False),
            "createTime": response_variants.time(task, snapshot.created_ms),
            "completeTime": response_variants.time(task, snapshot.ended_ms),
            "response": response_variants.response(task, None if is_running or failed else _result(task, snapshot)),
            "successFlag": response_variants.flag(task, value, is_running=is_running),
            "errorCode": failed.code if failed else None,
            "errorMessage": failed.message if failed else "",
            "fallbackFlag": False,
        }
    )
    return record_4k(shown) if _is_4k_upgrade(task) else shown


def _is_4k_upgrade(task: SandboxTask) -> bool:
    return bool(task.order.upgrade_of) and task.order.resolution == ULTRA_HD


def _result(task: SandboxTask, snapshot: TaskSnapshot) -> dict[str, Any]:
    result = {
        "taskId": task.task_id,
        **response_variants.links(task, snapshot.urls),
        "resolution": task.order.resolution,
    }
    if task.order.sizes != (_LANDSCAPE,):
        result["originUrls"] = list(snapshot.urls)
    return result


def missing(task_id: str) -> Reply:
    """The reply for an unknown id."""
    return Reply(422, f"Record not found for taskId: {task_id}")


def callback(task: SandboxTask, snapshot: TaskSnapshot) -> dict[str, Any]:
    """The body of the callback; no `info` on failure."""
    if _is_4k_upgrade(task):
        return callback_4k(task, snapshot)
    data: dict[str, Any] = {"taskId": task.task_id, "fallbackFlag": False}
    if snapshot.state is State.FAILED:
        failed = failure(snapshot, _FAILURES)
        code = _POLICY_CALLBACK_CODE if snapshot.failing is Failing.POLICY else failed.code or 500
        return {"code": code, "msg": failed.message, "data": data}
    data["promptJson"] = json.dumps(dict(task.order.param), ensure_ascii=False)
    data["info"] = {"resultUrls": list(snapshot.urls), "resolution": task.order.resolution}
    return {"code": 200, "msg": "Veo3.1 video generated successfully.", "data": data}
