"""Where the app may listen, and which clients it accepts in each access mode."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.conftest import ROOT
from tests.e2e.conftest import App, start_app, stop_app
from tests.server.wire import call, upgrade

Start = Callable[..., App]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts apps that are stopped after the test; `KAIMEDIA_…` settings by name."""
    running: list[App] = []

    def starter(*arguments: str, **settings: str) -> App:
        running.append(start_app(tmp_path / str(len(running)), arguments=arguments, **settings))
        return running[-1]

    yield starter
    for app in running:
        stop_app(app)


@pytest.fixture
def own_address() -> str:
    """A non-loopback address of this machine."""
    found = [
        each.address
        for addresses in psutil.net_if_addrs().values()
        for each in addresses
        if each.family is socket.AF_INET and not each.address.startswith("127.")
    ]
    if not found:
        pytest.skip("this machine has no address but loopback")
    return found[0]


def over_the_network(address: str, port: str, host: str) -> tuple[int, str, int]:
    """The response to a request from that address: a page's status and body, and a WebSocket's status.

    From another process: in this one nothing but loopback is reached.
    """
    code = (
        "import sys, json; from tests.server.wire import call, upgrade; url, host = sys.argv[1:];"
        "page = call(url, 'GET', '/', [('Host', host), ('Accept', 'text/html')]);"
        "socket = upgrade(url, [('Host', host), ('Origin', f'http://{host}')]);"
        "print(json.dumps([page.status, page.text(), socket.status]))"
    )
    command = [sys.executable, "-c", code, f"http://{address}:{port}", host]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    page, body, socket_ = json.loads(done.stdout)
    return page, body, socket_


@pytest.mark.parametrize("address", ["0.0.0.0", pytest.param("::", marks=pytest.mark.exhaustive)])
def test_a_public_start_without_a_choice_only_refuses(start: Start, own_address: str, address: str) -> None:
    app = start(f"--server.address={address}")
    port = app.url.rpartition(":")[2]
    page, body, socket_ = over_the_network(own_address, port, "kai.streamlit.app")
    assert (page, socket_) == (403, 403)
    assert "KAIMEDIA_ACCESS" in body and "KAIMEDIA_ALLOWED_HOSTS" in body and "kai.streamlit.app" in body
    far = [("Host", "kai.streamlit.app"), ("X-Forwarded-For", "203.0.113.9")]
    assert call(app.url, "GET", "/_stcore/health", far).status == 200
    assert call(app.url, "GET", "/api/tasks", far).status == 403
    log = (app.folder / "app.log").read_text(encoding="utf-8")
    assert "KAIMEDIA_ACCESS is not set" in log and "Traceback" not in log


def test_local_answers_this_machine_only_wherever_it_listens(start: Start, own_address: str) -> None:
    app = start("--server.address=0.0.0.0", KAIMEDIA_ACCESS="local")
    port = app.url.rpartition(":")[2]
    page, body, socket_ = over_the_network(own_address, port, f"{own_address}:{port}")
    assert (page, socket_) == (403, 403) and "KAIMEDIA_ACCESS" in body
    page, _, socket_ = over_the_network(own_address, port, f"127.0.0.1:{port}")  # a forged Host does not help
    assert (page, socket_) == (403, 403)
    assert call(app.url, "GET", "/", [("Host", f"127.0.0.1:{port}")]).status == 200


def test_open_answers_others_under_its_names(start: Start, own_address: str) -> None:
    app = start("--server.address=0.0.0.0", KAIMEDIA_ACCESS="open", KAIMEDIA_ALLOWED_HOSTS="studio.example, *.lan")
    port = app.url.rpartition(":")[2]
    for host in (f"{own_address}:{port}", "studio.example", f"studio.example:{port}", "a.lan"):
        page, _, socket_ = over_the_network(own_address, port, host)
        assert (page, socket_) == (200, 101), host
    for host in ("evil.example", "lan", "0.0.0.0", "xstudio.example", "192.0.2.200"):
        page, body, socket_ = over_the_network(own_address, port, host)
        assert (page, socket_) == (421, 421) and "KAIMEDIA_ALLOWED_HOSTS" in body, host


def test_without_a_token_the_api_is_for_this_machine_only(start: Start) -> None:
    def tasks(app: App, *more: tuple[str, str], host: str = "") -> int:
        named = ("Host", host or app.url.removeprefix("http://"))
        return call(app.url, "GET", "/api/tasks", [named, *more]).status

    app = start(KAIMEDIA_ACCESS="open", KAIMEDIA_ALLOWED_HOSTS="studio.example")
    assert tasks(app) == 200
    assert tasks(app, host="studio.example") == 403
    assert tasks(app, ("X-Forwarded-For", "203.0.113.9")) == 403
    app = start(KAIMEDIA_ACCESS="login")  # a proxy on this machine must not open it to everyone
    assert tasks(app) == 403
    assert call(app.url, "GET", "/api/health", [("Host", app.url.removeprefix("http://"))]).status == 200


def test_the_public_door_is_for_callbacks_only(start: Start) -> None:
    app = start(KAIMEDIA_PUBLIC_URL="https://public.example")
    host = ("Host", "public.example")
    for path in ("/", "/api/health", "/api/callbacks/kie/nonce"):
        assert call(app.url, "GET", path, [host]).status == 421, path
    assert upgrade(app.url, [host]).status == 421
    more = [("Content-Type", "application/json"), ("X-Forwarded-For", "203.0.113.9"), ("Origin", "https://kie.example")]
    assert call(app.url, "POST", "/api/callbacks/kie/nonce", [host, *more], b"{}").status == 200
    assert call(app.url, "POST", "/api/images/generate", [host, *more], b"{}").status == 403
    assert call(app.url, "POST", "/api/callbacks/kie/nonce", [("Host", "evil.example")], b"{}").status == 421
