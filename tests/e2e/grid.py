"""Helpers for the media grid: cards, scrolling, and waiting for items to load."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.e2e.tabs import show

ROWS = 10_000
# The first card below the toolbar and where its upper edge stands.
AT_TOP = """cards => cards.map(card => [Number(card.dataset.id), Math.round(card.getBoundingClientRect().top)])
  .filter(([, top]) => top > 130).sort((one, other) => one[1] - other[1] || other[0] - one[0])[0] ?? [0, 0]"""


def drawn(page: Page) -> None:
    """Wait for the first thumbnails and the date scrubber."""
    expect(page.locator(".card img.in").first).to_be_visible()
    expect(page.locator(".scrubber")).to_be_visible()


def show_grid(tab: Page) -> None:
    """Show the whole gallery from its top, with nothing selected."""
    if "/gallery?" in tab.url:
        tab.goto("/gallery")
    show(tab, "Gallery")
    drawn(tab)
    if tab.locator(".bar").is_visible():
        tab.keyboard.press("Escape")
        expect(tab.locator(".bar")).to_be_hidden()
    scroll_to(tab, 0)
    expect(card(tab, 1)).to_be_in_viewport()


def card(page: Page, place: int) -> Locator:
    return page.locator(f'.card[aria-posinset="{place}"]')


def id_at(page: Page, place: int) -> int:
    """The id of the card at that position."""
    return int(card(page, place).get_attribute("data-id") or 0)


def by_id(page: Page, item: int) -> Locator:
    return page.locator(f'.card[data-id="{item}"]')


def count_of(page: Page) -> int:
    """The grid's item count, once it is known."""
    first = page.locator(".card").first
    expect(first).not_to_have_attribute("aria-setsize", "-1")
    return int(first.get_attribute("aria-setsize") or 0)


def selected(page: Page) -> Locator:
    return page.locator(".bar .count b")


def first_place(page: Page) -> int:
    """The position of the first drawn card."""
    return int(page.locator(".card").first.get_attribute("aria-posinset") or 0)


def at_top(page: Page) -> tuple[int, int]:
    found = page.locator(".card").evaluate_all(AT_TOP)
    return found[0], found[1]


def scroll_to(page: Page, top_px: int) -> None:
    page.locator("[data-testid=stMain]").evaluate("(main, top) => { main.scrollTop = top }", top_px)
    settle(page)


def rest(page: Page, ms: int) -> None:
    """Wait that many milliseconds after the last scroll, by the page's own clock."""
    page.evaluate(
        "ms => new Promise(done => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done)), ms))", ms
    )


def settle(page: Page) -> None:
    """Wait until the items scrolled into view are loaded."""
    rest(page, 150)
    expect(page.locator(".card.wait")).to_have_count(0)
    expect(page.locator(".card:has(img):not(:has(img.in)):not(.lost)")).to_have_count(0)


def has_favorite(is_favorite: bool) -> re.Pattern[str]:
    """The classes of a card that is, or is not, a favorite."""
    return re.compile(r"\bfav\b" if is_favorite else r"^(?!.*\bfav\b)")
