"""One state of a page: its name, URL and the steps to reach it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from playwright.sync_api import Locator, Page

Steps = Callable[[Page], None]
GALLERY = "/gallery"


def view(name: str) -> str:
    """The URL of one view of the gallery."""
    return f"{GALLERY}?show={quote(name)}"


TRASH, FAILED, WORKING = view("Trash"), view("Didn’t finish"), view("In progress")


def nothing(page: Page) -> None:
    """For states that need only their URL."""


@dataclass(frozen=True)
class State:
    """`reach` goes from the URL to the state and waits for it; `leave` undoes its changes.

    `back`, after that, returns to what the URL shows; None where only a reload does.
    """

    name: str
    line: str
    studio: str
    address: str
    reach: Steps
    leave: Steps = nothing
    on_phone: bool = True
    back: Steps | None = None


def escape(page: Page) -> None:
    """Close a dialog, menu or popover."""
    page.keyboard.press("Escape")
    page.locator(":is([role=dialog], [role=menu]):visible").first.wait_for(state="detached")


def ready(page: Page) -> Locator:
    """Generate, drawn as a whole."""
    page.locator(".k-meter").wait_for()
    button = page.locator(".st-key-generate button")
    button.wait_for()
    return button


def see(selector: str) -> Steps:
    """Wait for one element."""
    return lambda page: page.locator(selector).first.wait_for()


def cards(page: Page) -> None:
    """Wait for the first row of images."""
    page.locator(".card img.in").first.wait_for()


def press(page: Page, name: str | re.Pattern[str], *, within: str = "body") -> None:
    """Click a button by its exact name."""
    page.locator(within).get_by_role("button", name=name, exact=True).first.click()


def below(page: Page, anchor: str) -> None:
    """On a phone, scroll to the content below the composer; on a desktop it is beside it."""
    page.evaluate("anchor => innerWidth < 900 && document.querySelector(anchor).scrollIntoView()", anchor)


def write(page: Page, text: str) -> None:
    """Type a prompt."""
    ready(page)
    page.locator(".st-key-prompt textarea").fill(text)


def select(page: Page, number: int) -> None:
    """Select the first cards by keyboard, which works on every device."""
    cards(page)
    page.locator(".card .open").first.focus()
    page.keyboard.press("x")
    for _ in range(number - 1):
        page.keyboard.press("ArrowRight")
        page.keyboard.press("x")
    page.locator(".bar").get_by_text(f"{number} selected").wait_for()


def from_more(page: Page, entry: str) -> None:
    """Choose an entry of the gallery's More menu."""
    press(page, "More")
    page.get_by_role("menuitem", name=re.compile(f"^{entry}")).click()


def wait_for_dialog(page: Page, title: str) -> None:
    """Wait for a Streamlit dialog, and until its field has the focus."""
    page.get_by_role("dialog").get_by_text(title, exact=True).first.wait_for()
    page.wait_for_timeout(400)


def open_card(page: Page, prompt: str) -> None:
    """Open the viewer from a card."""
    page.locator(".card", has=page.get_by_alt_text(re.compile(re.escape(prompt)))).first.locator("button").first.click()
    viewer(page)


def close_viewer(page: Page) -> None:
    """Close the viewer, which takes a step back in the history, and before it what is open in it."""
    dialog = page.locator("dialog[open]")
    for _ in range(3):  # a menu or field in it, its zoom, itself
        if dialog.count():
            page.keyboard.press("Escape")
            page.wait_for_timeout(300)
    dialog.wait_for(state="detached")
    page.wait_for_url(lambda url: "item=" not in url)


def viewer(page: Page) -> Locator:
    """The open viewer with its details."""
    dialog = page.locator("dialog[open]")
    dialog.wait_for()
    dialog.locator(".facts dt").first.wait_for()
    page.wait_for_timeout(300)
    return dialog
