"""Helpers for gallery tests: filters, counts, menus and the selection bar."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.e2e.tabs import show
from tools.page_wait import wait_until_true


def expect_found(page: Page, number: int) -> None:
    expect(page.locator(".card").first).to_have_attribute("aria-setsize", str(number))


def shown_count(page: Page) -> int:
    """The count next to All."""
    shown = wait_until_true(
        page,
        """() => {
          const radio = document.querySelector('.st-key-kind [role=radio]')
          return radio && JSON.parse(getComputedStyle(radio, '::after').content.replace('none', '""'))
        }""",
    )
    return int(shown.replace(",", ""))


def search(page: Page, words: str) -> None:
    """Show the gallery's items with these words in their prompt."""
    show(page, "Gallery")
    page.locator(".st-key-q input").fill(words)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"q={words}"))


def select(page: Page, number: int) -> list[str]:
    """Tick the first cards; returns their ids."""
    ids = []
    for place in range(1, number + 1):
        card = page.locator(f'.card[aria-posinset="{place}"]')
        card.hover()
        card.get_by_role("checkbox").click()
        ids.append(card.get_attribute("data-id") or "")
    return ids


def press(page: Page, name: str) -> None:
    """A button of the selection bar."""
    page.locator(".bar").get_by_role("button", name=name, exact=True).click()


def choose(page: Page, key: str, option: str) -> None:
    """An option in Filters."""
    field = page.locator(f".st-key-pick_{key} [data-testid=stSelectbox]")
    if not field.is_visible():
        page.get_by_role("button", name="Filters").click()
    field.click()
    page.get_by_role("option", name=option, exact=True).click()


def open_more(page: Page, entry: str | re.Pattern[str]) -> None:
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name=entry).click()


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")
