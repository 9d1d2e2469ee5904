"""The viewer deletes, restores, permanently deletes, and shows failed items."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.api_tasks import make, submit, wait_for_end
from tests.e2e.conftest import App
from tests.e2e.gallery import search
from tests.e2e.viewer import card, closed, id_in, opened, stepping_back

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-shared"), pytest.mark.timeout(240)]

WALRUSES = ("A walrus at dawn", "A walrus at noon", "A walrus at dusk")


@pytest.fixture(scope="module")
def app(shared_app: App) -> App:
    """The app that several files share."""
    return shared_app


@pytest.mark.exhaustive
def test_delete_moves_to_the_next_and_undo_restores(tab: Page, app: App) -> None:
    make(app, *WALRUSES)
    search(tab, "walrus")
    dialog = opened(tab, WALRUSES[1])
    expect(dialog).to_contain_text("2 of 3")
    item = id_in(tab)
    tab.keyboard.press("Delete")
    expect(dialog).to_contain_text(f"Deleted: {WALRUSES[1]}")
    expect(dialog).to_contain_text("2 of 2")
    expect(card(tab, WALRUSES[1])).to_have_count(0)
    dialog.get_by_role("button", name="Undo").click()
    expect(dialog).to_contain_text("2 of 3")
    expect(tab).to_have_url(re.compile(rf"item={item}\b"))
    expect(dialog).not_to_contain_text("Deleted:")
    closed(tab)
    expect(tab.locator(".card")).to_have_count(3)


@pytest.mark.exhaustive
def test_delete_is_reported_and_undone_with_the_details_closed(tab: Page, app: App) -> None:
    make(app, "An otter at dawn", "An otter at dusk")
    search(tab, "otter")
    dialog = opened(tab, "An otter at dusk")
    tab.keyboard.press("i")
    expect(dialog.locator(".panel")).to_be_hidden()
    tab.keyboard.press("Delete")
    expect(dialog.get_by_text("Deleted: An otter at dusk")).to_be_visible()
    tab.keyboard.press("i")  # the message moves with the details, and back
    expect(dialog.locator(".foot").get_by_text("Deleted: An otter at dusk")).to_be_visible()
    tab.keyboard.press("i")
    dialog.get_by_role("button", name="Undo").click()
    expect(dialog.get_by_text("Deleted:")).to_have_count(0)
    expect(dialog.locator("img.full")).to_have_attribute("alt", "An otter at dusk")
    tab.keyboard.press("i")
    expect(dialog.locator(".panel")).to_be_visible()
    closed(tab)
    expect(tab.locator(".card")).to_have_count(2)


def test_the_trash_restores_and_deletes_forever_after_confirmation(tab: Page, app: App) -> None:
    make(app, "A quill and a lantern", "A quill and a boat", "A quill and a kite")
    search(tab, "quill")
    for prompt in ("A quill and a boat", "A quill and a kite"):
        dialog = opened(tab, prompt)
        tab.keyboard.press("Delete")
        expect(dialog).to_contain_text(f"Deleted: {prompt}")
        closed(tab)
    dialog = opened(tab, "A quill and a boat", "/gallery?show=Trash&q=quill")
    expect(dialog).to_contain_text("In the trash. Will be permanently deleted on")
    expect(dialog.get_by_role("button", name="Favorite")).to_have_count(0)
    dialog.get_by_role("button", name="Restore").click()
    expect(dialog).to_contain_text("A quill and a kite")
    expect(dialog).to_contain_text("1 of 1")
    tab.keyboard.press("Delete")
    expect(dialog).to_contain_text("Delete this item and its file forever?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).not_to_contain_text("Delete this item and its file forever?")
    dialog.get_by_role("button", name="Delete forever").click()
    with stepping_back(tab):
        dialog.locator(".part-note").get_by_role("button", name="Delete forever").click()
    expect(tab.locator(".card")).to_have_count(0)
    opened(tab, "A quill and a boat", "/gallery?q=quill")
    closed(tab)


def test_a_failed_item_shows_the_reason_and_a_next_step(tab: Page, app: App) -> None:
    wait_for_end(app, submit(app, "A dark alley [fault:policy]"), "failed")
    tab.goto("/gallery?show=Didn’t finish")
    tab.locator(".card button").first.click()
    dialog = tab.locator("dialog[open]")
    expect(dialog).to_contain_text("A dark alley")
    expect(dialog.locator(".state.bad strong")).not_to_be_empty()
    expect(dialog.locator(".state.bad > span > span")).not_to_be_empty()
    expect(dialog.locator(".stand")).to_be_visible()
    expect(dialog.get_by_role("link", name="Download")).to_have_count(0)
    dialog.get_by_role("button", name="Reuse").click()
    dialog.get_by_role("menuitem", name="Reuse all settings").click()
    expect(tab.locator(".st-key-prompt textarea")).to_have_value("A dark alley [fault:policy]")
