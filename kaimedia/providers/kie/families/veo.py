"""Veo 3.1: the dedicated endpoints.

Source: docs.kie.ai, Veo 3.1 API, state of 2026-10.
"""

from __future__ import annotations

from typing import Any

from kaimedia.domain import GenerationRequest, Role
from kaimedia.models.inputs import by_role
from kaimedia.models.spec import ModelSpec
from kaimedia.providers.base import Report
from kaimedia.providers.kie.parsing.envelope import Envelope
from kaimedia.providers.kie.parsing.reading import Shape, read_report
from kaimedia.providers.kie.wire import Call

SHAPE = Shape(state_fields=("status", "state"))


def build(
    spec: ModelSpec, request: GenerationRequest, reference_urls: tuple[str, ...], callback_url: str | None
) -> Call:
    """The create call: from text, a first and perhaps a last frame, up to three images, or an earlier task."""
    if source := request.params.get("task_id"):
        return _extend(request, source, callback_url)
    inputs = by_role(request.references, reference_urls)
    images = inputs.get(Role.REFERENCE, ())
    frames = (*inputs.get(Role.FIRST_FRAME, ()), *inputs.get(Role.LAST_FRAME, ()))
    body: dict[str, Any] = {
        "prompt": request.prompt,
        "model": spec.remote_name,
        "generationType": _generation_type(has_frames=bool(frames), has_images=bool(images)),
        "aspect_ratio": request.aspect_ratio,
        "duration": request.duration_s,
        "resolution": request.params["resolution"],
        # The pages disagree about the default, so ours is always sent.
        "enableTranslation": request.params["enable_translation"],
    }
    if frames or images:
        body["imageUrls"] = list(frames or images)
    if request.params.get("watermark"):
        body["watermark"] = request.params["watermark"]
    if callback_url:
        body["callBackUrl"] = callback_url
    return Call("POST", "/api/v1/veo/generate", json=body)


def _extend(request: GenerationRequest, source: str, callback_url: str | None) -> Call:
    body: dict[str, Any] = {"taskId": source, "prompt": request.prompt, "model": request.params["tier"]}
    if callback_url:
        body["callBackUrl"] = callback_url
    return Call("POST", "/api/v1/veo/extend", json=body)


def query(provider_task_id: str) -> Call:
    """The call that polls a task."""
    return Call("GET", "/api/v1/veo/record-info", query={"taskId": provider_task_id})


def parse(envelope: Envelope, spec: ModelSpec) -> Report:
    """Parse one record. No progress; flag 1 may come before the link and then means still processing."""
    return read_report(envelope, spec, SHAPE)


def _generation_type(*, has_frames: bool, has_images: bool) -> str:
    if has_frames:
        return "FIRST_AND_LAST_FRAMES_2_VIDEO"
    return "REFERENCE_2_VIDEO" if has_images else "TEXT_2_VIDEO"
