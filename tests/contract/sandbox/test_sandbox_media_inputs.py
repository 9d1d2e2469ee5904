"""Videos and sound as inputs of the sandbox: their links must exist, and results may be as long as they are."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest

from tests import media_samples
from tests.contract.sandbox.wire import ManualClock, Wire


def upload(wire: Wire, name: str, content: bytes) -> str:
    sent = wire.post("/api/file-stream-upload", files={"file": (name, content)}, data={"uploadPath": "x"})
    data: dict[str, Any] = sent.json()["data"]
    return str(data["downloadUrl"])


def avatar(wire: Wire, image_url: str, audio_url: str) -> str:
    fields = {"prompt": "hello", "image_url": image_url, "audio_url": audio_url}
    body = {"model": "kling/ai-avatar-standard", "input": fields}
    reply = wire.post("/api/v1/jobs/createTask", json=body).json()
    assert reply["code"] == 200, reply
    return str(reply["data"]["taskId"])


def test_uploads_of_videos_and_sound_have_their_type(tmp_path: Path, open_wire: Callable[..., Wire]) -> None:
    wire = open_wire(media="small", media_folder=tmp_path, clock=ManualClock())
    kinds = {"a.mp4": "video/mp4", "a.mov": "video/quicktime", "a.mp3": "audio/mpeg", "a.wav": "audio/x-wav"}
    for name, kind in kinds.items():
        answer = wire.get(upload(wire, name, b"anything"))
        assert (answer.content, answer.headers["content-type"]) == (b"anything", kind)


def test_a_sound_that_is_not_there_fails_the_task(tmp_path: Path, open_wire: Callable[..., Wire]) -> None:
    wire = open_wire(media="small", media_folder=tmp_path, clock=ManualClock())
    image = upload(wire, "a.png", media_samples.image())
    sound = upload(wire, "a.mp3", b"not even sound")
    good, bad = avatar(wire, image, sound), avatar(wire, image, sound.replace("a.mp3", "gone.mp3"))
    until = time.monotonic() + 20
    while wire.record("market", good)["state"] != "success" or wire.record("market", bad)["state"] != "fail":
        assert time.monotonic() < until
        wire.clock.advance(50)
        time.sleep(0.05)


@pytest.mark.slow
def test_the_result_is_as_long_as_the_sound(tmp_path: Path, open_wire: Callable[..., Wire]) -> None:
    wire = open_wire(media="draft", media_folder=tmp_path, clock=ManualClock())
    image = upload(wire, "a.png", media_samples.image())
    task_id = avatar(wire, image, upload(wire, "a.wav", media_samples.wav(2.0)))
    until = time.monotonic() + 60
    while wire.record("market", task_id)["state"] != "success":
        assert time.monotonic() < until
        wire.clock.advance(50)
        time.sleep(0.1)
    (link,) = wire.record("market", task_id)["response"]["resultUrls"]
    with av.open(io.BytesIO(wire.get(link).content)) as container:
        assert container.duration == pytest.approx(2_000_000, abs=100_000)
