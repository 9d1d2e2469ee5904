"""Finding and sorting in a browser: words, dates, tags, collections, the trash, results that arrive."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from bench.gallery_rows import seed
from tests.e2e.conftest import App, start_app, stop_app

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-finding"), pytest.mark.timeout(240)]

ROWS = 400
ALL = re.compile(r"^All")
ADDRESSES = ("", "?show=Trash", "?q=a&model=Veo+3.1+Fast&date=This+year&favourites=true", "?date=Custom+range")
SCROLLS_IN_ONE_LINE = """() => {
  const side = document.querySelector('.st-key-gallery_side')
  return side && side.scrollWidth > side.clientWidth && side.clientHeight < 80
}"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app whose gallery holds three years of work."""
    folder = tmp_path_factory.mktemp("finding")
    seed(f"sqlite:///{folder / 'kaimedia.db'}", ROWS, folder / "media")
    running = start_app(folder, KAIMEDIA_SANDBOX_SPEED="4")
    yield running
    stop_app(running)


@pytest.fixture
def gallery(page: Page) -> Page:
    """The gallery with its cards."""
    page.goto("/gallery")
    drawn(page)
    return page


def drawn(page: Page) -> None:
    expect(page.locator(".card img.in").first).to_be_visible()


def found(page: Page) -> int:
    """How many the grid says there are."""
    return int(page.locator(".card").first.get_attribute("aria-setsize") or 0)


def expect_found(page: Page, number: int) -> None:
    expect(page.locator(".card").first).to_have_attribute("aria-setsize", str(number))


def expect_numbers(page: Page, text: str) -> None:
    expect(page.locator(".k-found")).to_have_text(text)


def shown_count(page: Page) -> str:
    """The number that stands beside All."""
    told: str = page.locator(".st-key-kind [role=radio]").first.evaluate(
        "radio => JSON.parse(getComputedStyle(radio, '::after').content)"
    )
    return told


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
    """An option behind Filters."""
    field = page.locator(f".st-key-{key} [data-testid=stSelectbox]")
    if not field.is_visible():
        page.get_by_role("button", name="Filters").click()
    field.click()
    page.get_by_role("option", name=option, exact=True).click()


def open_more(page: Page, entry: str | re.Pattern[str]) -> None:
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name=entry).click()


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


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
    gallery.go_back()  # the browser notes each filter that was taken off
    expect(gallery.locator(".st-key-chip_date")).to_be_visible()
    gallery.go_back()
    expect(gallery.get_by_role("radio", name="Videos")).to_be_checked()
    expect(gallery.locator(".st-key-chip_date")).to_be_visible()


def test_filters_are_there_again_after_another_page(gallery: Page) -> None:
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
    expect(gallery.locator(".st-key-days")).to_be_visible()  # the popover stays open
    gallery.goto("/gallery?date=Custom+range&days=2024-01-01&days=2099-12-31")
    gallery.goto("/gallery?date=Custom+range&days=2024-01-01&days=2025-06-30&kind=Images")
    drawn(gallery)
    expect(gallery.locator(".st-key-chip_date")).to_contain_text("2024-01-01 – 2025-06-30")
    part = found(gallery)
    assert 0 < part < ROWS
    expect_numbers(gallery, f"{part} of {ROWS}")
    gallery.locator(".st-key-chip_date button").click()
    expect(gallery.locator(".st-key-gallery_chips")).to_have_count(0)
    expect(gallery).not_to_have_url(re.compile("days|date"))


def test_nonsense_in_the_address_shows_everything(page: Page) -> None:
    page.goto("/gallery?kind=Cats&sort=&show=Nowhere&model=x&tag=%00&collection=-1&date=Never&days=x&item=-4")
    drawn(page)
    expect_found(page, ROWS)


def test_many_are_deleted_and_brought_back(gallery: Page) -> None:
    ids = select(gallery, 3)
    press(gallery, "Delete")
    expect(gallery.get_by_text("3 items moved to the trash.")).to_be_visible()
    expect_found(gallery, ROWS - 3)
    for each in ids:
        expect(gallery.locator(f'.card[data-id="{each}"]')).to_have_count(0)
    gallery.get_by_role("button", name="Undo").click()
    expect_found(gallery, ROWS)
    expect(gallery.locator(f'.card[data-id="{ids[0]}"]')).to_have_count(1)
    expect(gallery.get_by_text("3 items moved to the trash.")).to_have_count(0)


