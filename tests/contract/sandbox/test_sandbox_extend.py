"""Extending Veo and Runway videos: the product's calls against the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from kaimedia.domain import GenerationRequest
from kaimedia.models import catalogue
from kaimedia.models.validation import validate
from kaimedia.providers.kie.families.codecs import codec_of
from tests.contract.sandbox.wire import Wire

SOURCES: dict[str, tuple[str, dict[str, Any]]] = {
    "veo-3.1-extend": ("veo", {"model": "veo3_fast", "resolution": "720p"}),
    "runway-extend": ("runway", {"duration": 5, "quality": "720p", "aspectRatio": "16:9"}),
}


def extend(wire: Wire, model: str, task_id: str) -> dict[str, Any]:
    spec = catalogue.get(model)
    request = validate(spec, GenerationRequest(model, "It goes on", "", params={"task_id": task_id}))
    call = codec_of(spec).build(spec, request, (), None)
    envelope: dict[str, Any] = wire.post(call.path, json=dict(call.json or {})).json()
    return envelope


@pytest.mark.parametrize("model", SOURCES)
def test_a_finished_task_is_extended(wire: Wire, model: str) -> None:
    family, fields = SOURCES[model]
    source = wire.create(family, f"A source for {model}", **fields)
    envelope = extend(wire, model, source)
    assert envelope["code"] == 200, envelope
    assert wire.record(family, envelope["data"]["taskId"])["taskId"] == envelope["data"]["taskId"] != source


def test_a_veo_video_in_1080p_is_refused(wire: Wire) -> None:
    source = wire.create("veo", "In 1080p", model="veo3_fast", resolution="1080p")
    assert extend(wire, "veo-3.1-extend", source)["code"] == 422


def test_an_unknown_task_is_refused_by_veo_and_fails_later_at_runway(wire: Wire) -> None:
    assert extend(wire, "veo-3.1-extend", "0" * 32)["msg"] == "Record does not exist"
    assert extend(wire, "runway-extend", "0" * 32)["code"] == 200


def test_the_task_is_needed() -> None:
    spec = catalogue.get("veo-3.1-extend")
    with pytest.raises(Exception, match="needs “Earlier task”") as caught:
        validate(spec, GenerationRequest(spec.id, "It goes on", ""))
    assert getattr(caught.value, "field", None) == "task_id"
