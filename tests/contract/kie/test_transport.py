"""The transport over a real loopback socket: repeats, limits, and the POST that is never repeated."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kaimedia.errors import ConfigError, OutcomeUnknown, ProviderUnavailable, RateLimited
from kaimedia.kie.multipart import MultipartFile
from kaimedia.kie.pace import Pacing
from kaimedia.kie.retries import RetryPlan
from kaimedia.kie.transport import Transport
from tests.contract.kie.loopback import CANARY, Loopback, drip, reply, reset, silence

OK = {"code": 200, "msg": "success", "data": {"taskId": "abc"}}
QUICK = RetryPlan(tries=3, first_s=0.01, longest_s=0.02)
Make = Callable[..., Transport]


@pytest.fixture
def make(loopback: Loopback) -> Iterator[Make]:
    made: list[Transport] = []

    def transport(**changes: Any) -> Transport:
        url = changes.pop("url", loopback.url)
        options: dict[str, Any] = {
            "pace": Pacing(is_on=False),
            "connect_timeout_s": 2.0,
            "read_timeout_s": 1.0,
            "total_timeout_s": 5.0,
            "upload_timeout_s": 5.0,
            "retries": QUICK,
            **changes,
        }
        made.append(Transport(url, url, CANARY, **options))
        return made[-1]

    yield transport
    for one in made:
        one.close()


def dead_url() -> str:
    """An address nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def test_get_sends_key_and_query(loopback: Loopback, make: Make) -> None:
    loopback.will(reply(OK))
    envelope = make().get("/api/v1/x", {"taskId": "a b&c"})
    assert envelope.data == {"taskId": "abc"}
    [seen] = loopback.seen
    assert (seen.method, seen.path, seen.query) == ("GET", "/api/v1/x", {"taskId": ["a b&c"]})
    assert seen.headers["Authorization"] == f"Bearer {CANARY}"
    assert seen.headers["Accept-Encoding"] == "identity"


def test_post_once_sends_json(loopback: Loopback, make: Make) -> None:
    loopback.will(reply(OK))
    assert make().post_once("/create", {"prompt": "Füchse 🦊"}).code == 200
    [seen] = loopback.seen
    assert seen.json == {"prompt": "Füchse 🦊"} and seen.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_get_is_repeated_on_http_trouble(loopback: Loopback, make: Make, status: int) -> None:
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


def test_get_says_unavailable_when_nothing_answers(loopback: Loopback, make: Make) -> None:
    loopback.will(reset)
    with pytest.raises(ProviderUnavailable, match=r"No connection to kie\.ai") as caught:
        make().get("/x")
    assert caught.value.retryable and len(loopback.seen) == 3


def test_get_honours_retry_after(loopback: Loopback, make: Make) -> None:
    loopback.will(reply("slow down", 429, {"Retry-After": "0.3"}), reply(OK))
    started = time.monotonic()
    assert make().get("/x").code == 200
    assert time.monotonic() - started >= 0.3


def test_get_does_not_wait_beyond_its_time(loopback: Loopback, make: Make) -> None:
    loopback.will(reply("slow down", 429, {"Retry-After": "600"}), reply(OK))
    envelope = make().get("/x")
    assert (envelope.http_status, envelope.retry_after_s, len(loopback.seen)) == (429, 600.0, 1)


def test_reads_share_a_connection(loopback: Loopback, make: Make) -> None:
    loopback.will(reply(OK))
    transport = make()
    for _ in range(5):
        transport.get("/x")
    assert len({seen.peer for seen in loopback.seen}) == 1


def test_creates_never_share_a_connection(loopback: Loopback, make: Make) -> None:
    loopback.will(reply(OK))
    transport = make()
    for _ in range(3):
        transport.get("/x")
        transport.post_once("/create", {})
    peers = [seen.peer for seen in loopback.seen if seen.method == "POST"]
    assert len(set(peers)) == 3


