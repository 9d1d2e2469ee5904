"""Organizing in a browser: bulk delete, tags, collections, while results arrive. After the grid's other files."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.api_tasks import submit
from tests.e2e.conftest import App
from tests.e2e.gallery import choose, dialog, expect_found, open_more, press, select, shown_count
from tests.e2e.grid import ROWS, count_of, drawn

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-grid"), pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def app(seeded_app: Callable[[str, int], App]) -> App:
    """An app whose gallery holds three years of work."""
    return seeded_app("grid", ROWS)


@pytest.fixture
def gallery(gallery_tab: Page) -> Page:
    """The whole gallery in the file's tab, from its top, with nothing selected."""
    return gallery_tab


def in_trash(app: App) -> int:
    """The number of items in the trash, from the database."""
    with closing(sqlite3.connect(app.folder / "kaimedia.db")) as store:
        return int(store.execute("SELECT count(*) FROM media WHERE deleted_at IS NOT NULL").fetchone()[0])


def test_many_are_deleted_and_restored(gallery: Page) -> None:
    before = count_of(gallery)
    ids = select(gallery, 3)
    press(gallery, "Delete")
    expect(gallery.get_by_text("3 items moved to the trash.")).to_be_visible()
    expect_found(gallery, before - 3)
    for each in ids:
        expect(gallery.locator(f'.card[data-id="{each}"]')).to_have_count(0)
    gallery.get_by_role("button", name="Undo").click()
    expect_found(gallery, before)
    expect(gallery.locator(f'.card[data-id="{ids[0]}"]')).to_have_count(1)
    expect(gallery.get_by_text("3 items moved to the trash.")).to_have_count(0)


def test_the_trash_restores_and_is_emptied(gallery: Page, app: App) -> None:
    before, trashed = count_of(gallery), in_trash(app) + 3
    ids = select(gallery, 3)
    press(gallery, "Delete")
    expect(gallery.get_by_text("3 items moved to the trash.")).to_be_visible()
    open_more(gallery, re.compile(rf"Trash \({trashed}\)"))
    expect(gallery.get_by_text(f"Deleted items stay here for 30 days. {trashed} items")).to_be_visible()
    expect(gallery).to_have_url(re.compile("show=Trash"))
    expect(gallery.locator(f'.card[data-id="{ids[2]}"]')).to_be_visible()
    select(gallery, 1)
    press(gallery, "Restore")
    expect(gallery.get_by_text(f"Deleted items stay here for 30 days. {trashed - 1} items")).to_be_visible()
    gallery.get_by_role("button", name="Empty trash").click()
    confirm = dialog(gallery).get_by_role("button", name="Empty trash")
    expect(confirm).to_be_disabled()
    dialog(gallery).get_by_placeholder("DELETE").fill("DELETE")
    expect(confirm).to_be_enabled()
    confirm.click()
    expect(gallery.get_by_role("heading", name="The trash is empty")).to_be_visible()
    expect(dialog(gallery)).to_have_count(0)
    gallery.get_by_role("button", name="Back to the gallery").click()
    expect_found(gallery, before - 2)


def test_tags_are_added_and_found(gallery: Page) -> None:
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
    before = count_of(gallery)
    select(gallery, 2)
    press(gallery, "Add to collection")
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
    gallery.get_by_role("button", name="Delete", exact=True).click()
    dialog(gallery).get_by_role("button", name="Delete").click()
    expect_found(gallery, before)


@pytest.mark.exhaustive
def test_a_result_arrives_while_a_tag_is_typed(gallery: Page, app: App) -> None:
    before = shown_count(gallery)
    submit(app, "A kite above the town [fault:slow=60]")
    gallery.goto("/gallery")
    drawn(gallery)
    select(gallery, 1)
    press(gallery, "Tag")
    field = dialog(gallery).get_by_role("textbox")
    field.click()
    typed = ""
    for _ in range(200):
        gallery.keyboard.type("a")
        typed += "a"
        gallery.wait_for_timeout(150)
        if shown_count(gallery) == before + 1:
            break
    assert shown_count(gallery) == before + 1
    assert len(typed) > 1
    gallery.keyboard.type("b")
    expect(field).to_have_value(f"{typed}b")
    expect(field).to_be_focused()
    gallery.keyboard.press("Escape")
    expect(dialog(gallery)).to_have_count(0)


@pytest.mark.exhaustive
def test_an_open_dialog_stays_while_the_menu_counts(gallery: Page) -> None:
    select(gallery, 1)
    press(gallery, "Tag")
    box = dialog(gallery).get_by_role("textbox")
    box.fill("kept")
    gallery.wait_for_timeout(6_000)  # more than two refreshes of the badge in the menu
    expect(box).to_have_value("kept")
