"""Other sites show the app in a frame only if they are listed, also through the platform's own page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bench.processes import free_port
from tests.e2e.chromium import launched
from tests.e2e.conftest import start_app, stop_app
from tests.e2e.prefix_proxy import cutting
from tests.hosting.test_community_cloud import NAME, OUTER, PREFIX

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("hosting-embedding"), pytest.mark.timeout(240)]

PORTAL = "portal.example"
PAGE = """<!doctype html><title>A portal</title><link rel="icon" href="data:,">
<iframe name="direct" src="http://{0}{1}/?embed=true" width="900" height="700"></iframe>
<iframe name="platform" src="http://{0}/" width="900" height="700"></iframe>"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    names = ", ".join(f"MAP {name} 127.0.0.1" for name in (NAME, PORTAL))
    with launched([f"--host-resolver-rules={names}"]) as running:
        yield running


@contextmanager
def portal(folder: Path, browser: Browser, listed: str) -> Iterator[Page]:
    """A tab with a portal that frames the app twice: itself, and the platform's page around it."""
    port = free_port()
    with cutting(PREFIX, port, OUTER) as platform, cutting("/none", port, _portal_page(platform)) as site:
        origin = site.removesuffix("/none").replace("127.0.0.1", PORTAL)
        settings = {"KAIMEDIA_FRAME_ANCESTORS": listed.format(origin)} if listed else {}
        app = start_app(folder, port, KAIMEDIA_ACCESS="open", KAIMEDIA_ALLOWED_HOSTS=NAME, **settings)
        try:
            tab = browser.new_page(viewport={"width": 1440, "height": 1500})
            tab.goto(f"{origin}/")
            yield tab
            tab.close()
        finally:
            stop_app(app)


def _portal_page(platform: str) -> str:
    return PAGE.format(platform.removeprefix("http://").removesuffix(PREFIX).replace("127.0.0.1", NAME), PREFIX)


def test_a_listed_site_shows_the_app(tmp_path: Path, browser: Browser) -> None:
    with portal(tmp_path, browser, "https://other.example, {}") as tab:
        for view in (tab.frame_locator("[name=direct]"), tab.frame_locator("[name=platform]").frame_locator("iframe")):
            expect(view.locator(".st-key-prompt textarea")).to_be_visible()


@pytest.mark.parametrize(
    "listed",
    [
        pytest.param("", id="default"),
        pytest.param("https://other.example", id="another site is listed", marks=pytest.mark.exhaustive),
    ],
)
def test_other_sites_do_not(tmp_path: Path, browser: Browser, listed: str) -> None:
    with portal(tmp_path, browser, listed) as tab:
        tab.wait_for_load_state()
        blocked = [frame for frame in tab.frames if frame.url.startswith("chrome-error:")]
        assert len(blocked) == 2, [frame.url for frame in tab.frames]
