"""Caddy with the Caddyfile that ships, in front of two app processes: TLS, compression, WebSocket, upload, range."""

from __future__ import annotations

import gzip
import http.client
import io
import json
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from bench.processes import App, free_port
from kaimedia.api.uploads import MAX_FORM_BYTES
from tests.caddy import proxy, trusting
from tests.conftest import wait_for
from tests.e2e.chromium import launched

pytestmark = [pytest.mark.slow, pytest.mark.e2e, pytest.mark.xdist_group("caddy"), pytest.mark.timeout(300)]
TOKEN = "a-token-for-the-tests-0123456789"


@dataclass(frozen=True)
class Reply:
    """A response, with what was read of its body."""

    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass
class Site:
    """Two apps on one database, behind the proxy at https://localhost:`port`."""

    port: int
    apps: list[App]

    def call(self, method: str, path: str, body: object = None, cookie: str = "", **headers: str) -> Reply:
        """One request over TLS; a certificate of an unknown authority is expected."""
        connection = http.client.HTTPSConnection("localhost", self.port, context=trusting(), timeout=60)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if cookie:
            sent["Cookie"] = cookie
        connection.request(method, path, body=body, headers=sent)  # type: ignore[arg-type]
        answer = connection.getresponse()
        return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())

    def api(self, method: str, path: str, document: object = None) -> Reply:
        """A JSON request to the API."""
        body = None if document is None else json.dumps(document)
        return self.call(method, path, body, Authorization=f"Bearer {TOKEN}", Content_Type="application/json")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """In mode `open`, so that no sign-in is needed; both apps run an engine, which is harmless."""
    folder = tmp_path_factory.mktemp("caddy")
    settings = {
        "KAIMEDIA_ACCESS": "open",
        "KAIMEDIA_ALLOWED_HOSTS": "localhost",
        "KAIMEDIA_API_TOKEN": TOKEN,
        "KAIMEDIA_POLL_S": "0.3",
        "KAIMEDIA_SANDBOX_MEDIA": "small",
        "KAIMEDIA_DATA": str(folder / "data"),
        "KAIMEDIA_MEDIA_URL": str(folder / "media"),
        "KAIMEDIA_DATABASE_URL": f"sqlite:///{folder / 'kaimedia.db'}",
    }
    with ExitStack() as stack:
        apps = [stack.enter_context(App(folder / name, **settings)) for name in ("one", "two")]
        port = stack.enter_context(proxy([f"127.0.0.1:{app.port}" for app in apps], folder))
        found = Site(port, apps)
        wait_for(lambda: found.call("GET", "/healthz").status == 200, "healthy apps")
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as found:
        yield found


def test_pages_come_compressed_over_tls(site: Site) -> None:
    plain = site.call("GET", "/", Accept_Encoding="identity")
    packed = site.call("GET", "/", Accept_Encoding="gzip")
    assert plain.status == packed.status == 200 and b"<html" in plain.content
    assert packed.headers["content-encoding"] == "gzip" and b"<html" in gzip.decompress(packed.content)
    assert "content-encoding" not in plain.headers


def test_what_the_app_compressed_stays(site: Site) -> None:
    page = site.call("GET", "/", Accept_Encoding="identity").content.decode()
    script = page.partition('rel="modulepreload" crossorigin href="./')[2].partition('"')[0]
    assert script.endswith(".js")
    direct = site.call("GET", f"/{script}", Accept_Encoding="gzip")
    assert direct.headers["content-encoding"] == "gzip" and len(gzip.decompress(direct.content)) > len(direct.content)


def test_the_main_job_with_a_range(site: Site) -> None:
    made = json.loads(site.api("POST", "/api/images/generate", {"prompt": "a boat"}).content)
    address = f"/api/tasks/{made['task_id']}"

    def finished() -> dict[str, Any] | None:
        task: dict[str, Any] = json.loads(site.api("GET", address).content)
        return task if task["status"] in ("completed", "failed") else None

    task = wait_for(finished, "a result", timeout_s=60, every_s=0.3)
    assert task["status"] == "completed", task
    name = urljoin(address, task["result_urls"][0])  # relative behind a proxy
    whole = site.call("GET", name, Accept_Encoding="gzip, zstd")
    assert whole.status == 200 and "content-encoding" not in whole.headers
    part = site.call("GET", name, Range="bytes=10-19", Accept_Encoding="gzip, zstd")
    assert part.status == 206 and part.content == whole.content[10:20]
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole.content)}"


def noise(side_px: int) -> bytes:
    """A PNG image that cannot be compressed: 3 bytes for each pixel."""
    sink = io.BytesIO()
    Image.frombytes("RGB", (side_px, side_px), random.Random(1).randbytes(side_px * side_px * 3)).save(sink, "PNG")
    return sink.getvalue()


def without_end() -> Iterator[bytes]:
    """A body as a client sends it until it is answered: of one that pauses, the proxy awaits the rest for a minute."""
    for _ in range(20):
        yield bytes(1000)
        time.sleep(0.05)


def test_an_upload_passes_and_one_that_is_too_large_does_not(site: Site) -> None:
    picture = noise(1500)
    pieces = (picture[start : start + 1_000_000] for start in range(0, len(picture), 1_000_000))
    kind = {"Authorization": f"Bearer {TOKEN}", "Content_Type": "image/png"}
    answer = site.call("POST", "/api/uploads", pieces, **kind, Content_Length=str(len(picture)))
    assert answer.status == 201 and json.loads(answer.content)["size_bytes"] == len(picture)
    too_large = site.call("POST", "/api/uploads", without_end(), **kind, Content_Length=str(MAX_FORM_BYTES + 1))
    assert too_large.status == 413


def test_foreign_host_names_are_refused(site: Site) -> None:
    answer = site.call("GET", "/", Host="evil.example")
    assert answer.content == b""


def test_a_browser_stays_with_one_process_while_it_is_healthy(site: Site) -> None:
    first = site.call("GET", "/healthz")
    cookie = first.headers["set-cookie"].partition(";")[0]
    assert cookie.startswith("kaimedia_app=")
    assert all("set-cookie" not in site.call("GET", "/healthz", cookie=cookie).headers for _ in range(6))
    others = {site.call("GET", "/healthz").headers["set-cookie"].partition(";")[0] for _ in range(20)}
    assert len(others) == 2, "new browsers are spread over both"


def test_a_page_works_through_the_proxy(site: Site, browser: Browser) -> None:
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()
    sockets: list[str] = []
    page.on("websocket", lambda opened: sockets.append(opened.url))
    page.goto(f"https://localhost:{site.port}/")
    expect(page.get_by_role("button", name="Generate")).to_be_visible(timeout=60_000)
    assert any(url.startswith(f"wss://localhost:{site.port}/") for url in sockets)
    context.close()


def test_a_process_that_is_gone_is_left_out(site: Site, tmp_path: Path) -> None:
    gone = free_port()
    with proxy([f"127.0.0.1:{gone}", f"127.0.0.1:{site.apps[0].port}"], tmp_path) as port:
        other = Site(port, site.apps)
        assert {other.call("GET", "/healthz").status for _ in range(10)} == {200}
