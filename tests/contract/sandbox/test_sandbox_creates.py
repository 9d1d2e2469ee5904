"""Creates: what is accepted, what is rejected and how, what it costs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.contract.sandbox.wire import CREATE, FAMILIES, KLING, KLING_IMAGE, RECORD, Wire

IMAGE = "http://127.0.0.1:9/a.png"
CASES: tuple[tuple[str, dict[str, Any], int, str], ...] = (
    ("gpt4o", {"size": None}, 422, "size"),
    ("gpt4o", {"size": "16:9"}, 422, "size"),
    ("gpt4o", {"prompt": ""}, 422, "prompt"),
    ("gpt4o", {"nVariants": 3}, 422, "nVariants"),
    ("gpt4o", {"nVariants": "2"}, 422, "nVariants"),
    ("gpt4o", {"isEnhance": "yes"}, 422, "isEnhance"),
    ("gpt4o", {"filesUrl": IMAGE}, 422, "filesUrl"),
    ("gpt4o", {"filesUrl": [IMAGE] * 6}, 422, "filesUrl"),
    ("gpt4o", {"fallbackModel": "OTHER"}, 422, "fallbackModel"),
    ("veo", {"prompt": None}, 422, "prompt"),
    ("veo", {"prompt": "   "}, 422, "prompt"),
    ("veo", {"model": "veo2"}, 422, "model"),
    ("veo", {"aspect_ratio": "1:1"}, 422, "Ratio error"),
    ("veo", {"aspectRatio": "4:3"}, 422, "Ratio error"),
    ("veo", {"duration": 5}, 422, "duration"),
    ("veo", {"duration": "8"}, 422, "duration"),
    ("veo", {"resolution": "2k"}, 422, "resolution"),
    ("veo", {"seeds": 1}, 422, "seeds"),
    ("veo", {"generationType": "TEXT_2_VIDEO", "imageUrls": [IMAGE]}, 422, "imageUrls"),
    ("veo", {"generationType": "FIRST_AND_LAST_FRAMES_2_VIDEO"}, 422, "imageUrls"),
    ("veo", {"imageUrls": [IMAGE] * 3}, 422, "imageUrls"),
    ("veo", {"generationType": "REFERENCE_2_VIDEO", "imageUrls": [IMAGE], "model": "veo3"}, 422, "veo3_fast"),
    ("veo", {"generationType": "REFERENCE_2_VIDEO", "imageUrls": [IMAGE], "duration": 4}, 422, "duration"),
    ("veo", {"generationType": "REFERENCE_2_VIDEO"}, 422, "imageUrls"),
    ("runway", {"prompt": None}, 422, "prompt"),
    ("runway", {"prompt": "x" * 1801}, 422, "text length"),
    ("runway", {"duration": 8}, 422, "duration"),
    ("runway", {"duration": None}, 422, "duration"),
    ("runway", {"duration": 10, "quality": "1080p"}, 422, "1080p"),
    ("runway", {"quality": None}, 422, "quality"),
    ("runway", {"aspectRatio": None}, 422, "aspectRatio"),
    ("runway", {"aspectRatio": "2:1"}, 422, "aspectRatio"),
    ("runway", {"imageUrl": "image.png"}, 422, "imageUrl"),
    ("market", {"model": ""}, 422, "model"),
    ("market", {"model": "kling/none"}, 422, "model"),
    ("market", {"prompt": None}, 500, "This field is required"),
    ("market", {"prompt": "x" * 2501}, 500, "The text length cannot exceed the maximum limit"),
    ("market", {"duration": 5}, 422, "duration"),
    ("market", {"duration": "7"}, 500, "range of allowed options"),
    ("market", {"aspect_ratio": "4:3"}, 500, "aspect_ratio"),
    ("market", {"cfg_scale": 1.5}, 500, "cfg_scale"),
    ("market", {"cfg_scale": "0.5"}, 422, "cfg_scale"),
    ("market", {"model": KLING_IMAGE}, 500, "This field is required"),
    ("market", {"model": KLING_IMAGE, "image_url": IMAGE, "aspect_ratio": "16:9"}, 422, "aspect_ratio"),
    ("market", {"model": KLING_IMAGE, "image_url": IMAGE, "negative_prompt": "x" * 501}, 500, "text length"),
    ("market", {"model": "sora-2-text-to-video", "n_frames": 10}, 422, "n_frames"),
    ("market", {"model": "sora-2-text-to-video", "n_frames": "25"}, 500, "n_frames"),
    ("market", {"model": "sora-2-text-to-video", "aspect_ratio": "16:9"}, 500, "aspect_ratio"),
    ("market", {"model": "sora-2-image-to-video"}, 500, "This field is required"),
    ("market", {"model": "sora-2-pro-storyboard"}, 500, "temporarily paused"),
)
PRICES: tuple[tuple[str, dict[str, Any], float], ...] = (
    ("gpt4o", {}, 6),
    ("gpt4o", {"nVariants": 4}, 24),
    ("veo", {}, 60),
    ("veo", {"model": "veo3", "resolution": "1080p"}, 255),
    ("veo", {"model": "veo3_lite", "resolution": "4k"}, 150),
    ("runway", {}, 12),
    ("runway", {"duration": 10}, 30),
    ("runway", {"duration": "5", "quality": "1080p"}, 30),
    ("market", {}, 42),
    ("market", {"duration": "10"}, 84),
)


@pytest.mark.parametrize(("family", "fields", "code", "word"), CASES)
def test_wrong_fields_are_refused_and_cost_nothing(
    wire: Wire, family: str, fields: dict[str, Any], code: int, word: str
) -> None:
    before = wire.accounts()
    response = wire.post(CREATE[family], json=_body(family, fields))
    envelope = response.json()
    assert (response.status_code, envelope["code"], envelope["data"]) == (200, code, None)
    assert word in envelope["msg"]
    after = wire.accounts()
    assert (after["credits"], len(after["tasks"])) == (before["credits"], len(before["tasks"]))


def _body(family: str, fields: dict[str, Any]) -> dict[str, Any]:
    from tests.contract.sandbox.wire import body

    return body(family, **{"prompt": "a wrong one", **fields})


@pytest.mark.parametrize(("family", "fields", "price"), PRICES)
def test_an_accepted_create_costs_its_list_price(wire: Wire, family: str, fields: dict[str, Any], price: float) -> None:
    before = wire.get("/api/v1/chat/credit").json()["data"]
    wire.create(family, f"price of {family} {sorted(fields.items())}", **fields)
    assert before - wire.get("/api/v1/chat/credit").json()["data"] == price


@pytest.mark.parametrize("family", FAMILIES)
def test_the_create_reply_is_an_envelope_with_an_id(wire: Wire, family: str) -> None:
    response = wire.post(CREATE[family], json=_body(family, {"prompt": f"reply of {family}"}))
    envelope = response.json()
    assert response.headers["content-type"] == "application/json;charset=UTF-8"
    assert (envelope["code"], envelope["msg"]) == (200, "success")
    assert re.fullmatch(r"[0-9a-f]{32}", envelope["data"]["taskId"])
    assert envelope["data"].get("recordId") == (envelope["data"]["taskId"] if family == "market" else None)


@pytest.mark.parametrize("family", FAMILIES)
def test_without_a_key_the_reply_is_401_without_data(wire: Wire, family: str) -> None:
    for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Basic abc"}):
        create = requests.post(wire.url + CREATE[family], json={}, headers=headers, timeout=5)
        poll = requests.get(wire.url + RECORD[family], params={"taskId": "x"}, headers=headers, timeout=5)
        for response in (create, poll):
            assert response.status_code == 200
            assert response.json()["code"] == 401
            assert "data" not in response.json()


def test_a_set_key_lets_in_no_other(open_wire: Callable[..., Wire]) -> None:
    wire = open_wire(api_key="the right key")
    assert wire.get("/api/v1/chat/credit").json()["code"] == 401
    wire.session.headers["Authorization"] = "Bearer the right key"
    assert wire.get("/api/v1/chat/credit").json() == {"code": 200, "msg": "success", "data": 10000.0}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"text"'])
def test_bodies_that_are_no_object_are_refused(wire: Wire, content: bytes) -> None:
    assert wire.post(CREATE["veo"], data=content).json()["code"] == 422


def test_short_credits_refuse_and_a_failed_task_gives_its_credits_back(open_wire: Callable[..., Wire]) -> None:
    wire = open_wire(credits=61.0)
    wire.create("veo", "the first [fault:fail]")
    refused = wire.try_create("veo", "the second")
    assert (refused["code"], refused["data"]) == (402, None)
    assert "redits insufficient" in refused["msg"]
    wire.clock.advance(30)
    assert wire.try_create("veo", "the third")["code"] == 200
    assert wire.accounts()["credits"] == 1.0


def test_the_21st_create_in_ten_seconds_is_lost(open_wire: Callable[..., Wire]) -> None:
    wire = open_wire(creates_per_10s=20)
    for number in range(20):
        wire.create("gpt4o", f"number {number}")
        wire.clock.advance(0.1)
    response = wire.post(CREATE["veo"], json=_body("veo", {"prompt": "one too many"}))
    assert response.status_code == 200
    assert response.json() == {
        "code": 429,
        "msg": "Your call frequency is too high. Please try again later.",
        "data": None,
    }
    wire.clock.advance(7.9)
    assert wire.try_create("veo", "still too many")["code"] == 429
    wire.clock.advance(0.2)
    wire.create("veo", "room again")
    assert len(wire.accounts()["tasks"]) == 21


def test_the_limit_may_answer_with_a_real_429(open_wire: Callable[..., Wire]) -> None:
    wire = open_wire(creates_per_10s=1, real_429=True)
    wire.create("gpt4o", "one")
    response = wire.post(CREATE["gpt4o"], json=_body("gpt4o", {}))
    assert (response.status_code, response.headers["Retry-After"], response.json()["code"]) == (429, "1", 429)


def test_sora_works_unless_it_is_paused(wire: Wire, open_wire: Callable[..., Wire]) -> None:
    assert wire.finish("market", "sora works", model="sora-2-text-to-video")["state"] == "success"
    paused = open_wire(sora_paused=True).try_create("market", "sora", model="sora-2-text-to-video")
    assert paused == {"code": 500, "msg": "This interface is temporarily paused", "data": None}


def test_kling_is_no_dedicated_model_and_paths_are_what_they_are(wire: Wire) -> None:
    assert wire.post("/api/v1/kling/generate", json={"model": KLING}).status_code == 404
    assert wire.get(CREATE["veo"]).status_code == 405