def test_threads_do_not_share_a_session(loopback: Loopback, make: Make) -> None:
    loopback.will(reply(OK))
    transport = make()
    found: list[int | None] = []
    threads = [
        threading.Thread(target=lambda: found.extend(transport.get("/x").code for _ in range(10))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert found == [200] * 80
    assert len({seen.peer for seen in loopback.seen}) <= 8


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_create_is_sent_once_whatever_http_says(loopback: Loopback, make: Make, status: int) -> None:
    loopback.will(reply("<html>", status, {"Retry-After": "0"}))
    assert make().post_once("/create", {}).http_status == status
    assert len(loopback.seen) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_create_is_never_redirected(loopback: Loopback, make: Make, status: int) -> None:
    loopback.will(reply("", status, {"Location": "/create2"}))
    assert make().post_once("/create", {}).http_status == status
    assert [seen.path for seen in loopback.seen] == ["/create"]


def test_a_create_cut_off_after_sending_is_unknown(loopback: Loopback, make: Make) -> None:
    loopback.will(reset)
    with pytest.raises(OutcomeUnknown, match="broke off"):
        make().post_once("/create", {})
    assert len(loopback.seen) == 1


def test_a_create_with_half_a_reply_is_unknown(loopback: Loopback, make: Make) -> None:
    loopback.will(reply('{"code":200,"data":{"taskId":"ab', declared=400))
    with pytest.raises(OutcomeUnknown):
        make().post_once("/create", {})
    assert len(loopback.seen) == 1


def test_a_whole_answer_before_the_break_counts(loopback: Loopback, make: Make) -> None:
    loopback.will(reply(OK, declared=4000))
    assert make().post_once("/create", {}).data == {"taskId": "abc"}
    assert len(loopback.seen) == 1


def test_a_silent_server_makes_a_create_unknown(loopback: Loopback, make: Make) -> None:
    loopback.will(silence(loopback))
    started = time.monotonic()
    with pytest.raises(OutcomeUnknown, match="too long"):
        make(read_timeout_s=0.3).post_once("/create", {})
    assert time.monotonic() - started < 3 and len(loopback.seen) == 1


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{"


@pytest.mark.parametrize(
    "first", [HEAD, b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 "], ids=["body", "head", "status"]
)
def test_a_dripping_server_is_cut_off(loopback: Loopback, make: Make, first: bytes) -> None:
    loopback.will(drip(loopback, first))
    started = time.monotonic()
    with pytest.raises(OutcomeUnknown, match="too long"):
        make(total_timeout_s=0.6).post_once("/create", {})
    assert time.monotonic() - started < 3
    with pytest.raises(ProviderUnavailable, match="too long"):
        make(total_timeout_s=0.6).get("/x")
    assert [seen.method for seen in loopback.seen] == ["POST", "GET"]


def test_a_late_start_does_not_buy_time(loopback: Loopback, make: Make) -> None:
    def answer(handler: Any) -> None:
        loopback.stopping.wait(0.8)
        handler.wfile.write(HEAD)
        handler.wfile.flush()
        loopback.stopping.wait(20)
        handler.close_connection = True

    loopback.will(answer)
    started = time.monotonic()
    with pytest.raises(OutcomeUnknown, match="too long"):
        make(total_timeout_s=1.0, read_timeout_s=5.0).post_once("/create", {})
    assert time.monotonic() - started < 1.6  # not 0.8 s and another second


def test_an_endless_body_is_capped(loopback: Loopback, make: Make) -> None:
    loopback.will(reply("[" + "1," * 2_000_000 + "1]"))
    envelope = make().post_once("/create", {})
    assert not envelope.is_json and len(envelope.text_excerpt) <= 300


def test_a_compressed_answer_is_read(loopback: Loopback, make: Make) -> None:
    packed = gzip.compress(b'{"code":200,"data":1}')

    def answer(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Content-Length", str(len(packed)))
        handler.end_headers()
        handler.wfile.write(packed)

    loopback.will(answer)
    assert make().get("/x").data == 1


def test_a_chunked_answer_is_read(loopback: Loopback, make: Make) -> None:
    def answer(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(b'5\r\n{"cod\r\n6\r\ne":200\r\n1\r\n}\r\n0\r\n\r\n')

    loopback.will(answer)
    assert make().post_once("/create", {}).code == 200


@pytest.mark.parametrize("garbage", [b"not http at all\r\n\r\n", b"HTTP/1.1 banana\r\n\r\n", b"\x00" * 200])
def test_garbage_makes_a_create_unknown(loopback: Loopback, make: Make, garbage: bytes) -> None:
    def answer(handler: Any) -> None:
        handler.wfile.write(garbage)
        handler.close_connection = True

    loopback.will(answer)
    with pytest.raises(OutcomeUnknown):
        make().post_once("/create", {})
    assert len(loopback.seen) == 1


def test_a_refused_connection_sent_nothing(make: Make) -> None:
    with pytest.raises(ProviderUnavailable, match="Nothing was sent"):
        make(url=dead_url()).post_once("/create", {})


def test_an_unknown_host_sent_nothing(make: Make) -> None:
    with pytest.raises(ProviderUnavailable, match="Nothing was sent"):
        make(url="http://no-such-host.invalid").post_once("/create", {})


def test_a_broken_tls_handshake_sent_nothing(loopback: Loopback, make: Make) -> None:
    loopback.will(reply(OK))
    with pytest.raises(ProviderUnavailable, match="Nothing was sent"):
        make(url=loopback.url.replace("http://", "https://"), read_timeout_s=0.5).post_once("/create", {})
    assert loopback.seen == []


def test_a_connection_that_never_comes_about_sent_nothing(make: Make) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        waiting = [socket.socket() for _ in range(4)]  # fills the backlog, so that no handshake completes
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        with pytest.raises(ProviderUnavailable, match=r"too long .*Nothing was sent"):
            make(url=url, connect_timeout_s=0.3).post_once("/create", {})
        for one in waiting:
            one.close()


def test_a_connection_closed_behind_our_back_does_not_resend(loopback: Loopback, make: Make) -> None:
    def closing(handler: Any) -> None:
        reply(OK)(handler)
        handler.close_connection = True  # without saying so in a header

    loopback.will(closing)
    transport = make()
    for _ in range(5):
        transport.get("/x")
        assert transport.post_once("/create", {}).code == 200
    assert [seen.method for seen in loopback.seen].count("POST") == 5


def test_creates_over_the_limit_are_refused_unsent(loopback: Loopback, make: Make) -> None:
    loopback.will(reply(OK))
    transport = make(pace=Pacing())
    for _ in range(20):
        transport.post_once("/create", {})
    with pytest.raises(RateLimited) as caught:
        transport.post_once("/create", {})
    assert 0 < (caught.value.retry_after_s or 0) <= 10
    assert len(loopback.seen) == 20


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
    picture = tmp_path / "a.png"
    picture.write_bytes(bytes(range(256)) * 1000)
    loopback.will(reply("<html>", 503), reply(OK))
    form = MultipartFile({"uploadPath": "kai-media"}, picture, "x.png", "image/png")
    assert make().upload("/up", form=form).code == 200
    first, second = loopback.seen
    assert first.body == second.body and picture.read_bytes() in first.body
    assert len(first.body) == int(first.headers["Content-Length"]) == len(form)
    assert first.headers["Content-Type"] == form.content_type


def test_an_upload_ends_in_time(loopback: Loopback, make: Make, tmp_path: Path) -> None:
    loopback.will(reply(OK))
    picture = tmp_path / "a.png"
    picture.write_bytes(b"x")
    form = MultipartFile({}, picture, "x.png", "image/png")
    with pytest.raises(ProviderUnavailable):
        make(upload_timeout_s=0.0).upload("/up", form=form)
    assert not any(seen.body for seen in loopback.seen)


def test_close_calls_off_pauses(loopback: Loopback, make: Make) -> None:
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


def test_after_close_nothing_is_kept_open(loopback: Loopback, make: Make) -> None:
    loopback.will(reply(OK))
    transport = make()
    transport.close()
    assert [transport.get("/x").code for _ in range(2)] == [200, 200]
    assert len({seen.peer for seen in loopback.seen}) == 2


def test_a_short_key_does_not_spoil_data(loopback: Loopback) -> None:
    loopback.will(reply({"code": 200, "data": {"url": "https://h.example/sandbox-key/a.png"}}))
    transport = Transport(loopback.url, loopback.url, "sandbox-key", pace=Pacing(is_on=False))
    assert transport.get("/x").data == {"url": "https://h.example/sandbox-key/a.png"}
    transport.close()


def test_cookies_and_environment_are_not_used(loopback: Loopback, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", dead_url())
    monkeypatch.setenv("http_proxy", dead_url())
    loopback.will(reply(OK, headers={"Set-Cookie": "JSESSIONID=1; Path=/"}))
    transport = make()
    for _ in range(2):
        transport.get("/x")
    assert all("Cookie" not in seen.headers for seen in loopback.seen)


@pytest.mark.parametrize("url", ["", "kie.ai", "ftp://kie.ai", "https://", "javascript:x"])
def test_addresses_are_checked(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Transport(url, "https://up.example", CANARY)
    assert caught.value.setting == "KIE_API_URL"
    with pytest.raises(ConfigError) as caught:
        Transport("https://api.example", url, CANARY)
    assert caught.value.setting == "KIE_UPLOAD_URL"


@pytest.mark.parametrize("key", ["", "  ", f"{CANARY}\r\nX: y", f"{CANARY} {CANARY}", f"{CANARY}é", f"{CANARY}\x00"])
def test_keys_are_checked_and_never_repeated(key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Transport("https://api.example", "https://up.example", key)
    assert CANARY not in str(caught.value)
