"""Runway: the dedicated endpoints.

Source: docs.kie.ai, Runway API, state of 2026-10.
"""

from __future__ import annotations

from typing import Any

from kaimedia.domain import GenerationRequest
from kaimedia.models.spec import ModelSpec
from kaimedia.providers.base import Report
from kaimedia.providers.kie.parsing.envelope import Envelope
from kaimedia.providers.kie.parsing.reading import Shape, read_report
from kaimedia.providers.kie.wire import Call

SHAPE = Shape(state_fields=("state",))


def build(
    spec: ModelSpec, request: GenerationRequest, reference_urls: tuple[str, ...], callback_url: str | None
) -> Call:
    """The create call. With a reference, the ratio follows the image and is not sent; a task is extended."""
    body: dict[str, Any] = {
        "prompt": request.prompt,
        "duration": request.duration_s,
        "quality": request.params["quality"],
        "waterMark": request.params.get("watermark", ""),
    }
    if source := request.params.get("task_id"):
        del body["duration"]
        body["taskId"] = source
    elif reference_urls:
        body["imageUrl"] = reference_urls[0]
    else:
        body["aspectRatio"] = request.aspect_ratio
    if callback_url:
        body["callBackUrl"] = callback_url
    path = "/api/v1/runway/extend" if source else "/api/v1/runway/generate"
    return Call("POST", path, json=body)


def query(provider_task_id: str) -> Call:
    """The call that polls a task: record-*detail* here."""
    return Call("GET", "/api/v1/runway/record-detail", query={"taskId": provider_task_id})


def parse(envelope: Envelope, spec: ModelSpec) -> Report:
    """Parse one record. No progress; an unknown id gets code 200 with null data, so only the deadline ends it."""
    return read_report(envelope, spec, SHAPE)
