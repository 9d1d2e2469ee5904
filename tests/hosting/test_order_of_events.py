"""A deployment over time: its secrets change, its disk comes back empty, sessions start and end."""

from __future__ import annotations

import asyncio
import shutil
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psutil
import pytest

from bench.processes import get_json, post_json
from bench.sessions import opened
from tests.conftest import wait_for
from tests.e2e.conftest import App, start_app, stop_app

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("hosting-order")]

COMMUNITY_CLOUD_BYTES = 690_000_000  # the minimum memory it gives an app
TOKEN = "a-token-from-the-home-folder"


def make(app: App, count: int) -> list[dict[str, Any]]:
    for number in range(count):
        request = {"prompt": f"boat {number}", "model": "gpt4o-image", "aspect_ratio": "1:1"}
        post_json(f"{app.url}/api/images/generate", request)
    wait_for(lambda: get_json(f"{app.url}/api/media")["total"] == count, "all images", 60)
    return list(get_json(f"{app.url}/api/media")["items"])


def status_and_type(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.headers["content-type"]
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["content-type"]


@pytest.mark.exhaustive
def test_memory_stays_low_and_a_disk_that_comes_back_empty_is_said(tmp_path: Path) -> None:
    app = start_app(tmp_path, KAIMEDIA_SANDBOX_SPEED="60")
    try:
        port = int(app.url.rpartition(":")[2])

        async def visit() -> None:
            async with opened(port, 5) as sessions:
                for session in sessions:
                    await session.rerun()

        asyncio.run(visit())
        items = make(app, 4)
        asyncio.run(visit())
        assert psutil.Process(app.process.pid).memory_info().rss < COMMUNITY_CLOUD_BYTES
    finally:
        stop_app(app)
    shutil.rmtree(app.media)
    app = start_app(tmp_path, KAIMEDIA_SANDBOX_SPEED="60")
    try:
        assert get_json(f"{app.url}/api/media")["total"] == 4
        for item in items:
            status, kind = status_and_type(f"{app.url}{item['url']}")
            assert status == 404 and "html" not in kind
        assert get_json(f"{app.url}/api/health")["status"] == "ok"
    finally:
        stop_app(app)


@pytest.mark.parametrize("address", [pytest.param("127.0.0.1", marks=pytest.mark.exhaustive), "0.0.0.0"])
def test_secrets_in_the_home_folder_count(tmp_path: Path, address: str) -> None:
    home = tmp_path / "home" / ".streamlit"
    home.mkdir(parents=True)
    lines = [f'KAIMEDIA_API_TOKEN = "{TOKEN}"', 'KAIMEDIA_ACCESS = "open"', 'KAIMEDIA_ALLOWED_HOSTS = "127.0.0.1"']
    (home / "secrets.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    app = start_app(tmp_path, arguments=(f"--server.address={address}",), HOME=str(home.parent))
    try:
        assert status_and_type(f"{app.url}/api/tasks")[0] == 401
        request = urllib.request.Request(f"{app.url}/api/tasks", headers={"Authorization": f"Bearer {TOKEN}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 200
    finally:
        stop_app(app)
