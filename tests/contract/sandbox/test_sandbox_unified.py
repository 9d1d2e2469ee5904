"""The newer ids of GPT-4o Image, Veo and Runway on the jobs API, and the models whose results are no list of links."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from kaimedia.providers.kie.parsing.links import result_links
from tests import media_samples
from tests.contract.sandbox.wire import Wire

JOBS = "/api/v1/jobs/createTask"
ACCEPTED: tuple[tuple[str, dict[str, Any], float, int], ...] = (
    ("4o-image-api", {"prompt": "a boat", "size": "3:2"}, 6, 1),
    ("4o-image-api", {"prompt": "a boat", "size": "1:1", "nVariants": 4}, 24, 4),
    ("veo-3-1", {"prompt": "a boat"}, 60, 1),
    ("veo-3-1", {"prompt": "a boat", "model": "veo3", "resolution": "1080p", "duration": 4}, 255, 1),
    ("runway", {"prompt": "a boat", "duration": "5", "quality": "720p", "aspect_ratio": "1:1"}, 12, 1),
)
REFUSED: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("4o-image-api", {"prompt": "a boat"}, "size cannot be empty"),
    ("4o-image-api", {"size": "1:1"}, "prompt and files_url cannot both be empty"),
    ("veo-3-1", {"prompt": "a boat", "aspect_ratio": "1:1"}, "Ratio error"),
    ("veo-3-1", {"prompt": "a boat", "image_urls": "x"}, "image_urls must be a list of strings"),
    ("runway", {"prompt": "a boat", "duration": 5, "quality": "720p"}, "aspect_ratio cannot be empty"),
    ("veo/extend", {"prompt": "on"}, "task_id cannot be empty"),
    ("veo/extend", {"prompt": "on", "task_id": "0" * 32}, "Record does not exist"),
    ("veo/get-1080p-video", {}, "taskId cannot be empty"),
    ("veo/get-4k-video", {"task_id": "0" * 32}, "Record does not exist"),
)


def create(wire: Wire, model: str, inputs: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = wire.post(JOBS, json={"model": model, "input": inputs}).json()
    return answer


def record(wire: Wire, model: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """The record of a task of that model at its end."""
    answer = create(wire, model, inputs)
    assert answer["code"] == 200, answer
    wire.clock.advance(30)
    return wire.record("market", answer["data"]["taskId"])


@pytest.mark.parametrize(("model", "inputs", "price", "results"), ACCEPTED)
def test_they_are_jobs_with_the_fields_of_their_endpoint(
    wire: Wire, model: str, inputs: dict[str, Any], price: float, results: int
) -> None:
    found = record(wire, model, inputs)
    assert (found["state"], found["model"], found["creditsConsumed"]) == ("success", model, price)
    assert len(json.loads(found["resultJson"])["resultUrls"]) == results
    assert json.loads(json.loads(found["param"])["input"]) == inputs


@pytest.mark.parametrize(("model", "inputs", "message"), REFUSED)
def test_wrong_fields_are_named_in_the_spelling_of_this_api(
    wire: Wire, model: str, inputs: dict[str, Any], message: str
) -> None:
    answer = create(wire, model, inputs)
    assert (answer["code"], answer["msg"], answer["data"]) == (422, message, None)


@pytest.mark.parametrize(
    ("model", "field", "price"),
    [("veo/extend", "task_id", 60.0), ("veo/get-1080p-video", "taskId", 5.0), ("veo/get-4k-video", "task_id", 120.0)],
)
def test_what_goes_on_from_a_veo_task(wire: Wire, model: str, field: str, price: float) -> None:
    source = record(wire, "veo-3-1", {"prompt": f"before {model}"})["taskId"]
    extra = {"prompt": "it goes on"} if model == "veo/extend" else {}
    found = record(wire, model, {field: source, **extra})
    assert (found["state"], found["creditsConsumed"]) == ("success", price)


def test_a_runway_video_is_extended_and_a_wrong_task_fails_later(wire: Wire) -> None:
    source = record(wire, "runway", {"prompt": "r", "duration": 5, "quality": "720p", "aspect_ratio": "1:1"})["taskId"]
    fields = {"prompt": "it goes on", "quality": "720p"}
    assert record(wire, "runway/extend-ai-video", {"task_id": source, **fields})["state"] == "success"
    assert record(wire, "runway/extend-ai-video", {"task_id": "0" * 32, **fields})["state"] == "fail"


def test_a_portrait_check_has_an_answer_and_no_files(wire: Wire) -> None:
    sent = {"file": ("a.png", media_samples.image())}
    image = wire.post("/api/file-stream-upload", files=sent, data={"uploadPath": "x"}).json()["data"]["downloadUrl"]
    task_id = create(wire, "omnihuman-1-5/human-identification", {"image_url": image})["data"]["taskId"]
    until = time.monotonic() + 20
    while (found := wire.record("market", task_id))["state"] != "success":
        assert time.monotonic() < until
        wire.clock.advance(30)
    assert json.loads(found["resultJson"]) == {"resultObject": {"subject_status": 1}}
    assert found["creditsConsumed"] == 0


@pytest.mark.parametrize(
    ("model", "inputs", "result"),
    [
        ("omnihuman-1-5/subject-detection", {"image_url": "$image"}, {"mask_urls"}),
        ("grok-imagine-image-2-0/segment-map", {"task_id": "4f1c"}, {"segments"}),
    ],
)
def test_masks_are_in_the_result_object(wire: Wire, model: str, inputs: dict[str, str], result: set[str]) -> None:
    sent = {"file": ("a.png", media_samples.image())}
    image = wire.post("/api/file-stream-upload", files=sent, data={"uploadPath": "x"}).json()["data"]["downloadUrl"]
    sending = {name: image if value == "$image" else value for name, value in inputs.items()}
    task_id = create(wire, model, sending)["data"]["taskId"]
    until = time.monotonic() + 20
    while (found := wire.record("market", task_id))["state"] != "success":
        assert time.monotonic() < until
        wire.clock.advance(30)
    assert set(json.loads(found["resultJson"])) == {"resultObject"} and "response" not in found
    assert set(json.loads(found["resultJson"])["resultObject"]) == result
    links = result_links(found, is_video=False)
    assert len(links) == 4 and all(wire.get(link).headers["content-type"] == "image/png" for link in links)
