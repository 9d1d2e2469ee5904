from __future__ import annotations

import errno
import gzip
import hashlib
import socket
import threading
import time
from pathlib import Path

import pytest

from kaimedia.errors import FetchFailed, KaimediaError, ResultExpired, StorageFull, TooLarge, UnsafePath
from kaimedia.media.deadline import Deadline
from kaimedia.media.fetch import Fetched, fetch
from tests.unit.media.conftest import Resolver
from tests.unit.media.fault_server import FaultServer, Script, endless, raw, reply

BODY = bytes(range(256)) * 40


def get(server: FaultServer, path: str, dest: Path, *, max_bytes: int = 100_000, total_s: float = 20.0) -> Fetched:
    return fetch(
        f"http://{server.host}{path}",
        dest,
        max_bytes=max_bytes,
        trusted_hosts=[server.host],
        read_timeout_s=2.0,
        total_timeout_s=total_s,
    )


@pytest.fixture
def dest(tmp_path: Path) -> Path:
    return tmp_path / "file"


def test_a_plain_file(server: FaultServer, dest: Path) -> None:
    server.scripts["/a.png"] = reply(BODY, headers="Content-Type: Image/PNG; charset=x\r\n")
    fetched = get(server, "/a.png?signature=1", dest)
    assert dest.read_bytes() == BODY
    assert fetched == Fetched(
        hashlib.sha256(BODY).hexdigest(), len(BODY), "image/png", f"http://{server.host}/a.png?signature=1"
    )
    (request,) = server.requests
    assert f"Host: {server.host}\r\n" in request and "Accept-Encoding: identity\r\n" in request
    assert "Cookie" not in request and "Authorization" not in request and "Forwarded" not in request


@pytest.mark.parametrize(
    "script",
    [
        reply(BODY, length=None),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"2800\r\n" + BODY + b"\r\n0\r\n\r\n"),
        raw(b"HTTP/1.0 200 OK\r\nContent-Encoding: identity\r\n\r\n" + BODY),
        reply(BODY + b"behind the declared end", length=len(BODY)),
    ],
    ids=["close-delimited", "chunked", "http-1.0", "more-than-declared"],
)
def test_other_ways_to_send_it(server: FaultServer, dest: Path, script: Script) -> None:
    server.scripts["/a"] = script
    assert get(server, "/a", dest).size_bytes == len(BODY)
    assert dest.read_bytes() == BODY


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
BROKEN: dict[str, tuple[Script, type[KaimediaError]]] = {
    "truncated": (reply(BODY, length=len(BODY) + 1), FetchFailed),
    "cut-in-chunk": (raw(CHUNKED + b"2800\r\n" + BODY[:500]), FetchFailed),
    "cut-between-chunks": (raw(CHUNKED + b"100\r\n" + BODY[:256] + b"\r\n"), FetchFailed),
    "bad-chunk-size": (raw(CHUNKED + b"zz\r\n" + BODY), FetchFailed),
    "reset-in-body": (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + BODY, reset=True), FetchFailed),
    "reset-at-once": (raw(b"", reset=True), FetchFailed),
    "closed-at-once": (raw(b""), FetchFailed),
    "not-http": (raw(b"220 ready\r\n\r\n"), FetchFailed),
    "empty": (reply(b""), FetchFailed),
    "no-content": (raw(b"HTTP/1.1 204 No Content\r\n\r\n"), FetchFailed),
    "too-large-declared": (reply(BODY, length=100_001), TooLarge),
    "too-large-real": (reply(bytes(100_001), length=None), TooLarge),
    "too-large-chunk": (raw(CHUNKED + b"186a1\r\n" + bytes(100_001) + b"\r\n0\r\n\r\n"), TooLarge),
    "400": (reply(b"x", status="400 Bad Request"), FetchFailed),
    "403": (reply(b"x", status="403 Forbidden"), ResultExpired),
    "404": (reply(b"x", status="404 Not Found"), ResultExpired),
    "410": (reply(b"x", status="410 Gone"), ResultExpired),
    "429": (reply(b"x", status="429 Too Many Requests"), FetchFailed),
    "500": (reply(b"x", status="500 Internal Server Error"), FetchFailed),
    "206": (reply(BODY, status="206 Partial Content"), FetchFailed),
    "304": (raw(b"HTTP/1.1 304 Not Modified\r\n\r\n"), FetchFailed),
    "redirect-to-nowhere": (raw(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"), FetchFailed),
    "gzip-bomb": (reply(gzip.compress(bytes(50_000_000)), headers="Content-Encoding: gzip\r\n"), TooLarge),
    "endless-headers": (raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000 + b"\r\n"), FetchFailed),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_server_faults(server: FaultServer, dest: Path, fault: str) -> None:
    server.scripts["/a"], kind = BROKEN[fault]
    with pytest.raises(kind) as caught:
        get(server, "/a?secret-signature", dest)
    assert type(caught.value) is kind and not dest.exists()
    assert "secret" not in caught.value.message


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"",
        CHUNKED + b"ffff\r\n",
    ],
    ids=["body", "close-delimited", "header", "status-line", "chunk"],
)
def test_a_dripping_server_ends_with_the_total_time(server: FaultServer, dest: Path, head: bytes) -> None:
    """Every byte comes within the read timeout; only the total time ends it."""
    server.scripts["/a"] = endless(head, b"x", 0.05, server.stopping)
    began = time.monotonic()
    with pytest.raises(FetchFailed, match="within"):
        get(server, "/a", dest, total_s=0.6)
    assert 0.5 < time.monotonic() - began < 15  # else it never ends
    assert not dest.exists()


