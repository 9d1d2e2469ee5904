"""Helpers for viewer tests: a gallery, opening and closing, and positions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, expect

from tests.e2e.tabs import show
from tests.e2e.waiting import drawn_twice
from tools.page_wait import wait_until_true

LONG = "A lighthouse in the storm, " + "waves against the rock, " * 160
PROMPTS = ("A fox of folded paper", "A glass tower at dusk", LONG[:3990].strip())
VIDEO = "A comet over the sea"


def card(page: Page, prompt: str) -> Locator:
    return page.locator(".card", has=page.get_by_alt_text(re.compile(re.escape(prompt[:24])))).first


def opened(page: Page, prompt: str = PROMPTS[1], path: str = "") -> Locator:
    """The viewer, opened by a click on that card, with its details and URL; `path` is loaded first."""
    if path:
        page.goto(path)
    else:
        show(page, "Gallery")
    card(page, prompt).locator("button").first.click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text(prompt[:24])
    complete(dialog)
    expect(page).to_have_url(re.compile(r"[?&]item=\d+"))
    return dialog


def complete(dialog: Locator) -> None:
    """Wait for the details: they arrive after the image and move the content below."""
    expect(dialog.locator(".facts dt", has_text=re.compile("^Created$"))).to_be_visible()


def closed(page: Page) -> None:
    """Press Escape and wait until the viewer is closed."""
    with stepping_back(page):
        page.keyboard.press("Escape")


def left(page: Page) -> None:
    """Close the viewer, and before that a field or menu that is open in it."""
    viewer = page.locator("dialog[open]")
    while viewer.count():
        page.keyboard.press("Escape")
        drawn_twice(page)
    expect(page).not_to_have_url(re.compile("item="))


@contextmanager
def stepping_back(page: Page) -> Iterator[None]:
    """Something that closes a viewer opened by a click, up to the end of the step back in the history this takes.

    A visit begun before that would be cut off by it.
    """
    here = page.evaluate("navigation.currentEntry.index")
    yield
    expect(page.locator("dialog[open]")).to_have_count(0)
    wait_until_true(page, "index => navigation.currentEntry.index < index", arg=here)
    expect(page).not_to_have_url(re.compile("item="))


def id_in(page: Page) -> int:
    """The item id in the URL."""
    found = re.search(r"[?&]item=(\d+)", page.url)
    assert found, page.url
    return int(found[1])


def rectangle(part: Locator) -> dict[str, float]:
    """Its current position."""
    box = part.bounding_box()
    assert box
    return {"left": box["x"], "right": box["x"] + box["width"], "top": box["y"], "bottom": box["y"] + box["height"]}


def settled(page: Page) -> None:
    """Wait until the page is drawn and no transition of the image runs."""
    drawn_twice(page)
    wait_until_true(
        page,
        """() => {
            const hosts = [...document.querySelectorAll('*')]
            const host = hosts.find(node => node.shadowRoot?.querySelector('dialog[open]'))
            const stage = host?.shadowRoot.querySelector('.stage')
            return stage?.getAnimations({ subtree: true }).every(each => each.playState !== 'running')
        }""",
    )
