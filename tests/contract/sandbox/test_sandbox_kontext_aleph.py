"""Flux Kontext and Runway Aleph: their dedicated endpoints."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests import media_samples
from tests.contract.sandbox.wire import Wire

KONTEXT, KONTEXT_RECORD = "/api/v1/flux/kontext/generate", "/api/v1/flux/kontext/record-info"
ALEPH, ALEPH_RECORD = "/api/v1/aleph/generate", "/api/v1/aleph/record-info"
LINK = "http://127.0.0.1:9/a.mp4"
IMAGE = "http://127.0.0.1:9/a.png"


def created(wire: Wire, path: str, **body: Any) -> str:
    answer = wire.post(path, json=body).json()
    assert answer == {"code": 200, "msg": "success", "data": {"taskId": answer["data"]["taskId"]}}
    return str(answer["data"]["taskId"])


def ended(wire: Wire, path: str, task_id: str) -> dict[str, Any]:
    """The record at its end; inputs are read in the background."""
    wire.clock.advance(50)
    until = time.monotonic() + 20
    while True:
        data: dict[str, Any] = wire.get(path, params={"taskId": task_id}).json()["data"]
        if data["successFlag"]:
            return data
        assert time.monotonic() < until
        wire.clock.advance(1)


@pytest.mark.parametrize(
    ("path", "fields", "code", "message"),
    [
        (KONTEXT, {"prompt": ""}, 422, "prompt cannot be empty"),
        (KONTEXT, {"model": "flux-kontext"}, 422, "model is not within the range of allowed options"),
        (KONTEXT, {"aspectRatio": "2:1"}, 422, "aspectRatio is not within the range of allowed options"),
        (KONTEXT, {"outputFormat": "webp"}, 422, "outputFormat is not within the range of allowed options"),
        (KONTEXT, {"safetyTolerance": 7}, 500, "safetyTolerance must be between 0 and 6"),
        (KONTEXT, {"safetyTolerance": 3, "inputImage": IMAGE}, 500, "safetyTolerance must be between 0 and 2"),
        (ALEPH, {"prompt": None}, 422, "prompt cannot be empty"),
        (ALEPH, {"videoUrl": None}, 422, "videoUrl cannot be empty"),
        (ALEPH, {"aspectRatio": "2:1"}, 422, "aspectRatio is not within the range of allowed options"),
        (ALEPH, {"seed": "7"}, 422, "seed must be a number"),
    ],
)
def test_wrong_fields_are_refused(wire: Wire, path: str, fields: dict[str, Any], code: int, message: str) -> None:
    usual = {"prompt": "a wrong one"} | ({"videoUrl": LINK} if path == ALEPH else {})
    answer = wire.post(path, json=usual | fields)
    assert (answer.status_code, answer.json()) == (200, {"code": code, "msg": message, "data": None})


def test_unknown_ids(wire: Wire) -> None:
    unknown = {"taskId": "0" * 32}
    assert wire.get(KONTEXT_RECORD, params=unknown).json()["msg"] == "The record does not exist"
    assert wire.get(ALEPH_RECORD, params=unknown).json() == {"code": 200, "msg": "success", "data": None}


@pytest.mark.parametrize(("model", "price"), [("flux-kontext-pro", 5.0), ("flux-kontext-max", 10.0)])
def test_a_kontext_record(wire: Wire, model: str, price: float) -> None:
    before = wire.accounts()["credits"]
    task_id = created(wire, KONTEXT, prompt="a lighthouse", model=model, safetyTolerance=6)
    assert before - wire.accounts()["credits"] == price
    running = wire.get(KONTEXT_RECORD, params={"taskId": task_id}).json()["data"]
    assert (running["response"], running["successFlag"], running["completeTime"]) == (None, 0, None)
    record = ended(wire, KONTEXT_RECORD, task_id)
    assert set(record) == {
        "taskId", "paramJson", "createTime", "completeTime", "response", "successFlag", "errorCode", "errorMessage",
    }  # fmt: skip
    assert set(record["response"]) == {"originImageUrl", "resultImageUrl"} and not record["response"]["originImageUrl"]
    assert json.loads(record["paramJson"])["safetyTolerance"] == 6
    assert wire.get(record["response"]["resultImageUrl"]).headers["content-type"] == "image/jpeg"


def test_kontext_draws_a_png_where_requested(wire: Wire) -> None:
    record = ended(wire, KONTEXT_RECORD, created(wire, KONTEXT, prompt="a lighthouse as PNG", outputFormat="png"))
    assert record["response"]["resultImageUrl"].endswith(".png")
    assert wire.get(record["response"]["resultImageUrl"]).content.startswith(b"\x89PNG")


def test_an_aleph_record(wire: Wire) -> None:
    sent = {"file": ("a.mp4", media_samples.video())}
    video = wire.post("/api/file-stream-upload", files=sent, data={"uploadPath": "x"}).json()["data"]["downloadUrl"]
    before = wire.accounts()["credits"]
    task_id = created(wire, ALEPH, prompt="at night", videoUrl=video, aspectRatio="21:9")
    assert before - wire.accounts()["credits"] == 110.0
    running = wire.get(ALEPH_RECORD, params={"taskId": task_id}).json()["data"]
    assert (running["response"], running["successFlag"], running["errorMessage"]) == (None, 0, None)
    record = ended(wire, ALEPH_RECORD, task_id)
    assert record["response"]["taskId"] == record["taskId"] == task_id
    assert wire.get(record["response"]["resultVideoUrl"]).headers["content-type"] == "video/mp4"
    assert wire.get(record["response"]["resultImageUrl"]).headers["content-type"] == "image/png"


def test_a_dead_video_is_accepted_by_aleph_and_fails_later(wire: Wire) -> None:
    record = ended(wire, ALEPH_RECORD, created(wire, ALEPH, prompt="too late", videoUrl=LINK))
    assert (record["successFlag"], record["errorCode"]) == (3, 500)
    assert record["errorMessage"] == "internal error, please try again later."
    assert record["completeTime"] and record["response"] is None
