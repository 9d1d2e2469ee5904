"""Canary secrets through a whole session: in no WebSocket frame, response, file or log."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bench.processes import Sandbox, clean_environment, free_port, wait_until_served
from tests.conftest import ROOT
from tests.e2e.conftest import start_app, stop_app
from tests.e2e.whole_job import open_page

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-secrets"), pytest.mark.timeout(240)]

CANARIES = {
    "KIE_API_KEY": "canary-provider-key-7f3a9c1e",
    "KIE_WEBHOOK_HMAC_KEY": "canary-hmac-key-52d8e0b7",
    "KAIMEDIA_API_TOKEN": "canary-api-token-c6a4f2d9",
    "KAIMEDIA_SECRET_KEY": "canary-secret-key-91be37f4",
}
TYPED = "canary-typed-key-3e8b6d50"


class Recorder:
    """Everything a browser tab gets from the server."""

    def __init__(self, page: Page) -> None:
        self.received: list[bytes] = []
        page.on("websocket", lambda socket: socket.on("framereceived", self._frame))
        page.on("response", lambda response: self.received.append(json.dumps(response.headers).encode()))

    def _frame(self, payload: bytes | str) -> None:
        self.received.append(payload if isinstance(payload, bytes) else payload.encode())

    def bytes_received(self) -> bytes:
        return b"\n".join(self.received)


def check_without_secrets(said: bytes, where: str, *more: str) -> None:
    for secret in (*CANARIES.values(), *more):
        assert secret.encode() not in said, f"{secret} in {where}"


def read(url: str, token: str | None = None, method: str = "GET") -> bytes:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    body = b"{}" if method != "GET" else None
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers, method=method), timeout=30) as answer:
            return bytes(answer.read()) + str(answer.headers).encode()
    except urllib.error.HTTPError as error:
        return error.read() + str(error.headers).encode()


def everything_the_api_says(url: str) -> bytes:
    token = CANARIES["KAIMEDIA_API_TOKEN"]
    described = json.loads(read(f"{url}/api/openapi.json", token).rpartition(b"}")[0] + b"}")
    received = [json.dumps(described).encode()]
    for path, methods in described["paths"].items():
        address = f"{url}{path if path.startswith('/api') else '/api' + path}"
        filled = re.sub(r"\{[^}]+\}", "1", address)
        for method in {name.upper() for name in methods} & {"GET", "POST", "PUT", "PATCH"}:
            received += [read(filled, given, method) for given in (token, f"wrong-{token}", None)]
    assert len(received) > 20
    return b"\n".join(received)


def test_secrets_stay_where_they_are(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "provider").mkdir()
    provider = Sandbox(tmp_path / "provider", speed=20)
    folder = tmp_path / "app"
    app = start_app(
        folder,
        KIE_API_URL=provider.url,
        KIE_UPLOAD_URL=provider.url,
        KAIMEDIA_TRUSTED_HOSTS=f"127.0.0.1:{provider.port}",
        KAIMEDIA_PROVIDER="kie",
        KAIMEDIA_LOG="debug json",
        **CANARIES,
    )
    try:
        page = browser.new_page(base_url=app.url)
        recorder = Recorder(page)
        page.goto("/")
        page.locator(".st-key-prompt textarea").fill("A bird in a cage of light")
        page.locator(".st-key-generate button").click()
        expect(page.locator(".st-key-stage .card", has=page.get_by_alt_text("cage of light")).first).to_be_visible(
            timeout=60_000
        )
        open_page(page, "Gallery")
        expect(page.locator(".card")).to_have_count(1)
        open_page(page, "Settings")
        expect(page.get_by_text("Every request needs a token").first).to_be_visible()
        page.get_by_label("kie.ai API key").fill(TYPED)
        page.get_by_role("button", name="Save key").click()
        expect(page.get_by_text("saved here, encrypted").first).to_be_visible()
        expect(page.get_by_text(f"•••• {TYPED[-4:]}").first).to_be_visible()
        check_without_secrets(recorder.bytes_received(), "the browser's frames", TYPED)
        assert b"cage of light" in recorder.bytes_received()  # it was recording
        check_without_secrets(page.content().encode(), "the page", TYPED)
        check_without_secrets(everything_the_api_says(app.url), "the API's answers", TYPED)
        page.close()
    finally:
        stop_app(app)
        provider.close()
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in files) and (folder / "app.log").stat().st_size > 1000
    for path in files:
        check_without_secrets(path.read_bytes(), str(path.relative_to(tmp_path)), TYPED)


@contextmanager
def broken_app(folder: Path) -> Iterator[str]:
    """The buggy app, run by uvicorn; returns its URL."""
    port = free_port()
    environment = clean_environment(
        KAIMEDIA_DATA=str(folder / "data"),
        KAIMEDIA_MEDIA_URL=str(folder / "media"),
        KAIMEDIA_DATABASE_URL=f"sqlite:///{folder / 'kaimedia.db'}",
        KAIMEDIA_PROVIDER="sandbox",
        **CANARIES,
    )
    command = [sys.executable, "-m", "uvicorn", "tests.e2e.broken_app:app", f"--port={port}"]
    with (folder / "app.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        wait_until_served(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(15)


def test_an_error_shows_its_id_and_no_detail(browser: Browser, tmp_path: Path) -> None:
    with broken_app(tmp_path) as url:
        page = browser.new_page(base_url=url)
        recorder = Recorder(page)
        page.goto("/settings")
        problems = page.get_by_text("Something went wrong here. Error ID")
        expect(problems).to_have_count(2)
        ids = [re.findall(r"Error ID ([0-9a-f]{8})", text)[0] for text in problems.all_inner_texts()]
        page.close()
    said = recorder.bytes_received()
    check_without_secrets(said, "the browser's frames")
    assert b"RuntimeError" not in said and b"Traceback" not in said and b"settings_page.py" not in said
    log = (tmp_path / "app.log").read_bytes()
    check_without_secrets(log, "the log")
    assert len(set(ids)) == 2 and all(error_id.encode() in log for error_id in ids)
    assert log.count(b"RuntimeError") >= 2  # the log has the details for the operator
