"""The jobs API: every market model, with field names from its catalog entry.

Source: docs.kie.ai, market "Get task details" and model pages, state of 2026-10.
"""

from __future__ import annotations

from typing import Any

from kaimedia.domain import GenerationRequest
from kaimedia.models.inputs import by_role
from kaimedia.models.spec import ModelSpec
from kaimedia.providers.base import Report
from kaimedia.providers.kie.parsing.envelope import Envelope
from kaimedia.providers.kie.parsing.progress import percent
from kaimedia.providers.kie.parsing.reading import Shape, read_report
from kaimedia.providers.kie.wire import Call

_SHAPE = Shape(state_fields=("state", "status"), progress=percent)


def build(
    spec: ModelSpec, request: GenerationRequest, reference_urls: tuple[str, ...], callback_url: str | None
) -> Call:
    """The create call. Types inside `input` are strict; the catalog says which are text."""
    body: dict[str, Any] = {"model": spec.remote_name, "input": _input(spec, request, reference_urls)}
    if reference_urls and spec.remote_name_with_reference:
        body["model"] = spec.remote_name_with_reference
    if callback_url:
        body["callBackUrl"] = callback_url
    return Call("POST", "/api/v1/jobs/createTask", json=body)


def query(provider_task_id: str) -> Call:
    """The call that polls a task."""
    return Call("GET", "/api/v1/jobs/recordInfo", query={"taskId": provider_task_id})


def parse(envelope: Envelope, spec: ModelSpec) -> Report:
    """Parse one record. An integer progress is a percentage; `resultJson` is a string that holds JSON."""
    return read_report(envelope, spec, _SHAPE)


def _input(spec: ModelSpec, request: GenerationRequest, reference_urls: tuple[str, ...]) -> dict[str, Any]:
    names = spec.market_input
    fields: dict[str, Any] = {"prompt": request.prompt}
    for role, urls in by_role(request.references, reference_urls).items():
        fields[names.inputs[role]] = list(urls) if role in names.lists else urls[0]
    if not spec.aspect_follows(request):
        fields[names.aspect] = names.aspect_values.get(request.aspect_ratio, request.aspect_ratio)
    if request.duration_s is not None:
        fields[names.duration] = str(request.duration_s) if names.duration_as_text else request.duration_s
    fields.update({name: value for name, value in request.params.items() if value != ""})
    return fields
