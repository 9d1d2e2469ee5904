"""Gallery and Settings in a browser, on media generated before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.sandbox.options import SandboxOptions
from kaimedia.ui.page_list import PAGE_LIST
from tests.e2e.api_tasks import make
from tests.e2e.conftest import App, start_app, stop_app
from tests.e2e.gallery import open_more
from tests.e2e.viewer import card, closed
from tests.e2e.waiting import no_sideways

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-gallery"), pytest.mark.timeout(240)]

PROMPTS = ("A fox of folded paper", "A glass tower at dusk", "A red dune at noon")


KEY = "canary-key-5f3a9c1e7b2d4860"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A provider that accepts only one key; the app uses it once that key is saved."""
    folder = tmp_path_factory.mktemp("provider")
    server = EmbeddedSandbox(SandboxOptions(api_key=KEY, media="small", media_folder=folder))
    yield server.start()
    server.stop()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, provider: str) -> Iterator[App]:
    """An app whose gallery holds three images and a video."""
    settings = {"KAIMEDIA_SANDBOX_SPEED": "60", "KIE_API_URL": provider, "KIE_UPLOAD_URL": provider}
    running = start_app(tmp_path_factory.mktemp("gallery"), **settings)
    make(running, *PROMPTS)
    make(running, "A comet over the sea", kind="videos")
    yield running
    stop_app(running)


def expect_cards(page: Page, count: int) -> None:
    expect(page.locator(".card")).to_have_count(count)


def test_filter_sort_and_search(tab: Page) -> None:
    tab.goto("/gallery")
    expect_cards(tab, 4)
    expect(tab.locator('.card[aria-posinset="1"] img')).to_have_attribute("alt", re.compile("A comet"))
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
    expect(dialog).to_contain_text(PROMPTS[2])
    expect(dialog).to_contain_text("2 of 4")
    expect(dialog).to_contain_text("1024 × 1024")
    page.keyboard.press("ArrowLeft")
    expect(dialog).to_contain_text("A comet over the sea")
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


def test_settings_are_saved_and_used_and_on_a_phone_no_page_scrolls_sideways(tab: Page) -> None:
    tab.goto("/settings")
    expect(tab.get_by_role("heading", name="Settings")).to_be_visible()
    tab.get_by_role("radio", name="3:2", exact=True).click()
    tab.get_by_role("radio", name="4", exact=True).click()
    tab.get_by_role("button", name="Save changes").click()
    expect(tab.get_by_text("Settings saved.")).to_be_visible()

    tab.set_viewport_size({"width": 390, "height": 844})
    tabs = tab.locator(".st-key-tabbar a")
    parts = {"Generate": ".st-key-prompt textarea", "Gallery": ".st-key-gallery_bar", "Settings": ".st-key-card_key"}
    for title, part in parts.items():
        expect(tabs).to_have_count(len(PAGE_LIST))
        tabs.filter(has_text=title).click()
        expect(tab.locator(part).first).to_be_visible()
        no_sideways(tab)
        if title == "Generate":
            expect(tab.locator(".st-key-generate button")).to_contain_text("Generate 4 images")
            expect(tab.get_by_role("radio", name="3:2")).to_be_checked()

    tab.get_by_role("button", name="Reset to defaults").click()
    tab.get_by_role("dialog").get_by_role("button", name=re.compile("Reset|Restore")).click()
    expect(tab.get_by_text("Defaults restored.")).to_be_visible()
    tab.set_viewport_size({"width": 1440, "height": 900})


def test_a_wrong_key_is_reported_at_the_field_and_not_saved(tab: Page, app: App) -> None:
    """The last one: afterward the app no longer uses the sandbox."""
    field = tab.get_by_label(re.compile("API key")).first
    tab.goto("/settings")
    field.fill("wrong-key-000000000")
    tab.get_by_role("button", name="Save key").click()
    expect(tab.get_by_text("This key was rejected").first).to_be_visible()
    field.fill(KEY)
    tab.get_by_role("button", name="Save key").click()
    expect(tab.get_by_text("Connected").first).to_be_visible()
    expect(field).to_have_value("")
    assert KEY not in tab.content()
    expect(tab.get_by_text(KEY[-4:]).first).to_be_visible()
    tab.get_by_role("link", name="Generate").first.click()
    expect(tab.locator(".st-key-prompt textarea")).to_be_visible()
    expect(tab.get_by_text("Sandbox:")).to_have_count(0)
    data = b"".join(path.read_bytes() for path in app.folder.rglob("*") if path.is_file())
    assert len(data) > 100_000 and KEY.encode() not in data
