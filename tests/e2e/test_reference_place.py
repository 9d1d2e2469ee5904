"""Choosing a reference image moves neither the prompt nor Generate, whichever model is chosen, on any device."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from bench.watched_tab import watched_tab
from tests.e2e import api_tasks
from tests.e2e.composer import choose_mode, choose_model, pick_model
from tests.e2e.conftest import App
from tests.e2e.slow_line import Line

YOURS = re.compile("Your (reference image|first frame)")
pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-shared"), pytest.mark.timeout(240)]
PROMPT, GENERATE, PLACE = (
    ".st-key-prompt textarea",
    ".st-key-generate button",
    ".st-key-reference_place",
)
MOST_MOVED_PX = 1.0
IS_STILL_MS = 400
QUIET_CHECKS = 5


@dataclass
class Place:
    """Generate, and its connection to the server."""

    page: Page
    line: Line


@pytest.fixture(scope="module")
def app(shared_app: App) -> App:
    """The app that several files share, with two images to choose from."""
    api_tasks.make(shared_app, "a paper boat on a still lake", "a lantern in snow")
    return shared_app


@pytest.fixture(scope="module", params=["desktop", pytest.param("phone", marks=pytest.mark.exhaustive)])
def place(request: pytest.FixtureRequest, browser: Browser, app: App) -> Iterator[Place]:
    """Generate on each device, for all tests; the phone is slow to draw."""
    line = Line()
    with watched_tab(browser, request.param) as tab:
        tab.page.route_web_socket("**/_stcore/stream", line.relay)
        tab.open(app.url)
        yield Place(tab.page, line)


def test_opening_the_reference_chooser_moves_nothing(place: Place) -> None:
    _assert_still(place.page)


def test_the_reference_chooser_closes_like_a_menu(place: Place) -> None:
    page = place.page
    _line(page).click()
    page.get_by_role("tab", name="Link").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("tab", name="Link")).to_have_count(0)
    expect(_line(page)).to_be_focused()
    _line(page).click()
    expect(page.get_by_role("tab", name="Link")).to_be_visible()
    page.locator(PROMPT).click()
    expect(page.get_by_role("tab", name="Link")).to_have_count(0)
    expect(page.locator(PROMPT)).to_be_focused()


@pytest.mark.exhaustive
def test_an_error_disappears_with_its_list(place: Place) -> None:
    page = place.page
    _line(page).click()
    page.get_by_role("tab", name="Link").click()
    page.get_by_label("Image link").fill("not a link")
    page.get_by_role("button", name="Fetch").click()
    note = page.locator(f"{PLACE} .k-field-note")
    expect(note).to_contain_text("Links must start with https://.")
    page.locator(PROMPT).click()
    expect(note).to_have_count(0)
    _line(page).click()
    expect(page.get_by_label("Image link")).to_have_value("not a link")
    expect(note).to_have_count(0)
    page.keyboard.press("Escape")


@pytest.mark.exhaustive
def test_a_click_while_another_model_is_drawn_opens_the_chooser(place: Place) -> None:
    page = place.page
    choose_mode(page, "Videos")
    expect(_line(page)).to_be_visible()
    page.wait_for_timeout(IS_STILL_MS)
    place.line.is_slow = True
    pick_model(page, "Kling 2.5 Turbo")
    _line(page).click()
    place.line.let_go()
    expect(page.get_by_role("tab", name="Upload")).to_be_visible()
    page.wait_for_timeout(IS_STILL_MS)
    expect(page.get_by_role("tab", name="Upload")).to_be_visible()
    page.keyboard.press("Escape")


@pytest.mark.exhaustive
def test_nothing_moves_for_a_video_model_that_animates_an_image(place: Place) -> None:
    choose_mode(place.page, "Videos")
    choose_model(place.page, "Kling 2.5 Turbo")
    _settle(place.page)
    _assert_still(place.page)


def _settle(page: Page) -> None:
    """Wait until no run follows for a while: on a busy machine, the one for a picked model can begin late."""
    quiet = 0
    while quiet < QUIET_CHECKS:
        page.wait_for_timeout(IS_STILL_MS)
        is_running = page.locator("[data-testid=stApp][data-test-script-state=notRunning]").count() == 0
        quiet = 0 if is_running else quiet + 1


def _assert_still(page: Page) -> None:
    page.wait_for_timeout(IS_STILL_MS)
    before = _places(page)
    assert before[PROMPT][1] < before[PLACE][1], "the reference stands below the prompt"
    expect(page.get_by_role("tab", name="Link")).to_have_count(0)  # closed until opened
    _line(page).click()
    for way in ("Link", "Upload", "Gallery"):
        page.get_by_role("tab", name=way).click()
        page.wait_for_timeout(IS_STILL_MS)
        _assert_same(before, _places(page), way)
    page.get_by_role("button", name="Use a lantern in snow").click()
    expect(page.get_by_role("img", name=YOURS)).to_be_visible()
    expect(page.get_by_role("tab", name="Link")).to_have_count(0)
    page.wait_for_timeout(IS_STILL_MS)
    _assert_same(before, _places(page), "chosen")
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("img", name=YOURS)).to_have_count(0)
    expect(_line(page)).to_be_visible()
    page.wait_for_timeout(IS_STILL_MS)
    _assert_same(before, _places(page), "removed")


def _line(page: Page) -> Locator:
    return page.locator(f"{PLACE} summary")


def _places(page: Page) -> dict[str, tuple[float, float, float, float]]:
    """The positions of the prompt, the button and the reference's row in the document."""
    found = {}
    scrolled = float(page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop"))
    for name in (PROMPT, GENERATE, PLACE):
        box = page.locator(name).bounding_box()
        assert box is not None, name
        is_fixed = name == GENERATE and (page.viewport_size or {"width": 0})["width"] < 768
        found[name] = (box["x"], box["y"] + (0 if is_fixed else scrolled), box["width"], box["height"])
    return found


def _assert_same(
    before: dict[str, tuple[float, float, float, float]], now: dict[str, tuple[float, float, float, float]], when: str
) -> None:
    for name, place in before.items():
        moved = max(abs(was - is_now) for was, is_now in zip(place, now[name], strict=True))
        assert moved <= MOST_MOVED_PX, (when, name, place, now[name])
