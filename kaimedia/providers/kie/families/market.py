"""The jobs API: every market model, with field names from its catalog entry.

Source: docs.kie.ai, market "Get task details" and model pages, state of 2026-10.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kaimedia.domain import GenerationRequest, Role
from kaimedia.models.inputs import by_role
from kaimedia.models.rules import is_sent, request_facts
from kaimedia.models.spec import ModelSpec
from kaimedia.models.wire_fields import Source, WireField
from kaimedia.providers.base import Report
from kaimedia.providers.kie.parsing.envelope import Envelope
from kaimedia.providers.kie.parsing.progress import percent
from kaimedia.providers.kie.parsing.reading import Shape, read_report
from kaimedia.providers.kie.wire import Call

SHAPE = Shape(state_fields=("state", "status"), progress=percent)


def build(
    spec: ModelSpec, request: GenerationRequest, reference_urls: tuple[str, ...], callback_url: str | None
) -> Call:
    """The create call. Names and JSON types inside `input` are strict; the catalog has them."""
    mode = spec.mode_for(request.references)
    body: dict[str, Any] = {"model": mode.remote_name, "input": _input(mode, request, reference_urls)}
    if callback_url:
        body["callBackUrl"] = callback_url
    return Call("POST", "/api/v1/jobs/createTask", json=body)


def query(provider_task_id: str) -> Call:
    """The call that polls a task."""
    return Call("GET", "/api/v1/jobs/recordInfo", query={"taskId": provider_task_id})


def parse(envelope: Envelope, spec: ModelSpec) -> Report:
    """Parse one record. An integer progress is a percentage; `resultJson` is a string that holds JSON."""
    return read_report(envelope, spec, SHAPE)


def _input(mode: ModelSpec, request: GenerationRequest, reference_urls: tuple[str, ...]) -> dict[str, Any]:
    """Every field that has a value, and those that the provider wants in any case."""
    facts = request_facts(request)
    urls = by_role(request.references, reference_urls)
    fields: dict[str, Any] = {}
    for field in mode.wire:
        name = field.name if field.source is Source.PARAM else field.source.value
        if not is_sent(mode.rules, name, facts):
            continue
        value = _value(field, request, urls)
        is_empty = value is None or value in ("", [])
        if is_empty and (field.is_required or field.is_always_sent) and field.source is not Source.INPUTS:
            value = _EMPTY[field.json_type] if field.default is None else field.default
        elif is_empty:
            continue
        fields[field.name] = value
    return fields


_EMPTY: Mapping[str, Any] = {"string": "", "array": [], "boolean": False, "integer": 0, "number": 0}


def _value(field: WireField, request: GenerationRequest, urls: Mapping[Role, tuple[str, ...]]) -> Any:
    match field.source:
        case Source.PROMPT:
            return request.prompt
        case Source.ASPECT_RATIO:
            return field.values.get(request.aspect_ratio)
        case Source.DURATION:
            return None if request.duration_s is None else field.values.get(request.duration_s)
        case Source.VARIANTS:
            return field.values.get(request.variants)
        case Source.PARAM:
            return request.params.get(field.name)
    links = [url for role in field.roles for url in urls.get(role, ())]
    if field.item is not None:
        return [_filled(field.item, url, number) for number, url in enumerate(links, start=1)]
    return links if field.json_type == "array" else next(iter(links), None)


def _filled(item: Mapping[str, Any], url: str, number: int) -> dict[str, Any]:
    """The object around one link."""
    return {
        key: value.replace("$url", url).replace("$n", str(number)) if isinstance(value, str) else value
        for key, value in item.items()
    }
