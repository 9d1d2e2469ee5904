"""The transport over a real loopback socket: what it sends, what it reads, its connections, its settings."""

from __future__ import annotations

import gzip
import threading
from typing import Any

import pytest

from kaimedia.errors import ConfigError
from kaimedia.providers.http.pacing import Pacing
from kaimedia.providers.kie.http.transport import Transport
from tests.contract.providers.conftest import Make
from tests.contract.providers.loopback import CANARY, OK, Loopback, dead_url, reply


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


def test_reads_share_a_connection(loopback: Loopback, make: Make) -> None:
    loopback.will(reply(OK))
    transport = make()
    for _ in range(5):
        transport.get("/x")
    assert len({seen.peer for seen in loopback.seen}) == 1


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
