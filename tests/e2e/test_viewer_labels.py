"""Tags and collections in the viewer."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.api_tasks import make
from tests.e2e.conftest import App
from tests.e2e.gallery import search
from tests.e2e.viewer import complete, id_in, left, opened, rectangle
from tests.e2e.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-shared"), pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def app(shared_app: App) -> App:
    """The app that several files share."""
    return shared_app


def wait_for_details(page: Page, item: int, tags: list[str], collections: list[str]) -> None:
    """Wait until the server has exactly these tags and collections for that item."""
    labels = """async id => {
        const found = await (await fetch(`/app/gallery/details?id=${id}`)).json()
        return [found.tags, found.collections.map(each => each.name)]
    }"""
    until(page, lambda: page.evaluate(labels, item) == [tags, collections])


def add(page: Page, what: str, *texts: str) -> None:
    """Type these into the field for tags or collections, each with Enter; the field stays open."""
    page.get_by_role("button", name=f"Add: {what}").click()
    for text in texts:
        page.keyboard.type(text)
        page.keyboard.press("Enter")


def test_tags_and_collections_are_added_and_removed(tab: Page, app: App) -> None:
    make(app, "A brook in spring", "A brook in autumn")
    search(tab, "brook")
    dialog = opened(tab, "A brook in autumn")
    item = id_in(tab)
    dialog.get_by_role("button", name="Add: tag").click()
    tab.keyboard.type("Night")
    tab.keyboard.press("Enter")
    tab.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Add: collection").click()
    tab.keyboard.type("Posters")
    tab.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="Remove Posters")).to_be_visible()
    wait_for_details(tab, item, ["Night"], ["Posters"])
    dialog.get_by_role("button", name="Next").click()
    expect(dialog).to_contain_text("2 of 2")
    complete(dialog)
    dialog.get_by_role("button", name="Add: tag").click()
    expect(dialog.locator("#kai-known-tags option[value=Night]")).to_have_count(1)
    tab.goto(f"/gallery?item={item}")
    expect(dialog.get_by_role("button", name="Remove Posters")).to_be_visible()
    dialog.get_by_role("button", name="Remove Night").click()
    dialog.get_by_role("button", name="Remove Posters").click()
    expect(dialog.get_by_role("button", name=re.compile("^Remove"))).to_have_count(0)
    wait_for_details(tab, item, [], [])
    left(tab)


@pytest.mark.exhaustive
def test_a_refused_change_does_not_look_done(tab: Page, app: App) -> None:
    make(app, "A canal with thirty locks")
    search(tab, "canal")
    dialog = opened(tab, "A canal with thirty locks")
    item = id_in(tab)
    names = [f"tag {number}" for number in range(10, 41)]
    add(tab, "tag", *names)
    expect(dialog.locator(".part-note")).to_have_text("30 tags at most.")
    expect(dialog.get_by_role("button", name="Remove tag")).to_have_count(30)
    wait_for_details(tab, item, names[:30], [])
    left(tab)


@pytest.mark.exhaustive
def test_a_failed_change_is_reported_in_the_viewer_and_undone(tab: Page, app: App) -> None:
    make(app, "A pier at dawn")
    search(tab, "pier")
    dialog = opened(tab, "A pier at dawn")
    item = id_in(tab)
    add(tab, "collection", "Harbours")
    wait_for_details(tab, item, [], ["Harbours"])
    dialog.get_by_role("button", name="Remove Harbours").click()
    wait_for_details(tab, item, [], [])
    tab.goto(f"/gallery?item={item}")
    with tab.expect_response(re.compile("/labels")):
        dialog.get_by_role("button", name="Add: collection").click()
    with closing(sqlite3.connect(app.folder / "kaimedia.db")) as database, database:
        database.execute("DELETE FROM collections")  # by another session, after this page loaded it
    tab.keyboard.type("Harbours")
    tab.keyboard.press("Enter")
    expect(dialog.locator(".part-note")).to_contain_text("no such collection")
    expect(dialog.get_by_role("button", name="Remove Harbours")).to_have_count(0)
    left(tab)


@pytest.mark.exhaustive
def test_long_names_stay_inside_the_panel_and_half_typed_ones_with_their_item(tab: Page, app: App) -> None:
    make(app, "A lake in the rain", "A lake under ice")
    search(tab, "lake")
    dialog = opened(tab, "A lake in the rain")
    add(tab, "tag", "T" * 40)
    tab.keyboard.press("Escape")
    add(tab, "collection", "C" * 80)
    tab.keyboard.type("half")
    edge = rectangle(dialog.locator(".scroll"))["right"] - 24
    expect(dialog.get_by_role("button", name=re.compile("^Remove [TC]"))).to_have_count(2)
    removers = dialog.get_by_role("button", name=re.compile("^Remove [TC]"))
    for part in (*removers.all(), dialog.locator(".chip-field").last):
        assert rectangle(part)["right"] <= edge + 1
    dialog.get_by_role("button", name="Previous").click()
    expect(dialog.locator(".chip-field").last).to_be_hidden()
    expect(dialog.locator(".chip-field").last).to_have_value("")
    left(tab)
