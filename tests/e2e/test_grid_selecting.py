"""Selecting in the media grid: by mouse, keyboard and touch, and many at once."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import App
from tests.e2e.grid import (
    ROWS,
    card,
    selected,
    settle,
)
from tests.e2e.viewer import closed
from tests.e2e.waiting import no_sideways, until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-grid"), pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def app(seeded_app: Callable[[str, int], App]) -> App:
    """The grid's app; these tests must not change its content."""
    return seeded_app("grid", ROWS)


@pytest.fixture
def gallery(gallery_tab: Page) -> Page:
    """The whole gallery in the file's tab, from its top, with nothing selected."""
    return gallery_tab


def focused_place(page: Page) -> int:
    return int(page.locator(".card:has(.open:focus)").get_attribute("aria-posinset") or 0)


def test_every_way_to_select(gallery: Page) -> None:
    card(gallery, 2).hover()
    card(gallery, 2).get_by_role("checkbox").click()
    expect(selected(gallery)).to_have_text("1 selected")
    expect(card(gallery, 5).get_by_role("checkbox")).to_be_visible()  # in select mode on every card
    card(gallery, 5).locator(".open").click(modifiers=["Shift"])
    expect(selected(gallery)).to_have_text("4 selected")
    card(gallery, 3).locator(".open").click(modifiers=["Shift"])  # a second range replaces the first
    expect(selected(gallery)).to_have_text("2 selected")
    card(gallery, 2).locator(".open").click()
    expect(selected(gallery)).to_have_text("1 selected")
    gallery.keyboard.press("Control+a")
    expect(selected(gallery)).to_have_text("10,000 selected")
    expect(gallery.locator(".live")).to_have_text("10,000 selected")
    gallery.keyboard.press("Escape")
    expect(gallery.locator(".bar")).to_be_hidden()
    card(gallery, 4).locator(".open").click(modifiers=["ControlOrMeta"])
    expect(selected(gallery)).to_have_text("1 selected")
    expect(gallery.locator("dialog[open]")).to_have_count(0)
    gallery.get_by_role("button", name="Select all 10,000").click()
    expect(selected(gallery)).to_have_text("10,000 selected")
    gallery.get_by_role("button", name="Clear selection").click()
    expect(gallery.locator(".bar")).to_be_hidden()
    expect(card(gallery, 4).locator(".open")).to_be_focused()


def is_above_the_tabs(bar: Locator) -> bool:
    """Whether all of it is in the phone's window, above the tabs."""
    box = bar.bounding_box()
    assert box
    return box["x"] >= 0 and box["x"] + box["width"] <= 390 and box["y"] + box["height"] <= 844 - 83


@pytest.mark.exhaustive
def test_a_long_press_selects_and_a_tap_opens(browser: Browser, app: App) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, base_url=app.url
    )
    page = context.new_page()
    page.goto("/gallery")
    expect(page.locator(".card img.in").first).to_be_visible()
    settle(page)
    box = card(page, 2).bounding_box()
    assert box
    finger = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    touch = context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [finger]})
    expect(selected(page)).to_have_text("1 selected")
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    card(page, 3).tap()
    expect(selected(page)).to_have_text("2 selected")
    expect(page.locator("dialog[open]")).to_have_count(0)
    until(page, lambda: is_above_the_tabs(page.locator(".bar")))
    no_sideways(page)
    page.get_by_role("button", name="Clear selection").tap()
    expect(page.locator(".bar")).to_be_hidden()
    card(page, 3).tap()
    expect(page.locator("dialog[open]")).to_be_visible()
    context.close()


def test_the_whole_workflow_by_keyboard(gallery: Page) -> None:
    card(gallery, 1).locator(".open").focus()
    gallery.keyboard.press("ArrowRight")
    expect(card(gallery, 2).locator(".open")).to_be_focused()
    gallery.keyboard.press("ArrowDown")
    until(gallery, lambda: focused_place(gallery) > 4)
    gallery.keyboard.press("ArrowUp")
    expect(card(gallery, 2).locator(".open")).to_be_focused()
    for _ in range(12):
        gallery.keyboard.press("PageDown")
    until(gallery, lambda: focused_place(gallery) > 100)
    gallery.keyboard.press("End")
    expect(card(gallery, ROWS).locator(".open")).to_be_focused()
    settle(gallery)
    gallery.keyboard.press("Home")
    expect(card(gallery, 1).locator(".open")).to_be_focused()
    gallery.keyboard.press("x")
    gallery.keyboard.press("Shift+ArrowRight")
    expect(selected(gallery)).to_have_text("2 selected")
    gallery.keyboard.press("Escape")
    gallery.keyboard.press("Enter")
    expect(gallery.locator("dialog[open]")).to_be_visible()
    closed(gallery)
    expect(gallery.locator(".card .open:focus")).to_have_count(1)
    # One stop for Tab in the whole grid.
    expect(gallery.locator(".card .open[tabindex='0']")).to_have_count(1)


def test_too_many_items_at_once_are_refused_with_a_message(gallery: Page) -> None:
    card(gallery, 1).locator(".open").focus()
    gallery.keyboard.press("x")
    gallery.locator(".grid").evaluate(
        """grid => {
          const { selection } = grid.querySelector('.card').card.grid
          const get = () => Array.from({ length: 200001 }, (_, at) => at + 1)
          Object.defineProperty(selection, 'ids', { configurable: true, get })
        }"""
    )
    gallery.locator(".bar").get_by_role("button", name="Delete").click()
    expect(selected(gallery)).to_have_text("Too many: at most 200,000 at a time")
    expect(gallery.locator(".live").first).to_have_text("Too many: at most 200,000 at a time.")
    expect(card(gallery, 1)).to_have_attribute("aria-setsize", re.compile(r"\d{4,}"))
    gallery.locator(".grid").evaluate("grid => { delete grid.querySelector('.card').card.grid.selection.ids }")


def test_many_come_as_one_zip(gallery: Page, tmp_path: Path) -> None:
    card(gallery, 1).hover()
    card(gallery, 1).get_by_role("checkbox").click()
    card(gallery, 3).locator(".open").click(modifiers=["Shift"])
    with gallery.expect_download() as waiting:
        gallery.locator(".bar").get_by_role("button", name="Download").click()
    assert re.fullmatch(r"kai-media-[\w-]+\.zip", waiting.value.suggested_filename)
    target = tmp_path / "got.zip"
    waiting.value.save_as(target)
    with zipfile.ZipFile(target) as archive:
        names = archive.namelist()
        assert "prompts.json" in names
        assert len(names) >= 2
        assert archive.testzip() is None
