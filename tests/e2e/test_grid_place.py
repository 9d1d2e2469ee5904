"""The scroll position in the media grid survives page changes, the viewer and new results, but not a new filter."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.api_tasks import submit
from tests.e2e.conftest import App
from tests.e2e.grid import (
    ROWS,
    at_top,
    by_id,
    card,
    count_of,
    drawn,
    rest,
    scroll_to,
    selected,
    settle,
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


def test_the_position_is_kept_after_a_page_change_and_the_viewer(gallery: Page) -> None:
    scroll_to(gallery, 40_000)
    place = at_top(gallery)
    rest(gallery, 400)  # saved once scrolling stops
    gallery.locator("[data-testid=stTopNavLink]", has_text="Settings").click()
    expect(gallery.get_by_role("heading", name="Settings")).to_be_visible()
    outlines: list[str] = []
    gallery.on("request", lambda request: outlines.append(request.url) if "/app/gallery/" in request.url else None)
    gallery.locator("[data-testid=stTopNavLink]", has_text="Gallery").click()
    expect(by_id(gallery, place[0])).to_be_in_viewport()
    rest(gallery, 500)
    until(gallery, lambda: at_top(gallery) == pytest.approx(place, abs=3))
    assert not outlines  # drawn from the cache
    by_id(gallery, place[0]).locator(".open").click()
    expect(gallery.locator("dialog[open]")).to_be_visible()
    gallery.keyboard.press("Escape")
    expect(gallery.locator("dialog[open]")).to_have_count(0)
    until(gallery, lambda: at_top(gallery) == pytest.approx(place, abs=3))


@pytest.mark.exhaustive
def test_the_position_is_kept_when_a_result_arrives(gallery: Page, app: App) -> None:
    before = count_of(gallery)
    submit(app, "A kite above the town [fault:slow=60]")
    gallery.goto("/gallery")
    drawn(gallery)
    scroll_to(gallery, 30_000)
    place = at_top(gallery)
    expect(gallery.locator(".card").first).to_have_attribute("aria-setsize", str(before + 1), timeout=60_000)
    settle(gallery)
    until(
        gallery, lambda: abs(top_of(gallery, place[0]) - place[1]) < 300
    )  # rows may break differently; the view stays
    assert gallery.locator("[data-testid=stMain]").evaluate("main => main.scrollTop") > 20_000
    newest = gallery.request.get("/api/media", params={"limit": 1}).json()["items"][0]["id"]
    assert gallery.request.delete(f"/api/media/{newest}").ok  # the next files count the items


def top_of(page: Page, item: int) -> float:
    box = by_id(page, item).bounding_box()
    assert box
    return box["y"]


def test_another_filter_starts_at_its_top_and_without_a_selection(gallery: Page) -> None:
    scroll_to(gallery, 20_000)
    gallery.locator(".card").nth(12).locator(".open").click(modifiers=["ControlOrMeta"])
    expect(selected(gallery)).to_have_text("1 selected")
    gallery.get_by_role("radio", name="Videos").click()
    expect(gallery.locator(".card .badge").first).to_be_visible()
    expect(card(gallery, 1)).to_be_in_viewport()
    expect(gallery.locator(".bar")).to_be_hidden()
    total = count_of(gallery)
    assert 0 < total < ROWS
    expect(gallery.locator(".live").first).to_have_text(f"{total:,} items")
    gallery.get_by_role("radio", name="All").click()
    expect(card(gallery, 1)).to_be_in_viewport()
