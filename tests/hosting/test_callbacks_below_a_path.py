"""The provider's callbacks arrive below a path: `server.baseUrlPath`, and a prefix that a proxy strips."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.processes import Sandbox, free_port, get_json, post_json
from tests.conftest import wait_for
from tests.e2e.conftest import App, start_app, stop_app
from tests.e2e.prefix_proxy import cutting

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("hosting-order"), pytest.mark.timeout(180)]

PREFIX, BASE = "/~/+", "/studio"


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A provider that calls back."""
    (tmp_path / "provider").mkdir()
    running = Sandbox(tmp_path / "provider", speed=60)
    yield running
    running.close()


@contextmanager
def reachable(folder: Path, sandbox: Sandbox, place: str) -> Iterator[App]:
    """An app whose public URL has a path, and which would otherwise poll after ten minutes."""
    port = free_port()
    settings = {"KIE_API_KEY": "a-key-of-this-test", "KIE_API_URL": sandbox.url, "KIE_UPLOAD_URL": sandbox.url}
    settings |= {"KAIMEDIA_TRUSTED_HOSTS": "127.0.0.1", "KAIMEDIA_POLL_S": "600"}
    with cutting(PREFIX, port) as address:
        public = address if place == PREFIX else f"http://127.0.0.1:{port}{BASE}"
        base = BASE if place == BASE else ""
        app = start_app(folder, port, base=base, KAIMEDIA_PUBLIC_URL=public, **settings)
        try:
            yield app
        finally:
            stop_app(app)


@pytest.mark.parametrize("place", [PREFIX, pytest.param(BASE, marks=pytest.mark.exhaustive)])
def test_a_callback_ends_the_wait(tmp_path: Path, sandbox: Sandbox, place: str) -> None:
    with reachable(tmp_path / "app", sandbox, place) as app:
        request = {"prompt": "a kite", "model": "gpt4o-image", "aspect_ratio": "1:1"}
        post_json(f"{app.url}/api/images/generate", request)
        wait_for(lambda: get_json(f"{app.url}/api/media")["total"] == 1, "the result", 60)
