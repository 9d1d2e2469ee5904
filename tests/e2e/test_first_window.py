"""The gallery's first items: drawn before Streamlit's scripts have run, then the grid's cards in the same places."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from bench.own_files import name_files
from kaimedia.ui.components import component_files, media_grid
from tests.e2e.conftest import App, start_app, stop_app
from tests.e2e.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-first-window"), pytest.mark.timeout(240)]
ROWS = 400
MADE = 'id="kai-first-window"'  # not before the pages are imported
SCRIPTS = "**/static/js/index.*.js"
GRID = f"**/{component_files.PREFIX}/{media_grid.FILE}"
BOXES = """nodes => nodes.map(node => node.getBoundingClientRect()).filter(box => box.top < innerHeight)
  .map(({ left, top, width, height }) => [left, top, width, height].map(Math.round)).sort()"""
LOADED = "images => images.length > 3 && images.every(image => image.complete && image.naturalWidth)"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, seeded_folder: Callable[[int], Path]) -> Iterator[App]:
    """A gallery without missing files."""
    folder = shutil.copytree(seeded_folder(ROWS), tmp_path_factory.mktemp("first-window"), dirs_exist_ok=True)
    name_files(folder / "kaimedia.db", folder / "media")
    running = start_app(folder)
    yield running
    stop_app(running)


@pytest.mark.parametrize(
    ("width", "height"),
    [
        (1440, 900),
        pytest.param(1100, 800, marks=pytest.mark.exhaustive),
        pytest.param(390, 844, marks=pytest.mark.exhaustive),
    ],
)
def test_they_are_there_first_and_stay_in_place(app: App, browser: Browser, width: int, height: int) -> None:
    context = browser.new_context(base_url=app.url, viewport={"width": width, "height": height})
    page = context.new_page()
    asked: list[str] = []
    held: list[Route] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.route(SCRIPTS, lambda route: held.append(route))
    until(page, lambda: MADE in context.request.get("/gallery", headers={"Accept": "text/html"}).text())
    page.goto("/gallery", wait_until="commit")
    drawn = page.locator(".kai-first-items")
    until(page, lambda: drawn.locator("img").evaluate_all(LOADED))
    expect(page.locator(".stApp")).to_have_count(0)
    before = drawn.locator("span").evaluate_all(BOXES)
    page.unroute(SCRIPTS)  # lets those go on that wait
    expect(drawn).to_have_count(0)
    assert page.locator(".card").evaluate_all(BOXES) == before
    assert page.locator(".card img.in").count() > 3
    assert not [url for url in asked if "/app/gallery/page" in url]
    expect(page.locator(".card").first).to_have_attribute("aria-setsize", str(ROWS))
    assert errors == []
    context.close()


@contextmanager
def pointing_at_the_gallery(app: App, browser: Browser) -> Iterator[tuple[Page, Locator, list[str]]]:
    """Settings, whose link to the gallery was pointed at and has loaded the first items; the URLs it has requested."""
    context = browser.new_context(base_url=app.url)
    page = context.new_page()
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    until(page, lambda: MADE in context.request.get("/gallery", headers={"Accept": "text/html"}).text())
    page.goto("/settings")
    expect(page.get_by_role("button", name="Save changes")).to_be_visible()
    link = page.get_by_role("link", name="Gallery").first
    link.hover()
    expect(page.locator("#kai-first-window")).to_be_attached()
    yield page, link, asked
    assert errors == []
    context.close()


def test_another_page_asks_for_them_when_the_link_is_pointed_at(app: App, browser: Browser) -> None:
    with pointing_at_the_gallery(app, browser) as (page, link, asked):
        until(page, lambda: len([url for url in asked if "/static/media/" in url]) > 3)
        link.hover(position={"x": 3, "y": 3})
        link.click()
        expect(page.locator(".card").first).to_have_attribute("aria-setsize", str(ROWS))
        until(page, lambda: page.locator(".card img.in").count() > 3)
        assert len([url for url in asked if url == f"{app.url}/gallery"]) == 1
        assert not [url for url in asked if "/app/gallery/page" in url]


def test_items_asked_for_long_ago_are_not_shown(app: App, browser: Browser) -> None:
    with pointing_at_the_gallery(app, browser) as (page, link, asked):
        newest = page.request.get("/api/media", params={"limit": 1}).json()["items"][0]["id"]
        assert page.request.delete(f"/api/media/{newest}").ok
        link.click()
        expect(page.locator(".card").first).to_have_attribute("aria-setsize", str(ROWS - 1))
        # By the grid, or after 3 seconds by the press itself.
        again = [url for url in asked if "/app/gallery/page" in url or url == f"{app.url}/gallery"]
        assert len(again) > 1, "asked again"
        expect(page.locator(f".card[data-id='{newest}']")).to_have_count(0)
        assert page.request.post(f"/api/media/{newest}/restore").ok


def test_a_press_on_the_link_shows_them_until_the_grid_is_there(app: App, browser: Browser) -> None:
    context = browser.new_context(base_url=app.url, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    held: list[Route] = []
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.route(GRID, lambda route: held.append(route))
    until(page, lambda: MADE in context.request.get("/gallery", headers={"Accept": "text/html"}).text())
    drawn = page.locator(".kai-over-page")
    for leave in (lambda: page.get_by_role("link", name="Settings").first.click(), page.go_back):
        page.goto("/settings")
        expect(page.get_by_role("button", name="Save changes")).to_be_visible()
        page.get_by_role("link", name="Gallery").first.press("Enter")
        until(page, lambda: drawn.locator("img").evaluate_all(LOADED))
        page.wait_for_url("**/gallery")
        leave()
        expect(drawn).to_have_count(0, timeout=2_000)  # by itself it goes after 4 s
        expect(page.get_by_role("button", name="Save changes")).to_be_visible()
    page.goto("/settings")
    expect(page.get_by_role("button", name="Save changes")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("link", name="Gallery").first.click(delay=80)
    until(page, lambda: drawn.locator("img").evaluate_all(LOADED))
    assert [url for url in asked if url == f"{app.url}/gallery"] == [f"{app.url}/gallery"], (
        "once, not again for the click"
    )
    before = drawn.locator("span").evaluate_all(BOXES)
    page.unroute(GRID)  # lets those go on that wait
    expect(drawn).to_have_count(0)
    assert page.locator(".card").evaluate_all(BOXES) == before
    expect(page.locator(".card").first).to_have_attribute("aria-setsize", str(ROWS))
    assert errors == []
    context.close()


def test_icons_need_only_our_font(app: App, browser: Browser) -> None:
    context = browser.new_context(base_url=app.url)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/gallery")
    icon = page.locator(".st-key-gallery_filters [data-testid=stIconMaterial]").first
    expect(icon).to_be_visible()
    # A name in place of its icon would be several letters wide.
    box = icon.bounding_box()
    assert box and box["width"] < 2 * box["height"]
    assert [url for url in asked if "material-symbols-rounded.woff2?" in url]
    assert not [url for url in asked if "MaterialSymbols" in url]
    context.close()
