"""What the sandbox says word by word, where replies of the provider were published."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.contract.sandbox.wire import CREATE, KLING, RECORD, Wire

JOBS = CREATE["market"]
LINK = "http://127.0.0.1:9/a"
KLING_3 = {"prompt": "a boat", "duration": "5", "aspect_ratio": "16:9", "mode": "std", "sound": False}
REPLIES: tuple[tuple[str, dict[str, Any], int, str], ...] = (
    (
        "no-such/model",
        {"prompt": "a boat"},
        422,
        "The model name you specified is not supported. Please verify your input and use one of the supported models "
        "provided by KIE.",
    ),
    ("sora-2-pro-text-to-video", {"prompt": "a boat"}, 500, "This interface is temporarily paused"),
    ("z-image", {"prompt": "a boat"}, 500, "This field is required"),
    ("z-image", {}, 500, "This field is required"),
    ("grok-imagine-image-2-0/segment-edit", {}, 500, "This field is required"),
    ("kling-3.0/motion-control", {"prompt": "a boat"}, 500, "This field is required"),
    (
        "kling-3.0/motion-control",
        {"input_urls": [f"{LINK}.png"], "video_urls": [f"{LINK}.mp4"], "mode": "std"},
        500,
        "mode is not within the range of allowed options",
    ),
    ("kling-3.0/video", KLING_3, 422, "multi_shots cannot be empty"),
    ("kling-3.0/video", {**KLING_3, "multi_shots": False, "sound": None}, 422, "sound cannot be empty"),
    ("kling-3.0/video", {**KLING_3, "multi_shots": False, "aspect_ratio": None}, 422, "aspect_ratio cannot be empty"),
    ("pixverse-v6/transition", {"prompt": "a boat"}, 422, "first_frame_image_url cannot be empty"),
    ("z-image", {"prompt": "x" * 1001, "aspect_ratio": "1:1"}, 500, "The text length cannot exceed the maximum limit"),
    (
        "z-image",
        {"prompt": "a boat", "aspect_ratio": "auto"},
        500,
        "aspect_ratio is not within the range of allowed options",
    ),
    ("wan/3-0-video", {}, 500, "This field is required"),
    ("wan/2-7-r2v", {"prompt": "a boat"}, 500, "This field is required"),
    (
        "kling-3.0-omni/transformation",
        {"prompt": "a boat", "video_urls": [f"{LINK}.mp4"], "aspect_ratio": "16:9"},
        422,
        "The parameter `aspect_ratio` specified in the request is not valid.",
    ),
    (
        "wan/3-0-video",
        {"prompt": "a boat", "resolution": "720p"},
        500,
        "resolution is not within the range of allowed options",
    ),
)


@pytest.mark.parametrize(("model", "inputs", "code", "message"), REPLIES)
def test_refusals_of_jobs(wire: Wire, model: str, inputs: dict[str, Any], code: int, message: str) -> None:
    reply = wire.post(JOBS, json={"model": model, "input": inputs})
    assert (reply.status_code, reply.json()) == (200, {"code": code, "msg": message, "data": None})


def test_a_ratio_that_does_not_go_with_the_resolution_fails_later(wire: Wire) -> None:
    fields = {"prompt": "a boat", "aspect_ratio": "1:1", "resolution": "4K"}
    task_id = wire.create("market", model="gpt-image-2-text-to-image", **fields)
    wire.clock.advance(30)
    record = wire.record("market", task_id)
    assert (record["state"], record["creditsConsumed"]) == ("fail", 0.0)


def test_the_same_without_the_list_of_shots_is_accepted(wire: Wire) -> None:
    reply = wire.post(JOBS, json={"model": "kling-3.0/video", "input": {**KLING_3, "multi_shots": False}}).json()
    assert (reply["code"], reply["msg"]) == (200, "success")


def test_a_missing_key_and_an_empty_account(wire: Wire, open_wire: Callable[..., Wire]) -> None:
    reply = requests.get(wire.url + RECORD["market"], params={"taskId": "x"}, timeout=5)
    assert (reply.status_code, reply.json()) == (200, {"code": 401, "msg": "Unauthorized – Authentication failed."})
    poor = open_wire(credits=1.0).try_create("market", "too expensive", model=KLING)
    assert poor == {
        "code": 402,
        "msg": "Credits insufficient : Your current balance isn’t enough to run this request. "
        "Please top up to continue.",
        "data": None,
    }


@pytest.mark.parametrize(
    ("family", "fields", "message"),
    [
        ("veo", {"aspect_ratio": "1:1"}, "Ratio error"),
        ("gpt4o", {"size": None}, "size cannot be empty"),
        ("runway", {"duration": 10, "quality": "1080p"}, "1080p is not supported for a duration of 10 seconds"),
    ],
)
def test_refusals_of_dedicated_endpoints(wire: Wire, family: str, fields: dict[str, Any], message: str) -> None:
    assert wire.try_create(family, "a wrong one", **fields) == {"code": 422, "msg": message, "data": None}
