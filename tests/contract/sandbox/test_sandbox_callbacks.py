"""Callbacks: each family's body, the signature, repeats and duplicates."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from kaimedia.sandbox.options import WallClock
from tests.contract.sandbox.wire import FAMILIES, Wire


class Receiver:
    """A web server that notes what is posted; it rejects the first `rejections` posts."""

    def __init__(self, rejections: int = 0) -> None:
        self.got: list[tuple[dict[str, str], dict[str, Any]]] = []
        receiver = self

        class Post(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.got.append(({k.lower(): v for k, v in self.headers.items()}, content))
                self.send_response(503 if len(receiver.got) <= rejections else 200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Post)
        self.url = f"http://127.0.0.1:{self.server.server_port}/here"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def wait(self, count: int) -> list[tuple[dict[str, str], dict[str, Any]]]:
        until = time.monotonic() + 10
        while len(self.got) < count:
            assert time.monotonic() < until, f"{len(self.got)} of {count} callbacks came"
            time.sleep(0.01)
        return self.got

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


@pytest.fixture
def receive() -> Iterator[Callable[..., Receiver]]:
    opened: list[Receiver] = []

    def opener(rejections: int = 0) -> Receiver:
        opened.append(Receiver(rejections))
        return opened[-1]

    yield opener
    for receiver in opened:
        receiver.close()


@pytest.fixture
def quick(open_wire: Callable[..., Wire]) -> Wire:
    return open_wire(clock=WallClock(), speed=400.0, hmac_key="hush")


def _signed(key: str, task_id: str, headers: dict[str, str]) -> bool:
    message = f"{task_id}.{headers['x-webhook-timestamp']}".encode()
    wanted = base64.b64encode(hmac.new(key.encode(), message, hashlib.sha256).digest()).decode()
    return headers["x-webhook-signature"] == wanted


def _id(body: dict[str, Any]) -> str:
    return str(body["data"].get("taskId") or body["data"].get("task_id"))


@pytest.mark.parametrize("family", FAMILIES)
def test_success_is_sent_once_in_the_familys_shape_and_signed(
    quick: Wire, receive: Callable[..., Receiver], family: str
) -> None:
    receiver = receive()
    task_id = quick.create(family, "call me", callBackUrl=receiver.url)
    ((headers, body),) = receiver.wait(1)
    assert (body["code"], _id(body)) == (200, task_id)
    assert _signed("hush", task_id, headers)
    assert abs(int(headers["x-webhook-timestamp"]) - time.time()) < 10
    data = body["data"]
    links = {
        "gpt4o": lambda: data["info"]["result_urls"],
        "veo": lambda: data["info"]["resultUrls"],
        "runway": lambda: [data["video_url"], data["image_url"]],
        "market": lambda: json.loads(data["resultJson"])["resultUrls"],
    }[family]()
    assert links and all(quick.get(link).status_code == 200 for link in links)


@pytest.mark.parametrize(("family", "code"), [("gpt4o", 400), ("veo", 422), ("runway", 400), ("market", 501)])
def test_failure_is_sent_too(quick: Wire, receive: Callable[..., Receiver], family: str, code: int) -> None:
    receiver = receive()
    task_id = quick.create(family, "call me [fault:policy]", callBackUrl=receiver.url)
    ((_, body),) = receiver.wait(1)
    assert (body["code"], _id(body)) == (code, task_id)
    assert not body["data"].get("info") and not body["data"].get("video_url")


def test_flux_kontext_names_both_images_and_no_links_on_failure(quick: Wire, receive: Callable[..., Receiver]) -> None:
    receiver = receive()
    for prompt in ("call me", "call me [fault:fail_501]"):
        quick.post("/api/v1/flux/kontext/generate", json={"prompt": prompt, "callBackUrl": receiver.url})
    good, bad = sorted((body for _, body in receiver.wait(2)), key=lambda body: int(body["code"]))
    assert (good["code"], bad["code"]) == (200, 501)
    assert quick.get(good["data"]["info"]["resultImageUrl"]).status_code == 200
    assert bad["data"]["info"] == {"originImageUrl": "", "resultImageUrl": ""}


def test_aleph_names_the_task_at_the_root(quick: Wire, receive: Callable[..., Receiver]) -> None:
    receiver = receive()
    body = {"prompt": "call me", "videoUrl": "http://127.0.0.1:9/none.mp4", "callBackUrl": receiver.url}
    task_id = quick.post("/api/v1/aleph/generate", json=body).json()["data"]["taskId"]
    ((headers, sent),) = receiver.wait(1)
    assert sent == {
        "code": 500,
        "msg": "internal error, please try again later.",
        "taskId": task_id,
        "data": None,
    }
    assert _signed("hush", task_id, headers)


def test_a_refused_callback_is_repeated_three_times(quick: Wire, receive: Callable[..., Receiver]) -> None:
    receiver = receive(rejections=9)
    quick.create("veo", "nobody home", callBackUrl=receiver.url)
    receiver.wait(4)
    other = receive()
    quick.create("veo", "somebody home", callBackUrl=other.url)
    other.wait(1)
    assert len(receiver.got) == 4
    assert quick.accounts()["callbacks"] == 5


def test_callback_faults(quick: Wire, receive: Callable[..., Receiver]) -> None:
    twice, plain, forged, lost = receive(), receive(), receive(), receive()
    quick.create("veo", "a [fault:callback_lost]", callBackUrl=lost.url)
    quick.create("veo", "b [fault:callback_twice]", callBackUrl=twice.url)
    quick.create("veo", "c [fault:callback_unsigned]", callBackUrl=plain.url)
    task_id = quick.create("veo", "d [fault:callback_forged]", callBackUrl=forged.url)
    first, second = twice.wait(2)
    assert first[1] == second[1]
    assert "x-webhook-signature" not in plain.wait(1)[0][0]
    assert not _signed("hush", task_id, forged.wait(1)[0][0])
    assert quick.accounts()["callbacks"] == 4 and lost.got == []


def test_without_a_key_nothing_is_signed(open_wire: Callable[..., Wire], receive: Callable[..., Receiver]) -> None:
    receiver = receive()
    open_wire(clock=WallClock(), speed=400.0).create("gpt4o", "plain", callBackUrl=receiver.url)
    assert "x-webhook-signature" not in receiver.wait(1)[0][0]


def test_a_receiver_that_hangs_does_not_hold_up_the_stop(
    open_wire: Callable[..., Wire], receive: Callable[..., Receiver]
) -> None:
    gate = threading.Event()
    receiver = receive()
    receiver.server.RequestHandlerClass.do_POST = lambda self: gate.wait(20)  # type: ignore[attr-defined]
    wire = open_wire(clock=WallClock(), speed=400.0)
    wire.create("gpt4o", "hangs", callBackUrl=receiver.url)
    while wire.accounts()["callbacks"] == 0:
        time.sleep(0.01)
    began = time.monotonic()
    wire.server.stop()
    gate.set()
    assert time.monotonic() - began < 15  # the receiver would hold it for 20
