"""The main workflow, on a page or in an iframe: generate, view, play, download, leave and return."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from playwright.sync_api import Download, Frame, Locator, Page, Response, expect

from tests.e2e.composer import DONE_MS, View, choose_mode, press_generate, results_of, write_prompt
from tests.e2e.waiting import until

IMAGE, VIDEO = "A paper boat on a still lake", "A comet over a dark sea"
NEEDS_TOKEN = 401  # for the OpenAPI document, before the token is entered


class Watch:
    """Records HTML sent for other requests, errors, and requests outside `place`."""

    def __init__(self, tab: Page, place: str, outer: str = "") -> None:
        self.place, self.outer = place, outer
        self.wrong: list[str] = []
        self.files = 0  # number of images, videos, scripts, fonts and data received
        tab.on("response", self._judge)
        tab.on("pageerror", lambda error: self.wrong.append(str(error)))

    def _judge(self, answer: Response) -> None:
        kind, url = answer.request.resource_type, answer.url
        self.files += kind != "document"
        is_page_for_script = kind == "fetch" and url == f"{self.place}/gallery"  # as its link is pointed at
        if (
            kind != "document"
            and not is_page_for_script
            and answer.headers.get("content-type", "").startswith("text/html")
        ):
            self.wrong.append(f"{kind} got a page: {url}")
        if url.startswith("http") and url != self.outer and not url.startswith(f"{self.place}/"):
            self.wrong.append(f"outside: {url}")
        if answer.status >= 400 and answer.status != NEEDS_TOKEN:
            self.wrong.append(f"{answer.status} {kind}: {url}")


def open_page(view: View, title: str) -> None:
    """Open a page by the menu; the previous page stays until this one arrives."""
    view.locator("[data-testid=stTopNavLink]", has_text=title).click()
    expect(view.get_by_role("heading", level=1, name=title)).to_be_attached()


def reload(view: View) -> None:
    """As the browser's own button does."""
    with (view.page if isinstance(view, Frame) else view).expect_event("framenavigated"):
        view.evaluate("() => { location.reload() }")


class Job:
    """The steps; `image` and `video` are prompts that the gallery does not hold yet."""

    def __init__(self, tab: Page, view: View | None = None, image: str = IMAGE, video: str = VIDEO) -> None:
        self.tab, self.view = tab, view or tab
        self.image, self.video = image, video

    def make_the_image(self) -> None:
        """Generate one image and see it on the stage."""
        write_prompt(self.view, self.image)
        press_generate(self.view)
        expect(results_of(self.view, self.image)).to_have_count(1, timeout=DONE_MS)

    def make_both(self) -> None:
        """Generate one image and one video and see each on the stage."""
        self.make_the_image()
        choose_mode(self.view, "Videos")
        write_prompt(self.view, self.video)
        press_generate(self.view)
        expect(results_of(self.view, self.video)).to_have_count(1, timeout=DONE_MS)
        self.see_both()

    def card(self, prompt: str) -> Locator:
        """The card of that prompt's result."""
        return self.view.locator(".card", has=self.view.get_by_alt_text(re.compile(prompt)))

    def see_both(self) -> None:
        """Wait until both thumbnails are loaded."""
        for prompt in (self.image, self.video):
            image = self.card(prompt).locator("img.in")
            expect(image).to_have_count(1, timeout=DONE_MS)
            until(self.view, lambda image=image: image.evaluate("image => image.naturalWidth") > 0)

    def open(self, prompt: str) -> Locator:
        """Open the viewer on that item and wait for its details."""
        self.card(prompt).locator("button").first.click()
        viewer = self.view.get_by_role("dialog")
        expect(viewer).to_contain_text(prompt)
        expect(viewer).to_contain_text("took")
        expect(viewer.locator(".facts")).to_contain_text(re.compile("KB|MB"))
        return viewer

    def close(self) -> None:
        """Close the viewer."""
        self.view.get_by_role("dialog").get_by_role("button", name="Close").click()
        expect(self.view.locator("dialog[open]")).to_have_count(0)

    def play_the_video(self) -> None:
        """Open the video in the gallery and see it play."""
        video = self.open(self.video).locator("video")
        until(self.view, lambda: video.evaluate("video => video.currentTime > 0.3"))
        self.close()

    def download_the_image(self) -> None:
        """Download from the viewer, with a descriptive file name."""
        viewer = self.open(self.image)
        expect(viewer).to_contain_text("1024 × 1024")
        with self.tab.expect_download() as waiting:
            viewer.locator("a[download]").click()
        words = self.image.lower().replace(" ", "-")
        assert re.fullmatch(rf"{words}-[0-9a-f]{{8}}\.png", waiting.value.suggested_filename)
        assert Path(waiting.value.path()).read_bytes().startswith(b"\x89PNG")
        self.close()

    def press_download_of_both(self) -> None:
        """Choose the two and press Download."""
        for prompt in (self.image, self.video):
            card = self.card(prompt)
            card.hover()
            card.get_by_role("checkbox").click()
        self.view.locator(".bar").get_by_role("button", name="Download", exact=True).click()

    def download_both(self) -> None:
        """The two as one ZIP."""
        with self.tab.expect_download() as waiting:
            self.press_download_of_both()
        expect_both_inside(waiting.value)

    def do(self) -> None:
        """The whole workflow, from Generate to Settings; starts on Generate."""
        self.make_both()
        open_page(self.view, "Gallery")
        self.see_both()
        self.play_the_video()
        self.download_the_image()
        self.download_both()
        reload(self.view)
        self.see_both()
        open_page(self.view, "Settings")
        expect(self.view.get_by_role("link", name="API documentation")).to_have_attribute("href", "api/docs")
        assert self.view.evaluate("document.fonts.ready.then(() => document.fonts.check('16px Geist'))")


def expect_both_inside(download: Download) -> None:
    """The ZIP holds the image, the video and what they were made from."""
    names = ZipFile(BytesIO(Path(download.path()).read_bytes())).namelist()
    assert sorted(name.rpartition(".")[2] for name in names) == ["json", "mp4", "png"], names
