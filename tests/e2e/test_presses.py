"""A click in the media grid or viewer counts once, even if the control is redrawn before the button is released."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e import api_tasks
from tests.e2e.conftest import App
from tests.e2e.grid import has_favorite, rest
from tests.e2e.tabs import show

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-shared"), pytest.mark.timeout(240)]
FIRST, SECOND = "A press of olive oil", "A press of red grapes"

# Changes the grid makes itself: a newly signed URL, a changed order, a result inserted before this one.
RENEWED = "node => node.card.fill({ ...node.card.item, thumb: `${node.card.item.thumb}#anew` }, true)"
MOVED = "node => node.parentNode.append(node)"
PUSHED = "node => { node.parentNode.style.marginTop = '600px' }"
IN_PLACE = "node => { node.parentNode.style.marginTop = '' }"
WAYS = pytest.mark.parametrize(
    "change",
    [
        pytest.param(RENEWED, id="drawn anew"),
        pytest.param(MOVED, marks=pytest.mark.exhaustive, id="moved"),
        pytest.param(PUSHED, marks=pytest.mark.exhaustive, id="pushed away"),
    ],
)


@pytest.fixture(scope="module")
def app(shared_app: App) -> App:
    """The app that several files share, with two images more."""
    api_tasks.make(shared_app, FIRST, SECOND)
    return shared_app


def card_of(page: Page, prompt: str, title: str = "Gallery") -> Locator:
    show(page, title)
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
    node.evaluate(IN_PLACE)


def open_viewers(page: Page) -> Locator:
    return page.locator("dialog.viewer[open]")


def close(page: Page) -> None:
    """Close the viewer; in the gallery this also steps back in the history."""
    page.keyboard.press("Escape")
    expect(open_viewers(page)).to_have_count(0)
    expect(page).not_to_have_url(re.compile("item="))


@WAYS
@pytest.mark.parametrize("title", ["Gallery", pytest.param("Generate", marks=pytest.mark.exhaustive)])
def test_a_pressed_card_opens(tab: Page, title: str, change: str) -> None:
    card = card_of(tab, FIRST, title)
    press(tab, card.locator("button.open"), card, change)
    expect(open_viewers(tab)).to_contain_text(FIRST)
    expect(open_viewers(tab)).to_have_count(1)
    close(tab)


@WAYS
def test_a_pressed_heart_turns_once(tab: Page, change: str) -> None:
    card = card_of(tab, FIRST)
    for is_favorite in (True, False):
        card.hover()
        press(tab, card.get_by_role("button", name="Favorite"), card, change)
        rest(tab, 400)  # a second click would have reverted it
        expect(card).to_have_class(has_favorite(is_favorite))
        expect(open_viewers(tab)).to_have_count(0)


@WAYS
def test_a_pressed_box_is_checked_once(tab: Page, change: str) -> None:
    card = card_of(tab, FIRST)
    card.hover()
    press(tab, card.get_by_role("checkbox"), card, change)
    rest(tab, 400)
    expect(card.get_by_role("checkbox")).to_have_attribute("aria-checked", "true")
    expect(tab.locator(".bar .count b")).to_have_text("1 selected")
    card.get_by_role("checkbox").click()  # and a normal click counts once
    expect(tab.locator(".bar")).to_be_hidden()


def test_a_press_released_elsewhere_does_not_count(tab: Page) -> None:
    card = card_of(tab, FIRST)
    card.hover()
    tab.mouse.down()
    card.evaluate(RENEWED)
    tab.mouse.move(3, 500)
    tab.mouse.up()
    rest(tab, 400)
    expect(open_viewers(tab)).to_have_count(0)


VIEWER_RENEWED = """node => {
    const { viewer } = node.card.grid
    viewer.panel.states = {}
    viewer.refresh()
}"""


def test_a_pressed_button_of_the_viewer_acts_once(tab: Page) -> None:
    card = card_of(tab, FIRST)
    card.locator("button.open").click()
    viewer = open_viewers(tab)
    expect(viewer).to_contain_text("took")
    heart = viewer.locator("[data-do=favorite]")
    expect(heart).to_have_attribute("aria-pressed", "false")
    for is_favorite in ("true", "false"):
        press(tab, heart, card, VIEWER_RENEWED)
        rest(tab, 400)
        expect(heart).to_have_attribute("aria-pressed", is_favorite)
    press(tab, viewer.locator("[data-do=reuse]"), card, VIEWER_RENEWED)
    expect(viewer.get_by_role("menu")).to_be_visible()
    tab.keyboard.press("Escape")
    close(tab)


def test_a_button_pressed_for_one_item_does_nothing_to_the_next(tab: Page) -> None:
    card = card_of(tab, SECOND)
    card.locator("button.open").click()
    viewer = open_viewers(tab)
    expect(viewer).to_contain_text("took")
    press(tab, viewer.locator("[data-do=delete]"), card, "node => node.card.grid.viewer.step(1)")
    expect(viewer.locator(".prompt")).to_contain_text(FIRST)
    rest(tab, 400)
    expect(tab.get_by_text("Deleted:")).to_have_count(0)
    close(tab)
