"""The viewer deletes, restores, permanently deletes, and shows failed items."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.api_tasks import make, submit, wait_for_end
from tests.e2e.conftest import App
from tests.e2e.viewer import card, closed, id_in, opened, stepping_back

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-viewer-trash"), pytest.mark.timeout(240)]

WALRUSES = ("A walrus at dawn", "A walrus at noon", "A walrus at dusk")
SETTINGS = {"KAIMEDIA_SANDBOX_SPEED": "60"}


def test_delete_moves_to_the_next_and_undo_restores(page: Page, app: App) -> None:
    make(app, *WALRUSES)
    dialog = opened(page, WALRUSES[1], "/gallery?q=walrus")
    expect(dialog).to_contain_text("2 of 3")
    item = id_in(page)
    page.keyboard.press("Delete")
    expect(dialog).to_contain_text(f"Deleted: {WALRUSES[1]}")
    expect(dialog).to_contain_text("2 of 2")
    expect(card(page, WALRUSES[1])).to_have_count(0)
    dialog.get_by_role("button", name="Undo").click()
    expect(dialog).to_contain_text("2 of 3")
    expect(page).to_have_url(re.compile(rf"item={item}\b"))
    expect(dialog).not_to_contain_text("Deleted:")
    page.keyboard.press("Escape")
    expect(page.locator(".card")).to_have_count(3)


def test_delete_is_reported_and_undone_with_the_details_closed(page: Page, app: App) -> None:
    make(app, "An otter at dawn", "An otter at dusk")
    dialog = opened(page, "An otter at dusk", "/gallery?q=otter")
    page.keyboard.press("i")
    expect(dialog.locator(".panel")).to_be_hidden()
    page.keyboard.press("Delete")
    expect(dialog.get_by_text("Deleted: An otter at dusk")).to_be_visible()
    page.keyboard.press("i")  # the message moves with the details, and back
    expect(dialog.locator(".foot").get_by_text("Deleted: An otter at dusk")).to_be_visible()
    page.keyboard.press("i")
    dialog.get_by_role("button", name="Undo").click()
    expect(dialog.get_by_text("Deleted:")).to_have_count(0)
    expect(dialog.locator("img.full")).to_have_attribute("alt", "An otter at dusk")
    page.keyboard.press("Escape")
    expect(page.locator(".card")).to_have_count(2)


def test_the_trash_restores_and_deletes_forever_after_confirmation(page: Page, app: App) -> None:
    make(app, "A paper lantern", "A paper boat", "A paper kite")
    for prompt in ("A paper boat", "A paper kite"):
        dialog = opened(page, prompt, "/gallery?q=paper")
        page.keyboard.press("Delete")
        expect(dialog).to_contain_text(f"Deleted: {prompt}")
        closed(page)
    dialog = opened(page, "A paper boat", "/gallery?show=Trash&q=paper")
    expect(dialog).to_contain_text("In the trash. Will be permanently deleted on")
    expect(dialog.get_by_role("button", name="Favorite")).to_have_count(0)
    dialog.get_by_role("button", name="Restore").click()
    expect(dialog).to_contain_text("A paper kite")
    expect(dialog).to_contain_text("1 of 1")
    page.keyboard.press("Delete")
    expect(dialog).to_contain_text("Delete this forever?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).not_to_contain_text("Delete this forever?")
    dialog.get_by_role("button", name="Delete forever").click()
    with stepping_back(page):
        dialog.locator(".part-note").get_by_role("button", name="Delete forever").click()
    expect(page.locator(".card")).to_have_count(0)
    opened(page, "A paper boat")


def test_a_failed_item_shows_the_reason_and_a_next_step(page: Page, app: App) -> None:
    wait_for_end(app, submit(app, "A dark alley [fault:policy]"), "failed")
    page.goto("/gallery?show=Didn’t finish")
    page.locator(".card button").first.click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("A dark alley")
    expect(dialog.locator(".state.bad strong")).not_to_be_empty()
    expect(dialog.locator(".state.bad > span > span")).not_to_be_empty()
    expect(dialog.locator(".stand")).to_be_visible()
    expect(dialog.get_by_role("link", name="Download")).to_have_count(0)
    dialog.get_by_role("button", name="Reuse").click()
    dialog.get_by_role("menuitem", name="Reuse all settings").click()
    expect(page.locator(".st-key-prompt textarea")).to_have_value("A dark alley [fault:policy]")
