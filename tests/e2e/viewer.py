"""What the viewer's tests share: a gallery to look at, ways to open and to close, and where things stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, expect

from tests.e2e.waiting import drawn_twice
from tools.page_wait import wait_until_true

LONG = "A lighthouse in the storm, " + "waves against the rock, " * 160
PROMPTS = ("A fox of folded paper", "A glass tower at dusk", LONG[:3990].strip())
CLIP = "A comet over the sea"


def card(page: Page, prompt: str) -> Locator:
    return page.locator(".card", has=page.get_by_alt_text(re.compile(re.escape(prompt[:24])))).first


def opened(page: Page, prompt: str = PROMPTS[1], path: str = "/gallery") -> Locator:
    """The viewer, opened by a click on that card, with all it tells and its own address."""
    page.goto(path)
    card(page, prompt).locator("button").first.click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text(prompt[:24])
    complete(dialog)
    expect(page).to_have_url(re.compile(r"[?&]item=\d+"))
    return dialog


def complete(dialog: Locator) -> None:
    """Until the details are in: they come after the picture and move what stands below them."""
    expect(dialog.locator(".facts dt", has_text=re.compile("^Created$"))).to_be_visible()


def closed(page: Page) -> None:
    """Escape, and all that follows."""
    with stepping_back(page):
        page.keyboard.press("Escape")


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
    """The item of the address."""
    found = re.search(r"[?&]item=(\d+)", page.url)
    assert found, page.url
    return int(found[1])


def rectangle(part: Locator) -> dict[str, float]:
    """Where it stands now."""
    box = part.bounding_box()
    assert box
    return {"left": box["x"], "right": box["x"] + box["width"], "top": box["y"], "bottom": box["y"] + box["height"]}


def settled(page: Page) -> None:
    """Until what was just done is drawn and no transition of the picture runs."""
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
