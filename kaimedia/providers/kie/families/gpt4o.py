"""GPT-4o image: the dedicated endpoints.

Source: docs.kie.ai, 4o image API, state of 2026-10.
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
    """The create call. Optional fields are sent only when they differ from the provider's defaults."""
    body: dict[str, Any] = {"size": request.aspect_ratio, "prompt": request.prompt}
    inputs = by_role(request.references, reference_urls)
    if images := inputs.get(Role.REFERENCE):
        body["filesUrl"] = list(images)
    if mask := inputs.get(Role.MASK):
        body["maskUrl"] = mask[0]
    if request.variants != 1:
        body["nVariants"] = request.variants
    if request.enhance:
        body["isEnhance"] = True
    if callback_url:
        body["callBackUrl"] = callback_url
    return Call("POST", "/api/v1/gpt4o-image/generate", json=body)


def query(provider_task_id: str) -> Call:
    """The call that polls a task; at most 3 per second per task."""
    return Call("GET", "/api/v1/gpt4o-image/record-info", query={"taskId": provider_task_id})


def parse(envelope: Envelope, spec: ModelSpec) -> Report:
    """Parse one record. Progress is text, "0.00" to "1.00"; flags 2 and 3 are failures."""
    return read_report(envelope, spec, SHAPE)