def test_the_trash_gives_back_and_is_emptied(gallery: Page) -> None:
    ids = select(gallery, 3)
    press(gallery, "Delete")
    expect(gallery.get_by_text("3 items moved to the trash.")).to_be_visible()
    open_more(gallery, re.compile(r"Trash \(3\)"))
    expect(gallery.get_by_text("Deleted items stay here for 30 days. 3 items")).to_be_visible()
    expect(gallery).to_have_url(re.compile("show=Trash"))
    expect(gallery.locator(f'.card[data-id="{ids[2]}"]')).to_be_visible()
    select(gallery, 1)
    press(gallery, "Restore")
    expect(gallery.get_by_text("Deleted items stay here for 30 days. 2 items")).to_be_visible()
    gallery.get_by_role("button", name="Empty trash").click()
    confirm = dialog(gallery).get_by_role("button", name="Empty trash")
    expect(confirm).to_be_disabled()
    dialog(gallery).get_by_placeholder("DELETE").fill("DELETE")
    expect(confirm).to_be_enabled()
    confirm.click()
    expect(gallery.get_by_role("heading", name="The trash is empty")).to_be_visible()
    expect(dialog(gallery)).to_have_count(0)
    gallery.get_by_role("button", name="Back to the gallery").click()
    expect_found(gallery, ROWS - 2)


def test_tags_are_put_and_found(gallery: Page) -> None:
    ids = select(gallery, 2)
    press(gallery, "Tag")
    dialog(gallery).get_by_role("textbox").fill("night walk, for Ada")
    gallery.keyboard.press("Enter")
    expect(gallery.get_by_text("2 tags added on 2 items.")).to_be_visible()
    expect(dialog(gallery)).to_have_count(0)
    gallery.keyboard.press("Escape")
    choose(gallery, "tag", "night walk")
    expect_found(gallery, 2)
    expect(gallery.locator(f'.card[data-id="{ids[1]}"]')).to_be_visible()
    expect(gallery).to_have_url(re.compile(r"tag=night\+walk"))


def test_a_collection_is_made_shown_and_removed(gallery: Page) -> None:
    before = found(gallery)
    select(gallery, 2)
    press(gallery, "Collect")
    dialog(gallery).get_by_role("textbox").fill("Posters")
    dialog(gallery).get_by_role("button", name="Add").click()
    expect(gallery.get_by_text("2 items added to “Posters”.")).to_be_visible()
    open_more(gallery, "Collections")
    dialog(gallery).get_by_role("button", name="Open").click()
    expect(gallery.get_by_text("Collection · 2 items")).to_be_visible()
    expect_found(gallery, 2)
    gallery.get_by_role("button", name="Rename").click()
    dialog(gallery).get_by_role("textbox").fill("Prints")
    gallery.keyboard.press("Enter")
    expect(gallery.get_by_role("heading", name="Prints")).to_be_visible()
    gallery.get_by_role("button", name="Remove", exact=True).click()
    dialog(gallery).get_by_role("button", name="Remove").click()
    expect_found(gallery, before)


def test_a_result_arrives_while_a_tag_is_typed(page: Page, app: App) -> None:
    body = json.dumps({"prompt": "A kite above the town", "model": "gpt4o-image", "aspect_ratio": "1:1"})
    asked = urllib.request.Request(
        f"{app.url}/api/images/generate", body.encode(), {"Content-Type": "application/json"}, method="POST"
    )
    page.goto("/gallery")
    drawn(page)
    before = int(shown_count(page))
    with urllib.request.urlopen(asked, timeout=10):
        page.goto("/gallery")
    drawn(page)
    select(page, 1)
    press(page, "Tag")
    field = dialog(page).get_by_role("textbox")
    field.click()
    typed = ""
    for _ in range(200):
        page.keyboard.type("a")
        typed += "a"
        page.wait_for_timeout(150)
        if shown_count(page) == str(before + 1):
            break
    assert shown_count(page) == str(before + 1)
    page.keyboard.type("b")
    expect(field).to_have_value(f"{typed}b")
    expect(field).to_be_focused()


def test_on_a_phone_the_bar_scrolls_sideways_and_the_page_does_not(browser: Browser, app: App) -> None:
    for scheme in ("light", "dark"):
        page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme=scheme, base_url=app.url)
        for words in ADDRESSES:
            page.goto(f"/gallery{words}")
            page.wait_for_function(SCROLLS_IN_ONE_LINE)
            main = page.locator("[data-testid=stMain]")
            assert main.evaluate("e => e.scrollWidth <= e.clientWidth"), (scheme, words)
            more = page.locator(".st-key-gallery_more button").first.bounding_box()
            assert more and more["x"] + more["width"] / 2 <= 390, (scheme, words, more)
        page.close()
