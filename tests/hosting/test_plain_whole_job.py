"""The main workflow on a host that runs app.py as a plain page script: the pages supply what the routes cannot."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from tests.conftest import ROOT
from tests.e2e.whole_job import Job, expect_both_inside, open_page, reload
from tests.hosting.proxy import proxy
from tests.hosting.test_plain_script import HOST, STRANGER, browser, start

__all__ = ["browser"]
pytestmark = [
    pytest.mark.exhaustive,
    pytest.mark.e2e,
    pytest.mark.xdist_group("hosting-plain"),
    pytest.mark.timeout(240),
]
SETTINGS = {
    "KAIMEDIA_ACCESS": "open",
    "KAIMEDIA_ALLOWED_HOSTS": HOST,
    "KAIMEDIA_SANDBOX_SPEED": "60",
    "KAIMEDIA_SANDBOX_MEDIA": "draft",
    "KAIMEDIA_POLL_S": "0.5",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app in open mode, as seen from another machine."""
    process, port = start(tmp_path_factory.mktemp("plain"), ROOT / "app.py", **SETTINGS)
    try:
        with proxy(port, STRANGER) as outside:
            yield f"http://{HOST}:{outside}"
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """A tab that records errors, and pages returned for requests for an image, a video, a script or data."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    page = context.new_page()
    wrong: list[str] = []

    def judge(answer: Response) -> None:
        kind = answer.request.resource_type
        is_page = answer.headers.get("content-type", "").startswith("text/html")
        if is_page and kind not in ("document", "font"):  # without our fonts, the system's are used
            wrong.append(f"{kind} got a page: {answer.url}")

    page.on("response", judge)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    context.close()
    assert not wrong, wrong


def test_the_whole_job(tab: Page, place: str) -> None:
    job = Job(tab)
    tab.goto(f"{place}/")
    job.make_both()
    open_page(tab, "Gallery")
    job.see_both()
    expect(tab.locator(".months h2").first).to_have_text(re.compile(r"\w+ \d{4}"))
    job.play_the_video()
    job.download_the_image()
    job.press_download_of_both()
    with tab.expect_download() as waiting:
        tab.get_by_role("dialog").get_by_role("button", name="Download").click()
    expect_both_inside(waiting.value)
    reload(tab)
    job.see_both()
    open_page(tab, "Settings")
    expect(tab.get_by_text("not mounted")).to_be_visible()
