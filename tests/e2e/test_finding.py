"""Finding items in a browser: search, dates, filters and their URLs."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import App
from tests.e2e.gallery import choose, expect_found
from tests.e2e.grid import count_of, drawn
from tests.e2e.waiting import no_sideways, noted
from tools.page_wait import wait_until_true

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive, pytest.mark.xdist_group("e2e-finding"), pytest.mark.timeout(240)]

ROWS = 400
ALL = re.compile(r"^All")
ADDRESSES = ("", "?show=Trash", "?q=a&model=Veo+3.1+Fast&date=This+year&favorites=true", "?date=Custom+range")
STANDS_IN_ONE_LINE = """() => {
  const side = document.querySelector('.st-key-gallery_side')
  return side && side.clientHeight > 20 && side.clientHeight < 80
}"""


@pytest.fixture(scope="module")
def app(seeded_app: Callable[[str, int], App]) -> App:
    """An app whose gallery holds three years of work."""
    return seeded_app("finding", ROWS)


@pytest.fixture
def gallery(tab: Page) -> Page:
    """The gallery without filters; by its address, since the test before may have gone back and forth."""
    tab.goto("/gallery")
    expect_found(tab, ROWS)
    drawn(tab)
    expect(tab.locator("[data-testid=stApp]")).to_have_attribute("data-test-script-state", "notRunning")
    return tab


def expect_numbers(page: Page, text: str) -> None:
    expect(page.locator(".k-found")).to_have_text(text)


def test_words_are_searched_while_typing_and_nothing_typed_is_lost(gallery: Page) -> None:
    field = gallery.get_by_label("Search prompts")
    word = (gallery.locator('.card[aria-posinset="1"] img').get_attribute("alt") or "").split()[-1].strip(".,:")
    field.click()
    for sign in word:
        gallery.keyboard.type(sign)
        gallery.wait_for_timeout(140)
    expect(gallery).to_have_url(re.compile(f"q={re.escape(word)}"))
    expect(gallery.locator(".k-found")).to_contain_text(f"of {ROWS}")
    expect(field).to_have_value(word)
    expect(field).to_be_focused()
    gallery.keyboard.type("zzzz")
    expect(gallery.get_by_role("heading", name="No matches")).to_be_visible()
    expect(field).to_be_focused()
    gallery.get_by_role("button", name="Clear filters").first.click()
    expect(field).to_have_value("")
    expect_found(gallery, ROWS)
    expect(gallery).not_to_have_url(re.compile(r"\?"))


def test_back_returns_to_the_filters_before(gallery: Page) -> None:
    gallery.get_by_role("radio", name="Videos").click()
    expect(gallery).to_have_url(re.compile("kind=Videos"))
    choose(gallery, "date", "Last 30 days")
    expect(gallery.locator(".st-key-chip_date")).to_be_visible()
    gallery.keyboard.press("Escape")
    gallery.get_by_role("button", name="Clear filters").first.click()
    expect(gallery.get_by_role("radio", name=ALL)).to_be_checked()
    expect_found(gallery, ROWS)
    gallery.go_back()  # each removed filter is a history entry
    expect(gallery.get_by_role("radio", name="Videos")).to_be_checked()
    gallery.go_back()
    expect(gallery.get_by_role("radio", name="Videos")).to_be_checked()
    expect(gallery.locator(".st-key-chip_date")).to_be_visible()


def test_filters_are_there_again_after_another_page(gallery: Page) -> None:
    gallery.goto("/gallery")  # a visit without the history of the test before
    drawn(gallery)
    gallery.get_by_role("radio", name="Videos").click()
    expect(gallery).to_have_url(re.compile("kind=Videos"))
    gallery.get_by_role("link", name="Settings").first.click()
    expect(gallery).to_have_url(re.compile("settings$"))
    expect(gallery.locator(".st-key-save_bar")).to_be_attached()
    gallery.get_by_role("link", name="Gallery").first.click()
    expect(gallery.get_by_role("radio", name="Videos")).to_be_checked()
    expect(gallery).to_have_url(re.compile("gallery.*kind=Videos"))
    gallery.get_by_role("link", name="Generate").first.click()
    expect(gallery.locator(".st-key-prompt textarea")).to_be_visible()
    gallery.go_back()
    expect(gallery.get_by_role("radio", name="Videos")).to_be_checked()
    expect(gallery).to_have_url(re.compile("gallery.*kind=Videos"))
    gallery.goto("/gallery?kind=Images")
    expect(gallery.get_by_role("radio", name="Images")).to_be_checked()


def test_a_range_of_dates_is_kept_in_the_address(gallery: Page) -> None:
    choose(gallery, "date", "Custom range")
    expect(gallery.locator(".st-key-pick_days")).to_be_visible()  # the popover stays open
    gallery.keyboard.press("Escape")
    gallery.goto("/gallery?date=Custom+range&days=2024-01-01&days=2025-06-30&kind=Images")
    drawn(gallery)
    expect(gallery.locator(".st-key-chip_date")).to_contain_text("2024-01-01 – 2025-06-30")
    part = count_of(gallery)
    assert 0 < part < ROWS
    expect_numbers(gallery, f"{part} of {ROWS}")
    gallery.locator(".st-key-chip_date button").click()
    expect(gallery.locator(".st-key-gallery_chips")).to_have_count(0)
    expect(gallery).not_to_have_url(re.compile("days|date"))


def test_invalid_values_in_the_url_show_everything(tab: Page) -> None:
    tab.goto("/gallery?kind=Cats&sort=&show=Nowhere&model=x&tag=%00&collection=-1&date=Never&days=x&item=-4")
    drawn(tab)
    expect_found(tab, ROWS)


def test_on_a_phone_the_bar_keeps_to_one_line_and_the_page_does_not_scroll_sideways(tab: Page) -> None:
    tab.set_viewport_size({"width": 390, "height": 844})
    for query in ADDRESSES:
        with noted(query):
            tab.goto(f"/gallery{query}")
            wait_until_true(tab, STANDS_IN_ONE_LINE)
            no_sideways(tab)
            expect(tab.locator(".st-key-gallery_more button").first).to_be_in_viewport(ratio=0.5)
