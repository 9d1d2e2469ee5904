"""The main workflow in an iframe of a hosting platform, below a prefix that it strips."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.e2e import whole_job
from tests.e2e.conftest import App
from tests.e2e.prefix_proxy import cutting

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-path"), pytest.mark.timeout(240)]
SETTINGS = {"KAIMEDIA_ACCESS": "open", "KAIMEDIA_SANDBOX_SPEED": "60"}
PREFIX = "/~/+"
OUTER = """<!doctype html><title>A hosting platform</title><link rel="icon" href="data:,">
<style>html, body, iframe {{ margin: 0; border: 0; width: 100%; height: 100%; display: block }}</style>
<iframe src="{0}/" {1}></iframe>"""
SANDBOX = "allow-scripts allow-same-origin allow-forms allow-popups allow-modals allow-downloads"
COOKIES = ("_streamlit_user", "_streamlit_xsrf", "_streamlit_session")


@pytest.mark.parametrize(
    ("attributes", "cookies", "prompts"),
    [
        ("", None, ("A tin robot in tall grass", "A kite over a harbor")),
        (f'sandbox="{SANDBOX}"', COOKIES, ("A glass snail on moss", "A tram in the rain")),
    ],
    ids=["plain frame", "sandboxed, few cookies"],
)
def test_the_main_workflow(
    browser: Browser, app: App, attributes: str, cookies: tuple[str, ...] | None, prompts: tuple[str, str]
) -> None:
    page = OUTER.format(PREFIX, attributes)
    with cutting(PREFIX, int(app.url.rpartition(":")[2]), page, cookies) as place:
        outer = place.removesuffix(PREFIX) + "/"
        context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
        context.add_cookies([{"name": "_other", "value": "1", "url": outer}])  # the platform's, not passed to the app
        tab = context.new_page()
        watch = whole_job.Watch(tab, place, outer)
        tab.goto(outer)
        view = next(frame for frame in tab.frames if frame.parent_frame)
        whole_job.Job(tab, view, *prompts).do()
        assert tab.url == outer and view.url.startswith(f"{place}/settings")
        context.close()
    assert not watch.wrong and watch.files > 20, watch.wrong
