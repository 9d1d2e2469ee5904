"""Veo videos in 1080p and 4K: the product's calls against the sandbox."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kaimedia.domain import GenerationRequest
from kaimedia.models import catalogue
from kaimedia.models.validation import validate
from kaimedia.providers.base import Report, TaskState
from kaimedia.providers.kie.families.codecs import codec_of
from kaimedia.providers.kie.parsing import envelope
from kaimedia.providers.kie.wire import Call
from tests.contract.sandbox.wire import Wire

CREDITS = {"veo-3.1-1080p": 5.0, "veo-3.1-4k": 120.0}


def reply(wire: Wire, call: Call) -> envelope.Envelope:
    if call.method == "GET":
        response = wire.get(call.path, params=dict(call.query))
    else:
        response = wire.post(call.path, json=dict(call.json or {}))
    return envelope.read(response.status_code, response.content)


def begin(wire: Wire, model: str, source: str) -> str:
    """The id of an accepted upgrade."""
    spec = catalogue.get(model)
    request = validate(spec, GenerationRequest(model, "", "", params={"task_id": source}))
    call = codec_of(spec).build(spec, request, (), None)
    return codec_of(spec).accept(reply(wire, call), spec, request)


def poll(wire: Wire, model: str, task_id: str) -> Report:
    spec = catalogue.get(model)
    return codec_of(spec).parse(reply(wire, codec_of(spec).query(task_id)), spec)


def finished(wire: Wire, prompt: str, **fields: Any) -> str:
    return str(wire.finish("veo", prompt, **fields)["taskId"])


@pytest.mark.parametrize("model", CREDITS)
def test_a_finished_video_is_had_in_more_pixels_and_paid_once(wire: Wire, model: str) -> None:
    source = finished(wire, f"A source for {model}")
    before = wire.accounts()["credits"]
    task_id = begin(wire, model, source)
    assert begin(wire, model, source) in (task_id, f"{source}/4k")  # asking again starts nothing
    assert poll(wire, model, task_id).state is TaskState.PROCESSING
    wire.clock.advance(30)
    report = poll(wire, model, task_id)
    assert report.state is TaskState.COMPLETED and len(report.result_urls) == 1
    assert wire.get(report.result_urls[0]).headers["content-type"] == "video/mp4"
    assert before - wire.accounts()["credits"] == CREDITS[model]


def test_done_4k_comes_with_code_422(wire: Wire) -> None:
    source = finished(wire, "In 4K")
    body = {"taskId": source, "index": 0}
    own = wire.post("/api/v1/veo/get-4k-video", json=body).json()["data"]["taskId"]
    assert own != source
    wire.clock.advance(30)
    done = wire.post("/api/v1/veo/get-4k-video", json=body).json()
    assert done["code"] == 422 and done["data"]["resultUrls"] and done["data"]["taskId"] == own
    record = wire.record("veo", own)
    assert record["response"]["mediaIds"] and "fallbackFlag" not in record
    assert record["response"]["resultUrls"] == done["data"]["resultUrls"]


def test_a_video_fetched_in_1080p_is_no_longer_extended(wire: Wire) -> None:
    source = finished(wire, "To be extended")
    body = {"taskId": source, "prompt": "It goes on", "model": "fast"}
    assert wire.post("/api/v1/veo/extend", json=body).json()["code"] == 200
    begin(wire, "veo-3.1-4k", source)
    assert wire.post("/api/v1/veo/extend", json=body).json()["code"] == 200
    begin(wire, "veo-3.1-1080p", source)
    assert wire.post("/api/v1/veo/extend", json=body).json()["code"] == 422


def test_unfinished_failed_and_unknown_videos_are_not_charged(wire: Wire) -> None:
    failed, running = finished(wire, "It fails [fault:fail]"), wire.create("veo", "Still running")
    credits = wire.accounts()["credits"]
    for source in (running, failed, "0" * 32):
        got = [wire.get("/api/v1/veo/get-1080p-video", params={"taskId": source}).json()]
        got.append(wire.post("/api/v1/veo/get-4k-video", json={"taskId": source}).json())
        assert all(each["code"] != 200 and not (each["data"] or {}).get("taskId") for each in got)
    assert wire.accounts()["credits"] == credits


def test_a_restarted_sandbox_goes_on_with_it(open_wire: Callable[..., Wire], tmp_path: Path) -> None:
    first = open_wire(journal=tmp_path / "journal")
    source = finished(first, "Across a restart")
    task_id = begin(first, "veo-3.1-1080p", source)
    credits = first.accounts()["credits"]
    first.close()
    second = open_wire(journal=tmp_path / "journal", clock=first.clock)
    second.clock.advance(30)
    assert poll(second, "veo-3.1-1080p", task_id).state is TaskState.COMPLETED
    assert second.accounts()["credits"] == credits
