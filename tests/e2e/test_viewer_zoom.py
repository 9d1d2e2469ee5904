"""Zoom in the viewer: by wheel, drag, double click, keys and buttons, and by touch on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import App
from tests.e2e.viewer import PROMPTS, card, closed, opened, rectangle, settled

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-viewer"), pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def app(viewer_app: App) -> App:
    """The app with four items; these tests must not change their number or order."""
    return viewer_app


def covers(stage: dict[str, float], hold: dict[str, float]) -> bool:
    """True when the image covers its whole window."""
    return (
        stage["left"] <= hold["left"] + 1
        and stage["right"] >= hold["right"] - 1
        and stage["top"] <= hold["top"] + 1
        and stage["bottom"] >= hold["bottom"] - 1
    )


def test_the_wheel_zooms_at_the_pointer_and_a_drag_stays_within_the_image(tab: Page) -> None:
    dialog = opened(tab)
    stage, hold = dialog.locator(".stage"), dialog.locator(".hold")
    settled(tab)
    fitting = rectangle(stage)
    tab.mouse.move(fitting["left"] + 400, fitting["top"] + 400)
    tab.mouse.wheel(0, -480)
    tab.mouse.wheel(0, -480)
    tab.mouse.wheel(0, -480)
    expect(dialog).to_have_class(re.compile("zoomed"))
    settled(tab)
    before, percent = rectangle(stage), dialog.locator(".percent").inner_text()
    point = {"left": fitting["left"] + 480.0, "top": fitting["top"] + 330.0}
    tab.mouse.move(point["left"], point["top"])
    tab.mouse.wheel(0, -60)
    expect(dialog.locator(".percent")).not_to_have_text(percent)
    expect(dialog.locator(".percent")).to_have_text(re.compile(r"\d+%"))
    settled(tab)
    grown = rectangle(stage)
    scale = (grown["right"] - grown["left"]) / (before["right"] - before["left"])
    assert scale > 1.1
    for side, at in point.items():
        assert (at - grown[side]) / scale == pytest.approx(at - before[side], abs=2)
    for across, down in ((2400, 2400), (-2400, -2400)):
        middle = rectangle(hold)
        x, y = (middle["left"] + middle["right"]) / 2, (middle["top"] + middle["bottom"]) / 2
        tab.mouse.move(x, y)
        tab.mouse.down()
        tab.mouse.move(x + across / 4, y + down / 4, steps=4)
        tab.mouse.move(x + across, y + down, steps=6)
        tab.mouse.up()
        settled(tab)
        assert covers(rectangle(stage), rectangle(hold))
    expect(dialog).to_be_visible()  # a drag is not a click outside the image
    tab.keyboard.press("0")
    expect(dialog).not_to_have_class(re.compile("zoomed"))
    settled(tab)
    assert rectangle(stage) == pytest.approx(fitting, abs=1)
    closed(tab)


def test_double_click_buttons_and_keys_zoom_and_the_readout_follows(tab: Page) -> None:
    dialog = opened(tab)
    settled(tab)
    readout = dialog.locator(".percent")
    expect(readout).to_have_text(re.compile(r"\d+%"))
    fitting = readout.text_content()
    dialog.locator(".stage").dblclick()
    expect(dialog).to_have_class(re.compile("zoomed"))
    expect(readout).not_to_have_text(str(fitting))
    dialog.locator(".stage").dblclick()
    expect(readout).to_have_text(str(fitting))
    tab.keyboard.press("1")
    expect(readout).to_have_text("100%")
    tab.keyboard.press("+")
    expect(readout).to_have_text("150%")
    tab.keyboard.press("-")
    expect(readout).to_have_text("100%")
    dialog.get_by_role("button", name="Fit to window").click()
    expect(readout).to_have_text(str(fitting))
    expect(dialog.get_by_role("button", name="Zoom out")).to_be_disabled()
    closed(tab)


@pytest.mark.exhaustive
def test_on_a_phone_the_panel_is_below_and_a_double_tap_zooms(browser: Browser, app: App) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, base_url=app.url
    )
    page = context.new_page()
    page.goto("/gallery")
    card(page, PROMPTS[1]).locator("button").first.tap()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("3 of 4")
    settled(page)
    stage = rectangle(dialog.locator(".stage"))
    assert rectangle(dialog.locator(".panel"))["top"] >= stage["bottom"]
    assert dialog.evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")
    x, y = (stage["left"] + stage["right"]) / 2, (stage["top"] + stage["bottom"]) / 2
    page.touchscreen.tap(x, y)
    page.touchscreen.tap(x, y)
    expect(dialog).to_have_class(re.compile("zoomed"))
    settled(page)
    page.touchscreen.tap(x, y)
    page.touchscreen.tap(x, y)
    expect(dialog).not_to_have_class(re.compile("zoomed"))
    settled(page)
    swipe(page, x, y, -220)
    expect(dialog).to_contain_text("4 of 4")
    settled(page)
    swipe(page, x, y, 220)
    expect(dialog).to_contain_text("3 of 4")
    context.close()


def swipe(page: Page, x: float, y: float, across: int) -> None:
    """One finger from the middle sideways, as the browser's own input."""
    session = page.context.new_cdp_session(page)
    points = [x - across / 2 + across * step / 10 for step in range(11)]
    for index, at in enumerate(points):
        kind = "touchMove" if index else "touchStart"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": at, "y": y, "id": 1}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    session.detach()
