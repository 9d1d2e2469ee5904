"""Changes in the media grid: favorites, deleting, restoring."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import App
from tests.e2e.grid import (
    ROWS,
    by_id,
    card,
    count_of,
    drawn,
    has_favorite,
    id_at,
    selected,
)
from tests.e2e.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-grid"), pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def app(seeded_app: Callable[[str, int], App]) -> App:
    """One whose items come and go."""
    return seeded_app("grid", ROWS)


@pytest.fixture
def gallery(gallery_tab: Page) -> Page:
    """The whole gallery in the file's tab, from its top, with nothing selected."""
    return gallery_tab


def test_favorite_and_delete_show_immediately_and_are_saved(gallery: Page) -> None:
    first, total = id_at(gallery, 1), count_of(gallery)
    was_favorite = "fav" in (card(gallery, 1).get_attribute("class") or "")
    card(gallery, 1).locator(".open").focus()
    gallery.keyboard.press("f")
    expect(card(gallery, 1)).to_have_class(has_favorite(not was_favorite))
    gallery.keyboard.press("ArrowRight")
    gone = id_at(gallery, 2)
    gallery.keyboard.press("Delete")
    expect(by_id(gallery, gone)).to_have_count(0)
    expect(card(gallery, 2).locator(".open")).to_be_focused()  # the next one takes the place
    gallery.get_by_role("button", name="Undo").click()
    expect(card(gallery, 2)).to_have_attribute("data-id", str(gone))
    card(gallery, 2).locator(".open").focus()
    gallery.keyboard.press("Delete")
    expect(by_id(gallery, gone)).to_have_count(0)
    expect(gallery.get_by_role("button", name="Undo")).to_be_visible()
    gallery.reload()
    drawn(gallery)
    expect(card(gallery, 1)).to_have_attribute("data-id", str(first))
    expect(card(gallery, 1)).to_have_class(has_favorite(not was_favorite))
    expect(by_id(gallery, gone)).to_have_count(0)
    expect(card(gallery, 1)).to_have_attribute("aria-setsize", str(total - 1))
    expect(gallery.get_by_role("button", name="Undo")).to_have_count(0)  # only the session that deleted offers it
    assert gallery.request.post(f"/api/media/{gone}/restore").ok  # the next files count the items


def favorites(app: App, ids: list[int]) -> list[int]:
    """Which of `ids` are favorites in the database."""
    marks = ",".join("?" * len(ids))
    with closing(sqlite3.connect(app.folder / "kaimedia.db")) as store:
        rows = store.execute(f"SELECT id FROM media WHERE is_favorite AND id IN ({marks})", ids)
        return sorted(row[0] for row in rows)


def test_no_fast_click_is_lost(gallery: Page, app: App) -> None:
    ids = [id_at(gallery, place) for place in range(1, 11)]
    before = favorites(app, ids)
    card(gallery, 1).locator(".open").focus()
    for _ in ids:
        gallery.keyboard.press("f")
        gallery.keyboard.press("ArrowRight")
    expected = sorted(set(ids) - set(before))
    until(gallery, lambda: favorites(app, ids) == expected)


def test_many_favorites_are_taken_off_though_few_are_loaded(tab: Page) -> None:
    tab.goto("/gallery?favorites=true")
    drawn(tab)
    total = count_of(tab)
    assert total > 200
    card(tab, 1).locator(".open").focus()
    tab.keyboard.press("Control+a")
    tab.locator(".bar").get_by_role("button", name="Unfavorite").click()
    expect(tab.get_by_text(f"{total:,} items removed from your favorites.")).to_be_visible()
    tab.reload()
    expect(tab.get_by_role("heading", name="No favorites yet")).to_be_visible()


@pytest.mark.exhaustive
def test_the_trash_shows_the_days_left_and_restores(gallery: Page) -> None:
    gone = [id_at(gallery, place) for place in (1, 2)]
    card(gallery, 1).locator(".open").focus()
    gallery.keyboard.press("x")
    gallery.keyboard.press("Shift+ArrowRight")
    gallery.locator(".bar").get_by_role("button", name="Delete").click()
    expect(gallery.locator(".bar")).to_be_hidden()
    expect(by_id(gallery, gone[0])).to_have_count(0)
    expect(gallery.get_by_role("button", name="Undo")).to_be_visible()
    gallery.goto("/gallery?show=Trash")
    expect(gallery.locator(".card .pill").first).to_have_text("30 days left")
    for number in gone:
        by_id(gallery, number).locator(".open").click(modifiers=["ControlOrMeta"])
    expect(selected(gallery)).to_have_text("2 selected")
    bar = gallery.locator(".bar")
    expect(bar.get_by_role("button", name="Delete forever")).to_be_visible()
    bar.get_by_role("button", name="Restore").click()
    for number in gone:
        expect(by_id(gallery, number)).to_have_count(0)
    gallery.goto("/gallery")
    drawn(gallery)
    expect(card(gallery, 1)).to_have_attribute("data-id", str(gone[0]))
