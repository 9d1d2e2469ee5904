"""Before sign-in, clients cannot exhaust memory or connections; incomplete requests are closed."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import time

import pytest

from bench import strangers
from kaimedia.web import http_connections
from tests.conftest import ROOT


def test_strangers_hold_little() -> None:
    figures = strangers.measure(sockets=60, megabytes=240)
    assert figures["health"] == ["ok", "ok"]
    assert 1 <= figures["let_in"] <= 30
    assert figures["uploads"] == {"403": 10}
    assert figures["grown_mb"] < 20


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET / HTTP/1.1\r\nHost: x\r\n", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc"],
    ids=["nothing", "half a head", "half a body"],
)
@pytest.mark.parametrize("http", ["httptools", "h11"])
def test_incomplete_requests_are_closed(monkeypatch: pytest.MonkeyPatch, sent: bytes, http: str) -> None:
    uvicorn = pytest.importorskip("uvicorn")
    monkeypatch.setattr(http_connections, "HEADER_S", 0.4)
    monkeypatch.setattr(http_connections, "BODY_IDLE_S", 0.4)
    monkeypatch.setattr(http_connections, "CHECK_S", 0.1)
    http_connections.install()

    async def app(scope: object, receive: object, send: object) -> None:
        while (await receive())["type"] != "http.disconnect":  # type: ignore[operator]
            pass

    async def run() -> float:
        config = uvicorn.Config(app, port=0, host="127.0.0.1", http=http, lifespan="off", log_config=None)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        began = time.monotonic()
        with contextlib.suppress(ConnectionError):
            await asyncio.wait_for(reader.read(), 10)
        server.should_exit = True
        await serving
        return time.monotonic() - began

    assert asyncio.run(run()) < 8


@pytest.mark.parametrize(
    ("target", "host"),
    [(b"http://Evil.example/x", "evil.example"), (b"/x?y=http://z", None), (b"*", None), (b"http://[x", "")],
)
def test_the_host_of_an_absolute_target_is_read(target: bytes, host: str | None) -> None:
    assert http_connections.absolute_host(target) == host


def test_the_soft_limit_of_descriptors_is_raised() -> None:
    code = (
        "import resource; hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1];"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (128, hard));"
        "from kaimedia.web.http_connections import allow_many_open_files; allow_many_open_files();"
        "soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]; print(soft == hard or soft >= 65536)"
    )
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).strip() == "True"
