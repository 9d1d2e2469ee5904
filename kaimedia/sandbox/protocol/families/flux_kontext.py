"""Flux Kontext: the dedicated endpoints.

Source: docs.kie.ai, Flux Kontext API (old model pages), state of 2026-10.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kaimedia.sandbox.faults import response_variants
from kaimedia.sandbox.protocol import prices
from kaimedia.sandbox.protocol.families.failures import Failure, failure
from kaimedia.sandbox.protocol.families.fields import Fields
from kaimedia.sandbox.protocol.replies import Refused, Reply
from kaimedia.sandbox.task import Failing, Order, SandboxTask, Size, State, TaskSnapshot

NAME = "flux_kontext"
CREATE_PATH = "/api/v1/flux/kontext/generate"
RECORD_PATH = "/api/v1/flux/kontext/record-info"
_SIZES: Mapping[str, Size] = {  # each has about the area of 1024×1024
    "21:9": (1568, 672),
    "16:9": (1360, 768),
    "4:3": (1184, 880),
    "1:1": (1024, 1024),
    "3:4": (880, 1184),
    "9:16": (768, 1360),
}
_TOLERANCE, _TOLERANCE_FOR_EDITS = 6, 2
_FAILURES = {
    Failing.REFERENCE: Failure(400, "Failed to fetch the image. Please check the image link and try again."),
    Failing.CODE_408: Failure(500, "No result was produced upstream within 10 minutes.", flag=3),
}


def order(body: Mapping[str, Any]) -> Order:
    """Check a create request.

    Raises:
        Refused: 422, naming the field; 500 for a safety tolerance outside its range.
    """
    fields = Fields(body)
    prompt = fields.text("prompt", required=True)
    model = fields.choice("model", tuple(prices.FLUX_KONTEXT), default="flux-kontext-pro")
    image = fields.url("inputImage")
    ratio = fields.choice("aspectRatio", tuple(_SIZES), default="16:9")
    is_png = fields.choice("outputFormat", ("jpeg", "png"), default="jpeg") == "png"
    fields.flags("enableTranslation", "promptUpsampling", "uploadCn")
    fields.text("watermark")
    tolerance = body.get("safetyTolerance")
    most = _TOLERANCE_FOR_EDITS if image else _TOLERANCE
    if tolerance is not None and tolerance not in range(most + 1):
        raise Refused(500, f"safetyTolerance must be between 0 and {most}")
    return Order(
        family=NAME,
        model=model,
        kind="image",
        prompt=prompt,
        sizes=(_SIZES[ratio],),
        credits=prices.FLUX_KONTEXT[model],
        param=body,
        reference_urls=(image,) if image else (),
        callback_url=fields.url("callBackUrl") or None,
        image_format="png" if is_png else "jpeg",
    )


def record(task: SandboxTask, snapshot: TaskSnapshot) -> dict[str, Any]:
    """The record as `record-info` returns it; `originImageUrl` is the input, never a result."""
    failed = failure(snapshot, _FAILURES) if snapshot.state is State.FAILED else None
    is_done = snapshot.state is State.SUCCESS
    value = failed.flag if failed else int(is_done)
    return {
        "taskId": task.task_id,
        "paramJson": json.dumps(dict(task.order.param), ensure_ascii=False),
        "createTime": response_variants.time(task, snapshot.created_ms),
        "completeTime": response_variants.time(task, snapshot.ended_ms),
        "response": response_variants.response(task, _links(task, snapshot) if is_done else None),
        "successFlag": response_variants.flag(task, value, is_running=not snapshot.state.is_over),
        "errorCode": failed.code if failed else None,
        "errorMessage": failed.message if failed else "",
    }


def _links(task: SandboxTask, snapshot: TaskSnapshot) -> dict[str, str]:
    return {
        "originImageUrl": task.order.reference_urls[0] if task.order.reference_urls else "",
        "resultImageUrl": snapshot.urls[0] if snapshot.urls else "",
    }


def missing(task_id: str) -> Reply:
    """The reply for an unknown id."""
    return Reply(422, "The record does not exist")


def callback(task: SandboxTask, snapshot: TaskSnapshot) -> dict[str, Any]:
    """The body of the callback; its links are empty on failure."""
    if snapshot.state is State.FAILED:
        failed = failure(snapshot, _FAILURES)
        info = {"originImageUrl": "", "resultImageUrl": ""}
        return {"code": failed.code or 500, "msg": failed.message, "data": {"taskId": task.task_id, "info": info}}
    data = {"taskId": task.task_id, "info": _links(task, snapshot)}
    return {"code": 200, "msg": "success", "data": data}
