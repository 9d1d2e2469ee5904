"""A click in the media grid or viewer counts once, even if the control is redrawn before the button is released."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e import api_tasks
from tests.e2e.conftest import App
from tests.e2e.grid import has_favorite, rest

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-presses"), pytest.mark.timeout(240)]
SETTINGS = {"KAIMEDIA_SANDBOX_SPEED": "60"}
FIRST, SECOND = "A boat of folded paper", "A comet over the sea"

# Changes the grid makes itself: a newly signed URL, a changed order, a result inserted before this one.
RENEWED = "node => node.card.fill({ ...node.card.item, thumb: `${node.card.item.thumb}#anew` }, true)"
MOVED = "node => node.parentNode.append(node)"
PUSHED = "node => { node.parentNode.style.marginTop = '600px' }"
WAYS = pytest.mark.parametrize("change", [RENEWED, MOVED, PUSHED], ids=["drawn anew", "moved", "pushed away"])


@pytest.fixture(scope="module", autouse=True)
def _two_images(app: App) -> None:
    api_tasks.make(app, FIRST, SECOND)


def card_of(page: Page, prompt: str, path: str = "/gallery") -> Locator:
    page.goto(path)
    card = page.locator(".card", has=page.get_by_alt_text(re.compile(prompt)))
    expect(card.locator("img.in")).to_be_visible()
    return card


def press(page: Page, control: Locator, holder: Locator, change: str) -> None:
    """Press the mouse button, apply `change` to `holder`, and release it at the same place."""
    node = holder.element_handle()
    control.hover()
    page.mouse.down()
    node.evaluate(change)
    page.mouse.up()


def open_viewers(page: Page) -> Locator:
    return page.locator("dialog.viewer[open]")


@WAYS
@pytest.mark.parametrize("path", ["/gallery", "/"], ids=["in the gallery", "on the stage"])
def test_a_pressed_card_opens(page: Page, path: str, change: str) -> None:
    card = card_of(page, FIRST, path)
    press(page, card.locator("button.open"), card, change)
    expect(open_viewers(page)).to_contain_text(FIRST)
    expect(open_viewers(page)).to_have_count(1)


@WAYS
def test_a_pressed_heart_turns_once(page: Page, change: str) -> None:
    card = card_of(page, FIRST)
    for is_favorite in (True, False):
        card.hover()
        press(page, card.get_by_role("button", name="Favorite"), card, change)
        rest(page, 400)  # a second click would have reverted it
        expect(card).to_have_class(has_favorite(is_favorite))
        expect(open_viewers(page)).to_have_count(0)


@WAYS
def test_a_pressed_box_is_checked_once(page: Page, change: str) -> None:
    card = card_of(page, FIRST)
    card.hover()
    press(page, card.get_by_role("checkbox"), card, change)
    rest(page, 400)
    expect(card.get_by_role("checkbox")).to_have_attribute("aria-checked", "true")
    expect(page.locator(".bar .count b")).to_have_text("1 selected")
    card.get_by_role("checkbox").click()  # and a normal click counts once
    expect(page.locator(".bar")).to_be_hidden()


def test_a_press_released_elsewhere_does_not_count(page: Page) -> None:
    card = card_of(page, FIRST)
    card.hover()
    page.mouse.down()
    card.evaluate(RENEWED)
    page.mouse.move(3, 500)
    page.mouse.up()
    rest(page, 400)
    expect(open_viewers(page)).to_have_count(0)


VIEWER_RENEWED = """node => {
    const { viewer } = node.card.grid
    viewer.panel.states = {}
    viewer.refresh()
}"""


def test_a_pressed_button_of_the_viewer_acts_once(page: Page) -> None:
    card = card_of(page, FIRST)
    card.locator("button.open").click()
    viewer = open_viewers(page)
    expect(viewer).to_contain_text("took")
    heart = viewer.locator("[data-do=favorite]")
    expect(heart).to_have_attribute("aria-pressed", "false")
    for is_favorite in ("true", "false"):
        press(page, heart, card, VIEWER_RENEWED)
        rest(page, 400)
        expect(heart).to_have_attribute("aria-pressed", is_favorite)
    press(page, viewer.locator("[data-do=reuse]"), card, VIEWER_RENEWED)
    expect(viewer.get_by_role("menu")).to_be_visible()


def test_a_button_pressed_for_one_item_does_nothing_to_the_next(page: Page) -> None:
    card = card_of(page, SECOND)
    card.locator("button.open").click()
    viewer = open_viewers(page)
    expect(viewer).to_contain_text("took")
    press(page, viewer.locator("[data-do=delete]"), card, "node => node.card.grid.viewer.step(1)")
    expect(viewer.locator(".prompt")).to_contain_text(FIRST)
    rest(page, 400)
    expect(page.get_by_text("Deleted:")).to_have_count(0)
