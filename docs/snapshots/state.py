"""One state of a page: where it is, how to get into it, what it is called."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from playwright.sync_api import Locator, Page

Steps = Callable[[Page], None]
GALLERY = "/gallery"


def shelf(name: str) -> str:
    """The address of one shelf of the gallery."""
    return f"{GALLERY}?show={quote(name)}"


TRASH, FAILED, WORKING = shelf("Trash"), shelf("Didn’t finish"), shelf("Being made")


def nothing(page: Page) -> None:
    """For states that need no more than their address."""


@dataclass(frozen=True)
class State:
    """`reach` leads from the address into the state and waits until it is there; `leave` undoes what it changed."""

    name: str
    line: str
    studio: str
    address: str
    reach: Steps
    leave: Steps = nothing
    on_phone: bool = True


def ready(page: Page) -> Locator:
    """Generate, drawn as a whole."""
    page.locator(".k-meter").wait_for()
    button = page.locator(".st-key-generate button")
    button.wait_for()
    return button


def see(selector: str) -> Steps:
    """Wait for one thing."""
    return lambda page: page.locator(selector).first.wait_for()


def cards(page: Page) -> None:
    """Wait until the first row of pictures is there."""
    page.locator(".card img.in").first.wait_for()


def press(page: Page, name: str | re.Pattern[str], *, within: str = "body") -> None:
    """A button by its name, in full."""
    page.locator(within).get_by_role("button", name=name, exact=True).first.click()


def below(page: Page, anchor: str) -> None:
    """On a phone, bring what lies under the composer to the top; on a desktop it stands beside it."""
    page.evaluate("anchor => innerWidth < 900 && document.querySelector(anchor).scrollIntoView()", anchor)


def write(page: Page, text: str) -> None:
    """A prompt."""
    ready(page)
    page.locator(".st-key-prompt textarea").fill(text)


def select(page: Page, number: int) -> None:
    """Select the first cards by keyboard, which every device has."""
    cards(page)
    page.locator(".card .open").first.focus()
    page.keyboard.press("x")
    for _ in range(number - 1):
        page.keyboard.press("ArrowRight")
        page.keyboard.press("x")
    page.locator(".bar").get_by_text(f"{number} selected").wait_for()


def from_more(page: Page, entry: str) -> None:
    """An entry of the gallery's menu."""
    press(page, "More")
    page.get_by_role("menuitem", name=re.compile(f"^{entry}")).click()


def asked(page: Page, title: str) -> None:
    """Wait for a dialog of Streamlit's, and until its field has the focus it takes."""
    page.get_by_role("dialog").get_by_text(title, exact=True).first.wait_for()
    page.wait_for_timeout(400)


def open_card(page: Page, prompt: str) -> None:
    """The viewer, from a card."""
    page.locator(".card", has=page.get_by_alt_text(re.compile(re.escape(prompt)))).first.locator("button").first.click()
    viewer(page)


def viewer(page: Page) -> Locator:
    """The open viewer with its details."""
    dialog = page.locator("dialog[open]")
    dialog.wait_for()
    dialog.locator(".facts dt").first.wait_for()
    page.wait_for_timeout(300)
    return dialog
