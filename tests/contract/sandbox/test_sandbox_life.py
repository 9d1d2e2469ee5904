"""Starting, stopping, being killed, and being busy."""

from __future__ import annotations

import http.client
import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest
import requests
from PIL import Image

from kaimedia.errors import ConfigError
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.sandbox.options import SandboxOptions, WallClock
from tests.contract.sandbox.wire import CREATE, RECORD, ManualClock, Wire, body

ROOT = Path(__file__).resolve().parents[3]
RUN = "import sys; from kaimedia.sandbox.cli import run; sys.exit(run(sys.argv[1:]))"


def test_embedded_starts_stops_and_starts_again(tmp_path: Path) -> None:
    handler, before = signal.getsignal(signal.SIGTERM), set(threading.enumerate())
    sandbox = EmbeddedSandbox(SandboxOptions(media="small", media_folder=tmp_path))
    assert sandbox.base_url is None
    url = sandbox.start()
    assert url.startswith("http://127.0.0.1:") and sandbox.start() == url == sandbox.base_url
    assert requests.get(f"{url}/_sandbox/health", timeout=5).json()["sandbox"] is True
    sandbox.stop()
    sandbox.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/_sandbox/health", timeout=5)
    assert signal.getsignal(signal.SIGTERM) is handler
    again = sandbox.start()
    assert requests.get(f"{again}/_sandbox/health", timeout=5).status_code == 200
    sandbox.stop()
    started = set(threading.enumerate()) - before
    assert not [thread for thread in started if thread.name.startswith("kaimedia-sandbox")]


def test_a_taken_port_and_a_file_that_is_no_journal_are_reported(tmp_path: Path) -> None:
    first = EmbeddedSandbox(SandboxOptions(media="small"))
    port = int(first.start().rpartition(":")[2])
    with pytest.raises(ConfigError, match="listen"):
        EmbeddedSandbox(SandboxOptions(media="small"), port=port).start()
    first.stop()
    journal = tmp_path / "notes.txt"
    journal.write_text("my diary")
    with pytest.raises(ConfigError):
        EmbeddedSandbox(SandboxOptions(media="small", journal=journal)).start()
    assert journal.read_text() == "my diary"


def _spawn(*arguments: str) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, "--port", "0", *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    url = line.split()[-1]
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            requests.get(f"{url}/_sandbox/health", timeout=5)
            return process, url
        except requests.ConnectionError:
            time.sleep(0.02)
    raise AssertionError("the sandbox did not answer")


def _end(process: subprocess.Popen[str], number: int) -> int:
    process.send_signal(number)
    code = process.wait(timeout=20)
    assert process.stdout is not None
    process.stdout.close()
    return code


KEY = {"Authorization": "Bearer k"}


@pytest.mark.kill
def test_a_killed_sandbox_goes_on_from_its_journal(tmp_path: Path) -> None:
    arguments = ("--media", "small", "--speed", "50", "--journal", str(tmp_path / "journal"), "--credits", "500")
    process, url = _spawn(*arguments)

    def create(prompt: str) -> str:
        reply = requests.post(f"{url}/api/v1/veo/generate", json={"prompt": prompt}, headers=KEY, timeout=5)
        return str(reply.json()["data"]["taskId"])

    ids = [create("a video"), create("a failure [fault:fail]"), create("still waiting [fault:slow=100]")]
    assert _end(process, signal.SIGKILL) == -signal.SIGKILL
    with (tmp_path / "journal").open("ab") as file:
        file.write(b'{"accepted":{"task_id":"torn')
    process, url = _spawn(*arguments)

    def accounts() -> dict[str, Any]:
        found: dict[str, Any] = requests.get(f"{url}/_sandbox/account", timeout=5).json()
        return found

    until = time.monotonic() + 10
    while [task["state"] for task in accounts()["tasks"]] != ["success", "fail", "success"]:
        assert time.monotonic() < until, accounts()
        time.sleep(0.05)
    found = accounts()
    assert [task["task_id"] for task in found["tasks"]] == ids
    assert found["credits"] == 500 - 120
    assert 1900 <= found["tasks"][2]["done_ms"] - found["tasks"][2]["created_ms"] <= 2100
    assert requests.get(found["tasks"][0]["result_urls"][0], timeout=5).status_code == 200
    assert _end(process, signal.SIGKILL) == -signal.SIGKILL
    process, url = _spawn(*arguments)
    assert (accounts()["credits"], len(accounts()["tasks"])) == (380, 3)
    _end(process, signal.SIGTERM)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_stops_cleanly(number: signal.Signals) -> None:
    process, _ = _spawn("--media", "small")
    assert _end(process, number) in (0, -number)


def test_the_command_refuses_wrong_options(capsys: pytest.CaptureFixture[str]) -> None:
    from kaimedia.sandbox.cli import run

    assert run(["--faults", "nonsense"]) == 2
    assert "nonsense" in capsys.readouterr().err
    assert run(["--speed", "0"]) == 2


