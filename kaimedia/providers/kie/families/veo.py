"""Veo 3.1: the dedicated endpoints.

Source: docs.kie.ai, Veo 3.1 API, state of 2026-10.
"""

from __future__ import annotations

from typing import Any

from kaimedia.domain import GenerationRequest
from kaimedia.models.spec import ModelSpec
from kaimedia.providers.base import Report
from kaimedia.providers.kie.parsing.envelope import Envelope
from kaimedia.providers.kie.parsing.reading import Shape, read_report
from kaimedia.providers.kie.wire import Call

_SHAPE = Shape(state_fields=("status", "state"))
_MAX_FRAMES = 2


def build(
    spec: ModelSpec, request: GenerationRequest, reference_urls: tuple[str, ...], callback_url: str | None
) -> Call:
    """The create call. One reference is the first frame, two are the first and the last."""
    frames = list(reference_urls[:_MAX_FRAMES])
    body: dict[str, Any] = {
        "prompt": request.prompt,
        "model": spec.remote_name,
        "generationType": "FIRST_AND_LAST_FRAMES_2_VIDEO" if frames else "TEXT_2_VIDEO",
        "aspect_ratio": request.aspect_ratio,
        "duration": request.duration_s,
        "resolution": request.params["resolution"],
        # The pages disagree about the default, so ours is always sent.
        "enableTranslation": request.params["enable_translation"],
    }
    if frames:
        body["imageUrls"] = frames
    if request.params.get("watermark"):
        body["watermark"] = request.params["watermark"]
    if callback_url:
        body["callBackUrl"] = callback_url
    return Call("POST", "/api/v1/veo/generate", json=body)


def query(provider_task_id: str) -> Call:
    """The call that polls a task."""
    return Call("GET", "/api/v1/veo/record-info", query={"taskId": provider_task_id})


def parse(envelope: Envelope, spec: ModelSpec) -> Report:
    """Parse one record. No progress; flag 1 may come before the link and then means still processing."""
    return read_report(envelope, spec, _SHAPE)
