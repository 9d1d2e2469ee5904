"""Records: each family's timeline and shape, and the replies for unknown ids."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.sandbox.wire import FAMILIES, RECORD, Wire

UNKNOWN_ID = "0" * 32
UNKNOWN = {
    "gpt4o": {"code": 422, "msg": "The record does not exist", "data": None},
    "veo": {"code": 422, "msg": f"Record not found for taskId: {UNKNOWN_ID}", "data": None},
    "runway": {"code": 200, "msg": "success", "data": None},
    "market": {"code": 422, "msg": "recordInfo is null", "data": None},
}


@pytest.mark.parametrize("family", FAMILIES)
def test_unknown_ids_are_answered_in_the_familys_own_way(wire: Wire, family: str) -> None:
    assert wire.poll(family, UNKNOWN_ID).json() == UNKNOWN[family]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_task_is_not_seen_on_another_family(wire: Wire, family: str) -> None:
    task_id = wire.create(family, f"only on {family}")
    for other in set(FAMILIES) - {family}:
        envelope = wire.poll(other, task_id).json()
        assert envelope["data"] is None
        assert envelope["code"] == UNKNOWN[other]["code"]


def test_the_other_unknown_ids(wire: Wire) -> None:
    upscale = wire.get("/api/v1/veo/get-1080p-video", params={"taskId": UNKNOWN_ID}).json()
    assert upscale == {"code": 422, "msg": "Record does not exist", "data": None}
    link = wire.post("/api/v1/gpt4o-image/download-url", json={"taskId": UNKNOWN_ID, "url": "x"}).json()
    assert link == {"code": 422, "msg": "record is null", "data": None}
    foreign = wire.post("/api/v1/common/download-url", json={"url": "https://example.com/a.png"}).json()
    assert foreign == {"code": 422, "msg": "url is wrong", "data": None}
    assert wire.get(RECORD["veo"]).json()["code"] == 422


def _walk(wire: Wire, family: str, prompt: str, what: Callable[[dict[str, Any]], Any]) -> list[Any]:
    """The values a record goes through as time passes, without repeats."""
    task_id = wire.create(family, prompt)
    seen: list[Any] = []
    for _ in range(100):
        value = what(wire.record(family, task_id))
        if not seen or seen[-1] != value:
            seen.append(value)
        wire.clock.advance(0.25)
    return seen


def test_gpt4o_goes_through_its_progress(wire: Wire) -> None:
    seen = _walk(wire, "gpt4o", "walk", lambda d: (d["successFlag"], d["status"], d["progress"], d["response"] is None))
    assert seen == [
        (0, "GENERATING", "0.00", True),
        (0, "GENERATING", "0.37", True),
        (0, "GENERATING", "0.85", True),
        (1, "SUCCESS", "1.00", False),
    ]


def test_veo_raises_its_flag_before_the_link(wire: Wire) -> None:
    assert _walk(wire, "veo", "walk", lambda d: (d["successFlag"], d["response"] is None)) == [
        (0, True),
        (1, True),
        (1, False),
    ]


@pytest.mark.parametrize(
    ("family", "states"),
    [
        ("runway", ["wait", "queueing", "generating", "success"]),
        ("market", ["waiting", "queuing", "generating", "success"]),
    ],
)
def test_state_names(wire: Wire, family: str, states: list[str]) -> None:
    assert _walk(wire, family, "walk", lambda d: d["state"]) == states


def test_times_are_about_eight_and_twenty_seconds_and_scale(open_wire: Callable[..., Wire]) -> None:
    for speed in (1.0, 10.0):
        wire = open_wire(speed=speed)
        for family, low, high in (("gpt4o", 7, 9), ("veo", 15, 20)):
            task_id = wire.create(family, "how long")
            wire.clock.advance(low / speed - 0.01)
            assert wire.record(family, task_id)["completeTime"] is None
            wire.clock.advance((high - low) / speed + 0.02)
            record = wire.record(family, task_id)
            assert low * 1000 <= (record["completeTime"] - record["createTime"]) * speed <= high * 1000


def test_the_end_is_when_it_was_and_not_when_it_was_seen(wire: Wire) -> None:
    task_id = wire.create("veo", "seen late")
    wire.clock.advance(1000)
    record = wire.record("veo", task_id)
    assert record["completeTime"] - record["createTime"] < 21_000


def test_gpt4o_record(wire: Wire) -> None:
    record = wire.finish("gpt4o", "a finished image", nVariants=2, isEnhance=True)
    assert set(record) == {
        "taskId", "paramJson", "createTime", "completeTime", "response", "successFlag", "status", "errorCode",
        "errorMessage", "progress",
    }  # fmt: skip
    assert json.loads(record["paramJson"])["nVariants"] == 2
    assert len(set(record["response"]["resultUrls"])) == 2
    assert (record["errorCode"], record["errorMessage"]) == (None, "")


def test_veo_record(wire: Wire) -> None:
    record = wire.finish("veo", "a finished video", aspect_ratio="9:16", resolution="1080p")
    assert "progress" not in record and "status" not in record
    assert record["fallbackFlag"] is False
    assert json.loads(record["paramJson"])["aspectRatio"] == "9:16"
    assert record["response"]["resolution"] == "1080p"
    assert record["response"]["taskId"] == record["taskId"]
    assert record["response"]["originUrls"]
    assert "originUrls" not in wire.finish("veo", "a wide video")["response"]


def test_runway_record(wire: Wire) -> None:
    task_id = wire.create("runway", "a runway video")
    running = wire.record("runway", task_id)
    assert (running["videoInfo"], running["parentTaskId"], running["expireFlag"]) == (None, "", 0)
    assert running["generateParam"] == {"prompt": "a runway video", "imageUrl": "", "expandPrompt": True}
    wire.clock.advance(30)
    video = wire.record("runway", task_id)["videoInfo"]
    assert set(video) == {"videoId", "taskId", "videoUrl", "imageUrl"}
    assert wire.get(video["imageUrl"]).headers["content-type"] == "image/png"
    assert wire.get(video["videoUrl"]).headers["content-type"] == "video/mp4"


def test_market_record(wire: Wire) -> None:
    task_id = wire.create("market", "a market video", cfg_scale=0.5)
    running = wire.record("market", task_id)
    assert (running["resultJson"], running["failCode"], running["failMsg"]) == ("", None, None)
    assert (running["costTime"], running["completeTime"]) == (None, None)
    assert "progress" not in running
    assert json.loads(json.loads(running["param"])["input"]) == {"prompt": "a market video", "cfg_scale": 0.5}
    wire.clock.advance(30)
    done = wire.record("market", task_id)
    assert json.loads(done["resultJson"])["resultUrls"] == done["response"]["resultUrls"]
    assert done["costTime"] == (done["completeTime"] - done["createTime"]) // 1000
    assert done["creditsConsumed"] == 42.0


def test_sora_tells_progress_in_percent_and_two_kinds_of_links(wire: Wire) -> None:
    task_id = wire.create("market", "sora's record", model="sora-2-text-to-video-stable")
    wire.clock.advance(8)
    assert 30 < wire.record("market", task_id)["progress"] < 70
    wire.clock.advance(30)
    done = wire.record("market", task_id)
    assert done["progress"] == 100
    assert set(json.loads(done["resultJson"])) == {"resultUrls", "resultWaterMarkUrls"}


def test_the_1080p_version_costs_once_and_takes_a_while(wire: Wire) -> None:
    task_id = wire.create("veo", "to be upscaled")

    def fetch() -> dict[str, Any]:
        reply: dict[str, Any] = wire.get("/api/v1/veo/get-1080p-video", params={"taskId": task_id, "index": 0}).json()
        return reply

    assert fetch()["code"] == 400
    wire.clock.advance(30)
    before = wire.accounts()["credits"]
    assert "processing" in fetch()["msg"]
    assert fetch()["data"] is None
    assert before - wire.accounts()["credits"] == 5.0
    wire.clock.advance(30)
    link = fetch()["data"]["resultUrl"]
    assert wire.get(link).headers["content-type"] == "video/mp4"
    assert before - wire.accounts()["credits"] == 5.0


def test_polls_may_be_limited_too(open_wire: Callable[..., Wire]) -> None:
    wire = open_wire(limits_polls=True)
    first, second = wire.create("gpt4o", "one"), wire.create("gpt4o", "two")
    assert [wire.poll("gpt4o", first).json()["code"] for _ in range(4)] == [200, 200, 200, 429]
    assert wire.poll("gpt4o", second).json()["code"] == 200
    video = wire.create("market", "three")
    assert [wire.poll("market", video).json()["code"] for _ in range(11)] == [200] * 10 + [429]
    wire.clock.advance(1.1)
    assert wire.poll("market", video).json()["code"] == 200
