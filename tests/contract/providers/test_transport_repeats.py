"""What the transport retries over a real loopback socket: reads and uploads, and for how long."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from kaimedia.errors import ProviderUnavailable
from kaimedia.providers.http.multipart import MultipartFile
from kaimedia.providers.kie.http.retries import RetryPlan
from tests.contract.providers.conftest import Make
from tests.contract.providers.loopback import OK, Loopback, reply, reset


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_get_is_repeated_on_http_errors(loopback: Loopback, make: Make, status: int) -> None:
    loopback.will(reply("<html>", status), reply("<html>", status), reply(OK))
    assert make().get("/x").code == 200
    assert len(loopback.seen) == 3


def test_get_gives_the_last_reply_when_tries_are_used_up(loopback: Loopback, make: Make) -> None:
    loopback.will(reply("<html>bad gateway</html>", 502))
    envelope = make().get("/x")
    assert (envelope.http_status, envelope.is_json, envelope.text_excerpt) == (502, False, "bad gateway")
    assert len(loopback.seen) == 3


@pytest.mark.parametrize("status", [200, 302, 400, 401, 404, 422])
def test_get_is_not_repeated_on_an_answer(loopback: Loopback, make: Make, status: int) -> None:
    loopback.will(reply({"code": 500, "msg": "no"}, status, {"Location": "/elsewhere"}))
    assert make().get("/x").http_status == status
    assert len(loopback.seen) == 1


def test_get_survives_resets(loopback: Loopback, make: Make) -> None:
    loopback.will(reset, reply('{"code":200,"da', declared=400), reply(OK))
    assert make().get("/x").code == 200
    assert len(loopback.seen) == 3


def test_get_is_unavailable_without_any_reply(loopback: Loopback, make: Make) -> None:
    loopback.will(reset)
    with pytest.raises(ProviderUnavailable, match=r"No connection to kie\.ai") as caught:
        make().get("/x")
    assert caught.value.retryable and len(loopback.seen) == 3


def test_get_honors_retry_after(loopback: Loopback, make: Make) -> None:
    loopback.will(reply("slow down", 429, {"Retry-After": "0.3"}), reply(OK))
    started = time.monotonic()
    assert make().get("/x").code == 200
    assert time.monotonic() - started >= 0.3


def test_get_does_not_wait_beyond_its_time(loopback: Loopback, make: Make) -> None:
    loopback.will(reply("slow down", 429, {"Retry-After": "600"}), reply(OK))
    envelope = make().get("/x")
    assert (envelope.http_status, envelope.retry_after_s, len(loopback.seen)) == (429, 600.0, 1)


def test_post_read_is_repeated(loopback: Loopback, make: Make) -> None:
    loopback.will(reply("<html>", 502), reply(OK))
    assert make().post_read("/link", {"url": "x"}).code == 200
    assert [seen.json for seen in loopback.seen] == [{"url": "x"}] * 2


def test_upload_as_json_is_repeated_whole(loopback: Loopback, make: Make) -> None:
    loopback.will(reset, reply(OK))
    body = {"base64Data": "A" * 300_000}
    assert make().upload("/up", body=body).code == 200
    assert [seen.json for seen in loopback.seen] == [body] * 2


def test_upload_as_form_is_repeated_whole(loopback: Loopback, make: Make, tmp_path: Path) -> None:
    image = tmp_path / "a.png"
    image.write_bytes(bytes(range(256)) * 1000)
    loopback.will(reply("<html>", 503), reply(OK))
    form = MultipartFile({"uploadPath": "kai-media"}, image, "x.png", "image/png")
    assert make().upload("/up", form=form).code == 200
    first, second = loopback.seen
    assert first.body == second.body and image.read_bytes() in first.body
    assert len(first.body) == int(first.headers["Content-Length"]) == len(form)
    assert first.headers["Content-Type"] == form.content_type


def test_an_upload_ends_in_time(loopback: Loopback, make: Make, tmp_path: Path) -> None:
    loopback.will(reply(OK))
    image = tmp_path / "a.png"
    image.write_bytes(b"x")
    form = MultipartFile({}, image, "x.png", "image/png")
    with pytest.raises(ProviderUnavailable):
        make(upload_timeout_s=0.0).upload("/up", form=form)
    assert not any(seen.body for seen in loopback.seen)


def test_close_interrupts_pauses(loopback: Loopback, make: Make) -> None:
    loopback.will(reply("<html>", 502))
    transport = make(retries=RetryPlan(tries=9, first_s=20, longest_s=30), total_timeout_s=100.0)
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(transport.get("/x").http_status))
    thread.start()
    while not loopback.seen:
        time.sleep(0.005)
    transport.close()
    thread.join(5)
    assert found == [502] and not thread.is_alive()
