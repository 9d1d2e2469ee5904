"""Tags and collections in the viewer."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.api_tasks import make
from tests.e2e.conftest import App
from tests.e2e.viewer import complete, id_in, opened, rectangle
from tests.e2e.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-viewer-labels"), pytest.mark.timeout(240)]
SETTINGS = {"KAIMEDIA_SANDBOX_SPEED": "60"}


def wait_for_details(page: Page, item: int, tags: list[str], collections: list[str]) -> None:
    """Wait until the server has exactly these tags and collections for that item."""
    told = """async id => {
        const found = await (await fetch(`/app/gallery/details?id=${id}`)).json()
        return [found.tags, found.collections.map(each => each.name)]
    }"""
    until(page, lambda: page.evaluate(told, item) == [tags, collections])


def add(page: Page, what: str, *texts: str) -> None:
    """Type these into the field for tags or collections, each with Enter; the field stays open."""
    page.get_by_role("button", name=f"Add: {what}").click()
    for text in texts:
        page.keyboard.type(text)
        page.keyboard.press("Enter")


def test_tags_and_collections_are_added_and_removed(page: Page, app: App) -> None:
    make(app, "A river in spring", "A river in autumn")
    dialog = opened(page, "A river in autumn", "/gallery?q=river")
    item = id_in(page)
    dialog.get_by_role("button", name="Add: tag").click()
    page.keyboard.type("Night")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Add: collection").click()
    page.keyboard.type("Posters")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="Remove Posters")).to_be_visible()
    wait_for_details(page, item, ["Night"], ["Posters"])
    dialog.get_by_role("button", name="Next").click()
    expect(dialog).to_contain_text("2 of 2")
    complete(dialog)
    dialog.get_by_role("button", name="Add: tag").click()
    expect(dialog.locator("#kai-known-tags option[value=Night]")).to_have_count(1)
    page.goto(f"/gallery?item={item}")
    expect(dialog.get_by_role("button", name="Remove Posters")).to_be_visible()
    dialog.get_by_role("button", name="Remove Night").click()
    dialog.get_by_role("button", name="Remove Posters").click()
    expect(dialog.get_by_role("button", name=re.compile("^Remove"))).to_have_count(0)
    wait_for_details(page, item, [], [])


def test_a_refused_change_does_not_look_done(page: Page, app: App) -> None:
    make(app, "A canal with thirty locks")
    dialog = opened(page, "A canal with thirty locks")
    item = id_in(page)
    names = [f"tag {number}" for number in range(10, 41)]
    add(page, "tag", *names)
    expect(dialog.locator(".part-note")).to_have_text("30 tags at most.")
    expect(dialog.get_by_role("button", name="Remove tag")).to_have_count(30)
    wait_for_details(page, item, names[:30], [])


def test_a_failed_change_is_reported_in_the_viewer_and_undone(page: Page, app: App) -> None:
    make(app, "A pier at dawn")
    dialog = opened(page, "A pier at dawn")
    item = id_in(page)
    add(page, "collection", "Harbours")
    wait_for_details(page, item, [], ["Harbours"])
    dialog.get_by_role("button", name="Remove Harbours").click()
    wait_for_details(page, item, [], [])
    page.goto(f"/gallery?item={item}")
    with page.expect_response(re.compile("/labels")):
        dialog.get_by_role("button", name="Add: collection").click()
    with closing(sqlite3.connect(app.folder / "kaimedia.db")) as database, database:
        database.execute("DELETE FROM collections")  # by another session, after this page loaded it
    page.keyboard.type("Harbours")
    page.keyboard.press("Enter")
    expect(dialog.locator(".part-note")).to_contain_text("no such collection")
    expect(dialog.get_by_role("button", name="Remove Harbours")).to_have_count(0)


def test_long_names_stay_inside_the_panel_and_half_typed_ones_with_their_item(page: Page, app: App) -> None:
    make(app, "A lake in the rain", "A lake under ice")
    dialog = opened(page, "A lake in the rain", "/gallery?q=lake")
    add(page, "tag", "T" * 40)
    page.keyboard.press("Escape")
    add(page, "collection", "C" * 80)
    page.keyboard.type("half")
    edge = rectangle(dialog.locator(".scroll"))["right"] - 24
    expect(dialog.get_by_role("button", name=re.compile("^Remove [TC]"))).to_have_count(2)
    removers = dialog.get_by_role("button", name=re.compile("^Remove [TC]"))
    for part in (*removers.all(), dialog.locator(".chip-field").last):
        assert rectangle(part)["right"] <= edge + 1
    dialog.get_by_role("button", name="Previous").click()
    expect(dialog.locator(".chip-field").last).to_be_hidden()
    expect(dialog.locator(".chip-field").last).to_have_value("")
