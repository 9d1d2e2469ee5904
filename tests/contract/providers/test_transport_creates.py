"""A paid call over a real loopback socket: sent once, whatever happens."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest

from kaimedia.errors import OutcomeUnknown, ProviderUnavailable, RateLimited
from kaimedia.providers.http.pacing import Pacing
from tests.contract.providers.conftest import Make
from tests.contract.providers.loopback import OK, Loopback, dead_url, drip, outage, reply, reset


def test_creates_never_share_a_connection(loopback: Loopback, make: Make) -> None:
    loopback.will(reply(OK))
    transport = make()
    for _ in range(3):
        transport.get("/x")
        transport.post_once("/create", {})
    peers = [seen.peer for seen in loopback.seen if seen.method == "POST"]
    assert len(set(peers)) == 3


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
    with pytest.raises(OutcomeUnknown, match="the connection dropped before"):
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
    loopback.will(outage(loopback))
    started = time.monotonic()
    with pytest.raises(OutcomeUnknown, match="too long"):
        make(read_timeout_s=0.3).post_once("/create", {})
    assert time.monotonic() - started < 15 and len(loopback.seen) == 1


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{"


@pytest.mark.parametrize(
    "first", [HEAD, b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 "], ids=["body", "head", "status"]
)
def test_a_dripping_server_is_cut_off(loopback: Loopback, make: Make, first: bytes) -> None:
    loopback.will(drip(loopback, first))
    started = time.monotonic()
    with pytest.raises(OutcomeUnknown, match="too long"):
        make(total_timeout_s=0.6).post_once("/create", {})
    assert time.monotonic() - started < 15  # else it never ends
    with pytest.raises(ProviderUnavailable, match="too long"):
        make(total_timeout_s=0.6).get("/x")
    assert [seen.method for seen in loopback.seen] == ["POST", "GET"]


def test_a_late_first_byte_does_not_extend_the_time_limit(loopback: Loopback, make: Make) -> None:
    def answer(handler: Any) -> None:
        loopback.stopping.wait(2.0)
        handler.wfile.write(HEAD)
        handler.wfile.flush()
        loopback.stopping.wait(20)
        handler.close_connection = True

    loopback.will(answer)
    started = time.monotonic()
    with pytest.raises(OutcomeUnknown, match="too long"):
        make(total_timeout_s=2.5, read_timeout_s=10.0).post_once("/create", {})
    assert time.monotonic() - started < 4.4  # not 2 s and another 2.5


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


def test_a_connection_that_is_never_established_sent_nothing(make: Make) -> None:
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
