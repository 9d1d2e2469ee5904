"""Media in a bucket, as a browser gets them: through the app, and by signed links."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import obstore
import pytest
from playwright.sync_api import Browser, Page, Response, expect

from tests.e2e import api_tasks, viewer
from tests.e2e.conftest import App, start_app, stop_app
from tests.e2e.waiting import until
from tests.s3 import Bucket

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("s3"), pytest.mark.timeout(240)]
IMAGE = viewer.PROMPTS[0]


class Tab:
    """A tab that records errors in the browser, and which media came from where."""

    def __init__(self, browser: Browser, app: App, bucket: Bucket) -> None:
        self.wrong: list[str] = []
        self.from_bucket: set[str] = set()
        self.from_app: set[str] = set()
        self.bucket_address = bucket.proxy.address
        context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=app.url, accept_downloads=True)
        self.page: Page = context.new_page()
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", lambda message: message.type == "error" and self.wrong.append(message.text))
        self.page.on("response", lambda response: self._note(response))

    def _note(self, response: Response) -> None:
        name = re.search(r"(image|video)_[0-9TZ]+_[0-9a-f]{32}\w*\.\w+", response.url)
        if response.status >= 400:
            self.wrong.append(f"{response.status}: {response.url}")
        elif name and response.url.startswith(self.bucket_address):
            self.from_bucket.add(name[0])
        elif name and "immutable" in response.headers.get("cache-control", ""):  # not a copy of what the bucket sent
            self.from_app.add(name[0])


@pytest.fixture(params=[pytest.param("stream", marks=pytest.mark.exhaustive), "signed"])
def links(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def app(links: str, bucket: Bucket, tmp_path: Path) -> Iterator[App]:
    running = start_app(tmp_path, KAIMEDIA_MEDIA_LINKS=links, KAIMEDIA_SANDBOX_SPEED="60", **bucket.settings())
    yield running
    stop_app(running)


def test_gallery_viewer_video_and_download(
    browser: Browser, app: App, bucket: Bucket, links: str, tmp_path: Path
) -> None:
    api_tasks.make(app, IMAGE)
    api_tasks.make(app, viewer.VIDEO, kind="videos")
    tab = Tab(browser, app, bucket)
    page = tab.page
    page.goto("/gallery")
    for prompt in (IMAGE, viewer.VIDEO):
        thumbnail = viewer.card(page, prompt).locator("img.in")
        until(page, lambda shown=thumbnail: shown.evaluate("image => image.naturalWidth") > 0)

    dialog = viewer.opened(page, viewer.VIDEO, "/gallery")
    video = dialog.locator("video")
    until(page, lambda: video.evaluate("video => video.currentTime > 0.1"))
    video.evaluate("video => { video.pause(); video.currentTime = video.duration * 0.8 }")
    until(page, lambda: video.evaluate("video => !video.seeking && video.readyState >= 2"))
    assert video.evaluate("video => Math.abs(video.currentTime - video.duration * 0.8) < 0.1")
    viewer.closed(page)

    dialog = viewer.opened(page, IMAGE, "/gallery")
    until(
        page, lambda: dialog.evaluate("all => [...all.querySelectorAll('img')].some(one => one.naturalWidth >= 1024)")
    )
    with page.expect_download() as waiting:
        dialog.get_by_role("link", name="Download").click()
    assert re.fullmatch(r"a-fox-of-folded-paper-[0-9a-f]{8}\.png", waiting.value.suggested_filename)
    target = tmp_path / "got.png"
    waiting.value.save_as(target)
    (item,) = api_tasks.media_of(app, IMAGE)
    name = item["url"].rpartition("/")[2]
    stored = bytes(obstore.get(bucket.store(), name).bytes())
    assert hashlib.sha256(target.read_bytes()).digest() == hashlib.sha256(stored).digest()
    expect(dialog).to_be_visible()  # the page did not leave for the file

    page.context.close()
    assert tab.wrong == []
    thumbnails = {each for each in tab.from_app if "_thumb" in each}
    results = {each for each in tab.from_app | tab.from_bucket if "_thumb" not in each}
    assert len(thumbnails) >= 2 and len(results) == 2 and name in results
    assert (tab.from_bucket, tab.from_app - thumbnails) == ((results, set()) if links == "signed" else (set(), results))
