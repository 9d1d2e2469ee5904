"""The states of the viewer."""

from __future__ import annotations

from playwright.sync_api import Page

from docs.snapshots.state import FAILED, GALLERY, TRASH, State, close_viewer, escape, open_card, viewer

IMAGE = "Ukiyo-e sea of layered waves"


def _image(page: Page) -> None:
    open_card(page, IMAGE)


def _video(page: Page) -> None:
    open_card(page, "Curtains of green light")
    video = page.locator("dialog[open] video")
    video.evaluate("video => { video.pause(); video.currentTime = 2 }")
    page.wait_for_timeout(500)


def _zoomed(page: Page) -> None:
    _image(page)
    page.keyboard.press("+")
    page.keyboard.press("+")
    page.locator("dialog[open].zoomed").wait_for()
    page.wait_for_timeout(300)


def _reuse(page: Page) -> None:
    _image(page)
    page.locator("dialog[open]").get_by_role("button", name="Reuse").click()
    page.get_by_role("menuitem", name="Prompt only").wait_for()


def _save_style(page: Page) -> None:
    _reuse(page)
    page.get_by_role("menuitem", name="Save as a style").click()
    page.get_by_role("dialog").get_by_label("Name").wait_for()
    page.wait_for_timeout(400)


def _tagging(page: Page) -> None:
    _image(page)
    page.locator("dialog[open]").get_by_role("button", name="Add: tag").click()
    page.keyboard.type("wa")


def _trash(page: Page) -> None:
    open_card(page, "Kaleidoscope of petals")


def _failed(page: Page) -> None:
    page.locator(".card button").first.click()
    viewer(page)


def _missing(page: Page) -> None:
    page.locator("dialog[open]").get_by_text("no longer exists").first.wait_for()


STATES = (
    State("viewer", "An image with all its details.", "full", GALLERY, _image, back=close_viewer),
    State("viewer-video", "A video with its own controls.", "full", GALLERY, _video, back=close_viewer),
    State("viewer-zoomed", "Zoomed in.", "full", GALLERY, _zoomed, on_phone=False, back=close_viewer),
    State(
        "viewer-reuse",
        "Reuse: everything, the prompt only, or with another model.",
        "full",
        GALLERY,
        _reuse,
        back=close_viewer,
    ),
    State("viewer-style", "A result’s prompt becomes a style.", "full", GALLERY, _save_style, back=escape),
    State("viewer-tagging", "A tag is added.", "full", GALLERY, _tagging, on_phone=False, back=close_viewer),
    State("viewer-trash", "An item in the trash.", "full", TRASH, _trash, on_phone=False, back=close_viewer),
    State("viewer-failed", "A failed item.", "broken", FAILED, _failed, on_phone=False),
    State("viewer-missing", "A link to a deleted item.", "full", f"{GALLERY}?item=987654", _missing),
)
