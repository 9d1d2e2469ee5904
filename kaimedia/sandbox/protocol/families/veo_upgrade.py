"""Veo videos in 1080p and 4K: what two of Veo's endpoints reply.

Source: docs.kie.ai, Veo 3.1 API (old model pages), state of 2026-10.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kaimedia.sandbox.protocol import prices
from kaimedia.sandbox.protocol.families.fields import Fields
from kaimedia.sandbox.protocol.replies import Refused, Reply
from kaimedia.sandbox.task import Order, SandboxTask, State, TaskSnapshot

FULL_HD, ULTRA_HD = "1080p", "4k"
PATHS = {FULL_HD: "/api/v1/veo/get-1080p-video", ULTRA_HD: "/api/v1/veo/get-4k-video"}
_PROCESSING = {
    FULL_HD: Reply(400, "1080P is processing. It should be ready in 1-2 minutes. Please check back shortly."),
    ULTRA_HD: Reply(422, "4k is processing. It should be ready in 5-10 minutes. Please check back shortly."),
}
_NAMES = {FULL_HD: "1080P", ULTRA_HD: "4K"}


def order(resolution: str, body: Mapping[str, Any], source: SandboxTask, snapshot: TaskSnapshot) -> Order:
    """Check a request for a finished video in a higher resolution: the same video again.

    Raises:
        Refused: the video is not done, or failed.
    """
    fields = Fields(body)
    fields.whole("index", (0,), default=0, accepts_text=True)
    if snapshot.state is State.FAILED:
        raise _unavailable(resolution)
    if snapshot.state is not State.SUCCESS:
        waiting = _PROCESSING[resolution]
        raise Refused(400, waiting.message if resolution == FULL_HD else "The video has not been generated yet")
    return replace(
        source.order,
        credits=prices.VEO_UPGRADE[resolution],
        resolution=resolution,
        param=dict(body),
        callback_url=fields.url("callBackUrl") or None,
        upgrade_of=source.task_id,
    )


def started(resolution: str, task: SandboxTask) -> Reply:
    """The reply to the first call, which is charged."""
    return _PROCESSING[FULL_HD] if resolution == FULL_HD else Reply(200, data=_links_4k(task, None))


def reply(resolution: str, task: SandboxTask, snapshot: TaskSnapshot) -> Reply:
    """The reply to a later call. In 4K it has code 422 even when all is well.

    Raises:
        Refused: the upgrade failed.
    """
    if snapshot.state is State.FAILED:
        raise _unavailable(resolution)
    is_done = snapshot.state is State.SUCCESS
    if resolution == FULL_HD:
        return Reply(200, data={"resultUrl": snapshot.urls[0]}) if is_done else _PROCESSING[FULL_HD]
    if is_done:
        return Reply(422, "The video has been generated successfully", _links_4k(task, snapshot))
    return replace(_PROCESSING[ULTRA_HD], data=_links_4k(task, None))


def record_4k(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record of a 4K task: with media ids, without the flag for fallbacks."""
    found = {name: value for name, value in record.items() if name != "fallbackFlag"}
    if isinstance(found["response"], dict):
        found["response"] = {**found["response"], "mediaIds": [found["taskId"]]}
    return found


def callback_4k(task: SandboxTask, snapshot: TaskSnapshot) -> dict[str, Any]:
    """The body of the callback; no `info` on failure."""
    if snapshot.state is State.FAILED:
        failed = _unavailable(ULTRA_HD)
        return {"code": failed.code, "msg": failed.message, "data": {"taskId": task.task_id}}
    info = {"resultUrls": list(snapshot.urls), "imageUrls": []}
    data = {"taskId": task.task_id, "info": info, "creditsConsumed": task.order.credits}
    return {"code": 200, "msg": "4K Video generated successfully.", "data": data}


def _links_4k(task: SandboxTask, snapshot: TaskSnapshot | None) -> dict[str, Any]:
    urls = list(snapshot.urls) if snapshot else None
    return {"taskId": task.task_id, "resultUrls": urls, "imageUrls": [] if urls else None}


def _unavailable(resolution: str) -> Refused:
    text = f"The {_NAMES[resolution]} version of this video is unavailable. Please try a different video."
    return Refused(422 if resolution == FULL_HD else 500, text)
