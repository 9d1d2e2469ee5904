"""The user's own style in a browser: search, save from the prompt, use, and reload."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.composer import DONE_MS, press_generate, results_of, write_prompt
from tests.e2e.conftest import App
from tests.e2e.tabs import show

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive, pytest.mark.xdist_group("e2e-shared"), pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def app(shared_app: App) -> App:
    """The app that several files share."""
    return shared_app


def open_styles(page: Page) -> None:
    page.locator(".st-key-style_box button, [class*=st-key-prompt_row] [data-testid=stPopoverButton]").first.click()
    expect(page.get_by_role("searchbox", name="Search styles")).to_be_visible()


def test_a_style_saved_from_the_prompt_is_found_used_and_kept(tab: Page) -> None:
    show(tab, "Generate")
    write_prompt(tab, "Chalk on a slate board")
    place = tab.locator(".st-key-generate button").bounding_box()
    open_styles(tab)
    assert tab.locator(".st-key-generate button").bounding_box() == place
    tab.get_by_role("textbox", name="Name of the new style").fill("Slate chalk")
    tab.get_by_role("button", name="Save this as a style").click()
    expect(tab.get_by_role("alertdialog", name="Saved and selected: Slate chalk.")).to_be_visible()
    expect(tab.locator(".k-chip")).to_contain_text("Slate chalk")
    expect(tab.locator(".st-key-prompt textarea")).to_have_value("")
    tab.keyboard.press("Escape")
    expect(tab.get_by_role("searchbox", name="Search styles")).to_have_count(0)
    write_prompt(tab, "A lighthouse")
    tab.get_by_text("Full prompt").click()
    expect(tab.locator(".k-sent p")).to_have_text("A lighthouse. Chalk on a slate board")
    press_generate(tab)

    tab.reload()
    open_styles(tab)
    search = tab.get_by_role("searchbox", name="Search styles")
    search.fill("BOARD chalk")  # its text, not its name
    expect(tab.get_by_role("radio", name="Slate chalk")).to_be_visible()
    expect(tab.get_by_role("radio", name="Ink wash")).to_be_hidden()
    search.fill("zebra crossing")
    expect(tab.get_by_text("No styles match.")).to_be_visible()
    search.fill("")
    expect(tab.get_by_role("radio", name="Ink wash")).to_be_visible()
    search.press("Escape")
    expect(search).to_have_count(0)


def test_a_style_saved_from_a_result_is_renamed_deleted_and_restored(tab: Page) -> None:
    show(tab, "Generate")
    write_prompt(tab, "Wet ink on rough paper")
    press_generate(tab)
    expect(results_of(tab, "Wet ink on rough paper").first).to_be_visible(timeout=DONE_MS)
    results_of(tab, "Wet ink on rough paper").first.get_by_role("button").first.click()
    tab.locator("dialog[open]").get_by_role("button", name="Reuse").click()
    tab.get_by_role("menuitem", name="Save as a style").click()
    dialog = tab.get_by_role("dialog")
    expect(dialog.get_by_label("Text")).to_have_value("Wet ink on rough paper")
    dialog.get_by_label("Name").fill("Wet ink")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)

    open_styles(tab)
    tab.get_by_role("button", name="Rename or delete your styles").click()
    dialog.get_by_role("button", name="Rename").last.wait_for()
    expect(tab.get_by_role("searchbox", name="Search styles")).to_have_count(0)  # nothing covers the dialog
    row = dialog.locator("[class*=st-key-style_row_]", has_text="Wet ink")
    row.get_by_role("button", name="Rename").click()
    dialog.get_by_role("textbox", name="Name").fill("Rough paper")
    dialog.get_by_role("button", name="Rename").click()
    expect(dialog).to_have_count(0)

    open_styles(tab)
    tab.get_by_role("button", name="Rename or delete your styles").click()
    row = dialog.locator("[class*=st-key-style_row_]", has_text="Rough paper")
    row.get_by_role("button", name="Delete").click()
    expect(dialog).to_have_count(0)
    tab.locator(".st-key-undo_bar").get_by_role("button", name="Undo").click()
    open_styles(tab)
    expect(tab.get_by_role("radio", name="Rough paper")).to_be_visible()