def test_a_connection_made_as_the_time_ends_is_ended_too(
    server: FaultServer, dest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deadline ends known connections; a delayed thread registers one more afterwards."""
    watch = Deadline.watch

    def held_up(deadline: Deadline, connection: socket.socket) -> None:
        assert deadline.wait(10)
        watch(deadline, connection)

    monkeypatch.setattr(Deadline, "watch", held_up)
    sent = threading.Event()

    def drip(client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n")
        for _ in range(100):
            client.sendall(b"x")
            if server.stopping.wait(0.05):
                return
        sent.set()

    server.scripts["/a"] = drip
    with pytest.raises(FetchFailed, match="within"):
        get(server, "/a", dest, total_s=0.2)
    assert not sent.is_set(), "it listened for five seconds"
    assert not dest.exists()


def test_an_endless_file_ends_at_the_cap(server: FaultServer, dest: Path) -> None:
    server.scripts["/a"] = endless(b"HTTP/1.1 200 OK\r\n\r\n", bytes(65536), 0.0, server.stopping)
    with pytest.raises(TooLarge, match="3 MB"):
        get(server, "/a", dest, max_bytes=3 * 1024**2)


def test_a_silent_server_ends_with_the_read_timeout(server: FaultServer, dest: Path) -> None:
    server.scripts["/a"] = endless(b"", b"", 30.0, server.stopping)
    with pytest.raises(FetchFailed, match="in time"):
        fetch(server.url("/a"), dest, max_bytes=1000, trusted_hosts=[server.host], read_timeout_s=0.3)


def test_no_timer_is_left_behind(server: FaultServer, dest: Path) -> None:
    server.scripts["/a"] = reply(BODY)
    before = {thread.ident for thread in threading.enumerate() if isinstance(thread, threading.Timer)}
    get(server, "/a", dest)
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer) and thread.ident not in before:
            thread.join(2)
            assert not thread.is_alive()


def _to(target: str, status: str = "302 Found", body: bytes = b"") -> Script:
    return reply(body, status=status, headers=f"Location: {target}\r\n")


@pytest.mark.parametrize("status", ["301 x", "302 x", "303 x", "307 x", "308 x"])
def test_three_redirects_are_followed(server: FaultServer, dest: Path, status: str) -> None:
    server.scripts |= {
        "/1": _to("/2", status), "/2": _to(f"http://{server.host}/3", status), "/3": _to("4#part", status),
        "/4": reply(BODY),
    }  # fmt: skip
    assert get(server, "/1", dest).final_url == f"http://{server.host}/4"


def test_a_fourth_redirect_is_not(server: FaultServer, dest: Path) -> None:
    server.scripts |= {f"/{n}": _to(f"/{n + 1}") for n in range(1, 5)} | {"/5": reply(BODY)}
    with pytest.raises(FetchFailed, match="redirected"):
        get(server, "/1", dest)
    assert len(server.requests) == 4


def test_the_body_of_a_redirect_is_not_read(server: FaultServer, dest: Path) -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\n"
    server.scripts |= {"/a": endless(head, bytes(65536), 0.0, server.stopping), "/b": reply(BODY)}
    assert get(server, "/a", dest, total_s=5).size_bytes == len(BODY)


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data", "https://127.0.0.1/", "https://[::1]/", "file:///etc/passwd",
        "http://localhost:{port}/b", "//127.0.0.1:1/b", "http://127.0.0.1:1/b", "https://user@cdn.example/", "https://[x/",
        "http://{host}@169.254.169.254/", "https://lan.example/", "\xff\xfe",
    ],
)  # fmt: skip
def test_a_redirect_inside_is_refused(server: FaultServer, dest: Path, names_resolve: Resolver, target: str) -> None:
    names_resolve({"lan.example": ["10.0.0.8"], "localhost": ["127.0.0.1"]})
    server.scripts["/a"] = _to(target.format(port=server.port, host=server.host))
    server.scripts["/b"] = reply(BODY)
    with pytest.raises(UnsafePath):
        get(server, "/a", dest)
    assert len(server.requests) == 1


def test_a_full_disk(server: FaultServer, dest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    server.scripts["/a"] = reply(BODY)
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StorageFull, match="full"):
        get(server, "/a", dest)
    assert not dest.exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_disk_that_fills_while_writing(server: FaultServer, tmp_path: Path) -> None:
    server.scripts["/a"] = reply(BODY * 10)
    link = tmp_path / "full"
    link.symlink_to("/dev/full")
    with pytest.raises(StorageFull, match="full"):
        get(server, "/a", link, max_bytes=10**6)
    assert Path("/dev/full").exists() and not link.is_symlink()


def test_a_partial_file_is_returned_on_request(server: FaultServer, dest: Path) -> None:
    for script in (reply(BODY, length=len(BODY) + 1), raw(CHUNKED + b"2800\r\n" + BODY[:500])):
        url = server.url("/a", script)
        fetched = fetch(url, dest, max_bytes=100_000, trusted_hosts=[server.host], allow_partial=True)
        assert not fetched.is_complete and BODY.startswith(dest.read_bytes())
        assert fetched.sha256 == hashlib.sha256(dest.read_bytes()).hexdigest()
