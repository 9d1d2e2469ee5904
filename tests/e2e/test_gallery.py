"""The gallery in a browser: filters, the viewer, deleting and clearing, on media generated before."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import App
from tests.e2e.gallery import open_more
from tests.e2e.viewer import PROMPTS, VIDEO, card, closed

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-viewer"), pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def app(viewer_app: App) -> App:
    """The app with four items; these tests leave them as they were."""
    return viewer_app


def expect_cards(page: Page, count: int) -> None:
    expect(page.locator(".card")).to_have_count(count)


def test_filter_sort_and_search(tab: Page) -> None:
    tab.goto("/gallery")
    expect_cards(tab, 4)
    expect(tab.locator('.card[aria-posinset="1"] img')).to_have_attribute("alt", re.compile(VIDEO))
    expect(tab.locator('.card[aria-posinset="4"] img')).to_have_attribute("alt", re.compile(PROMPTS[0]))
    tab.get_by_role("radio", name="Images").click()
    expect_cards(tab, 3)
    expect(tab).to_have_url(re.compile("Images"))
    tab.get_by_role("radio", name="Videos").click()
    expect_cards(tab, 1)
    tab.get_by_role("radio", name="All").click()
    expect_cards(tab, 4)
    tab.locator(".st-key-sort [data-testid=stSelectbox]").click()
    tab.get_by_role("option", name="Oldest first").click()
    expect(tab.locator('.card[aria-posinset="1"] img')).to_have_attribute("alt", re.compile(PROMPTS[0]))
    tab.get_by_role("button", name="Filters").click()
    tab.locator(".st-key-pick_model [data-testid=stSelectbox]").click()
    tab.get_by_role("option", name="Veo 3.1 Fast").click()
    expect_cards(tab, 1)
    tab.keyboard.press("Escape")
    tab.get_by_role("button", name="Clear filters").first.click()
    expect_cards(tab, 4)
    search = tab.get_by_label("Search prompts")
    search.fill("tower")
    search.press("Enter")
    expect_cards(tab, 1)
    search.fill("zebra")
    search.press("Enter")
    expect(tab.get_by_role("heading", name="No matches")).to_be_visible()


@pytest.mark.exhaustive
def test_the_viewer_shows_details_and_downloads_under_a_readable_name_and_favorites_are_found(
    page: Page, app: App, tmp_path: Path
) -> None:
    page.goto("/gallery")
    expect_cards(page, 4)
    page.locator(".card button").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text(PROMPTS[2][:24])
    expect(dialog).to_contain_text("2 of 4")
    expect(dialog).to_contain_text("1024 × 1024")
    page.keyboard.press("ArrowLeft")
    expect(dialog).to_contain_text(VIDEO)
    expect(dialog.locator("video")).to_have_attribute("controls", re.compile(".*"))
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    card(page, PROMPTS[1]).locator("button").first.click()
    with page.expect_download() as waiting:
        dialog.get_by_role("link", name="Download").click()
    target = tmp_path / "got.png"
    waiting.value.save_as(target)
    assert target.read_bytes() in {path.read_bytes() for path in app.media.glob("image_*.png")}
    assert waiting.value.suggested_filename.endswith(".png")
    closed(page)

    chosen = card(page, PROMPTS[1])
    chosen.hover()
    chosen.get_by_role("button", name=re.compile("avorite")).click()
    page.locator(".st-key-gallery_bar").get_by_text("Favorites").click()
    expect_cards(page, 1)
    page.locator(".st-key-gallery_bar").get_by_text("Favorites").click()
    expect_cards(page, 4)


def test_a_delete_is_undone_only_in_the_session_that_made_it_and_clear_all_needs_a_word(tab: Page) -> None:
    tab.goto("/gallery")
    expect_cards(tab, 4)
    card(tab, PROMPTS[0]).locator("button").first.click()
    viewer = tab.locator("dialog[open]")
    viewer.get_by_role("button", name="Delete").click()
    expect(viewer).to_contain_text(f"Deleted: {PROMPTS[0]}")
    expect(tab.get_by_role("button", name="Undo")).to_have_count(1)  # the page's own is hidden
    viewer.get_by_role("button", name="Undo").click()
    expect_cards(tab, 4)
    expect(viewer).not_to_contain_text("Deleted:")
    # The bar below is the first delete's until the server has undone that; a press on it would come before the second.
    expect(tab.get_by_text("1 item moved to the trash.")).to_have_count(0)
    viewer.get_by_role("button", name="Delete").click()
    expect_cards(tab, 3)
    closed(tab)
    expect(tab.get_by_text("1 item moved to the trash.")).to_be_visible()
    tab.get_by_role("button", name="Undo").click()
    expect_cards(tab, 4)
    expect(tab.get_by_text("1 item moved to the trash.")).to_have_count(0)
    card(tab, PROMPTS[0]).locator("button").first.click()
    viewer.get_by_role("button", name="Delete").click()
    expect_cards(tab, 3)
    closed(tab)
    tab.reload()
    expect_cards(tab, 3)
    expect(tab.get_by_role("button", name="Undo")).to_have_count(0)  # from now on it is only in the trash
    open_more(tab, re.compile("Trash"))
    expect_cards(tab, 1)
    card(tab, PROMPTS[0]).hover()
    card(tab, PROMPTS[0]).get_by_role("button", name="Restore").click()
    tab.goto("/gallery")
    expect_cards(tab, 4)
    expect_clearing_needs_the_word(tab)


def expect_clearing_needs_the_word(page: Page) -> None:
    open_more(page, re.compile("Clear all"))
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("All 4 items")
    confirm = dialog.get_by_role("button", name="Clear gallery")
    expect(confirm).to_be_disabled()
    dialog.get_by_placeholder("DELETE").fill("DELETE")
    expect(confirm).to_be_enabled()
    confirm.click()
    expect(page.get_by_role("heading", name="Your gallery is empty")).to_be_visible()
    page.get_by_role("button", name="More").click()
    expect(page.get_by_role("menuitem", name=re.compile("Trash"))).to_be_visible()
    expect(page.get_by_role("menuitem", name=re.compile("Clear all"))).to_have_count(0)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Undo").click()
    expect_cards(page, 4)