def test_a_thousand_tasks_at_once(open_wire: Callable[..., Wire]) -> None:
    wire = open_wire(clock=WallClock(), credits=1e9)
    line = http.client.HTTPConnection(wire.url.removeprefix("http://"), timeout=10)

    def call(method: str, path: str, sent: dict[str, Any] | None = None) -> dict[str, Any]:
        line.request(method, path, json.dumps(sent) if sent else None, KEY)
        data: dict[str, Any] = json.loads(line.getresponse().read())["data"]
        return data

    began = time.process_time()  # of client and server; other load on the machine does not count
    ids = [call("POST", CREATE["gpt4o"], body("gpt4o", f"number {number}"))["taskId"] for number in range(1000)]
    for task_id in ids[:500]:
        assert call("GET", f"{RECORD['gpt4o']}?taskId={task_id}")["taskId"] == task_id
    rate = 1500 / (time.process_time() - began)
    line.close()
    found = wire.accounts()
    assert len(found["tasks"]) == 1000
    assert sum(count for _, count in found["creates_by_second"]) == found["creates"] == 1000
    assert sum(count for _, count in found["polls_by_second"]) == found["polls"] == 500
    assert rate > 300, f"{rate:.0f} requests a second"


def _children(of: int) -> set[int]:
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == of and fields[0] != "Z":
            found.add(int(stat.parent.name))
    return found


@pytest.mark.parametrize(
    ("media", "side", "rate"), [pytest.param("full", 960, 24, marks=pytest.mark.exhaustive), ("draft", 240, 12)]
)
def test_media_are_drawn_by_a_child_before_success_is_reported(
    tmp_path: Path, open_wire: Callable[..., Wire], media: str, side: int, rate: int
) -> None:
    existing = _children(os.getpid())  # servers that other tests run in this process
    wire = open_wire(media=media, media_folder=tmp_path)
    image = wire.create("gpt4o", "a lighthouse", size="3:2", nVariants=2)
    video_id = wire.create("runway", "a lighthouse", aspectRatio="1:1")
    wire.clock.advance(100)
    assert wire.record("gpt4o", image)["successFlag"] == 0
    until = time.monotonic() + 90
    while wire.record("gpt4o", image)["successFlag"] == 0 or not wire.record("runway", video_id)["videoInfo"]:
        assert time.monotonic() < until, wire.accounts()
        time.sleep(0.1)
    assert _children(os.getpid()) - existing
    images = [wire.get(url).content for url in wire.record("gpt4o", image)["response"]["resultUrls"]]
    assert [Image.open(io.BytesIO(content)).size for content in images] == [(1536, 1024)] * 2
    assert images[0] != images[1]
    video = wire.record("runway", video_id)["videoInfo"]
    part = wire.get(video["videoUrl"], headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"ftyp")
    with av.open(io.BytesIO(wire.get(video["videoUrl"]).content)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height, stream.average_rate) == (side, side, rate)
        assert abs((container.duration or 0) / 1e6 - 5) < 0.1
    assert wire.get(video["imageUrl"]).content.startswith(b"\x89PNG")
    workers = _children(os.getpid()) - existing
    wire.server.stop()
    until = time.monotonic() + 20
    while workers & _children(os.getpid()):
        assert time.monotonic() < until, "the drawing workers are still running"
        time.sleep(0.05)


def test_a_reference_that_is_not_an_image_fails_and_a_tall_one_gives_a_tall_video(
    tmp_path: Path, open_wire: Callable[..., Wire]
) -> None:
    wire = open_wire(media="full", media_folder=tmp_path, clock=ManualClock())
    tall = io.BytesIO()
    Image.new("RGB", (90, 160), (20, 90, 160)).save(tall, "PNG")

    def upload(name: str, content: bytes) -> str:
        sent = wire.post("/api/file-stream-upload", files={"file": (name, content)}, data={"uploadPath": "x"})
        return str(sent.json()["data"]["downloadUrl"])

    wrong = wire.create("veo", "a", imageUrls=[upload("a.png", b"no image")], duration=4)
    right = wire.create("veo", "b", imageUrls=[upload("b.png", tall.getvalue())], duration=4, aspect_ratio="Auto")
    wire.clock.advance(100)
    until = time.monotonic() + 90
    while not wire.record("veo", right)["response"]:
        assert time.monotonic() < until, wire.accounts()
        time.sleep(0.1)
    assert wire.record("veo", wrong)["errorCode"] == 400
    with av.open(io.BytesIO(wire.get(wire.record("veo", right)["response"]["resultUrls"][0]).content)) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (720, 1280)


@pytest.mark.kill
def test_a_killed_sandbox_leaves_no_painter_behind() -> None:
    process, url = _spawn()
    requests.post(f"{url}/api/v1/gpt4o-image/generate", json={"size": "1:1", "prompt": "x"}, headers=KEY, timeout=5)
    until = time.monotonic() + 20
    while not (children := _children(process.pid)):
        assert time.monotonic() < until
        time.sleep(0.02)
    _end(process, signal.SIGKILL)
    until = time.monotonic() + 30
    while any(Path(f"/proc/{child}").exists() for child in children):
        assert time.monotonic() < until, "the painter lives on"
        time.sleep(0.05)


def test_every_option_of_the_command_is_in_its_page(capsys: pytest.CaptureFixture[str]) -> None:
    from kaimedia.sandbox.cli import run

    with pytest.raises(SystemExit):
        run(["--help"])
    page = (ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8")
    options = {word for word in re.findall(r"--[a-z][a-z0-9-]+", capsys.readouterr().out) if word != "--help"}
    assert len(options) >= 9
    assert [option for option in sorted(options) if f"`{option}`" not in page] == []
