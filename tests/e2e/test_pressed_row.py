"""A click on Generate shows a row before the server responds, but only if it starts a task."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import App
from tests.e2e.slow_line import Line

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-stillness"), pytest.mark.timeout(240)]
PRESSED = ".k-pressed"
ROWS = "[class*=st-key-task_i_] summary"


@pytest.fixture
def line(page: Page, app: App) -> Line:
    """The page's WebSocket, which can be delayed."""
    line = Line()
    page.route_web_socket("**/_stcore/stream", line.relay)
    page.goto(app.url)
    expect(page.locator(".st-key-prompt textarea")).to_be_visible()
    expect(page.locator(".st-key-generate button")).to_be_enabled()
    return line


@pytest.mark.parametrize("way", ["click", "Control+Enter"])
def test_a_click_shows_a_row_before_the_server_responds(page: Page, line: Line, way: str) -> None:
    page.locator(".st-key-prompt textarea").fill(f"a paper boat, sent by {way}")
    page.wait_for_timeout(500)
    line.is_slow = True
    if way == "click":
        page.locator(".st-key-generate button").click()
    else:
        page.locator(".st-key-prompt textarea").press(way)
    row = page.locator(PRESSED)
    expect(row).to_be_visible()
    expect(row).to_contain_text(f"a paper boat, sent by {way}")
    expect(row).to_contain_text("Submitting…")
    line.let_go()
    expect(page.locator(ROWS, has_text=f"a paper boat, sent by {way}")).to_be_visible()
    expect(row).to_be_hidden()


def test_a_click_without_a_prompt_shows_no_row(page: Page, line: Line) -> None:
    line.is_slow = True
    page.locator(".st-key-generate button").click()
    page.wait_for_timeout(300)
    expect(page.locator(PRESSED)).to_be_hidden()
    line.let_go()
    expect(page.locator(".k-field-note")).to_be_visible()


def test_a_double_click_leaves_only_the_row_of_the_task(page: Page, line: Line) -> None:
    page.locator(".st-key-prompt textarea").fill("a paper boat, pressed twice")
    line.is_slow = True
    page.locator(".st-key-generate button").dblclick()
    expect(page.locator(PRESSED)).to_be_visible()
    line.let_go()
    expect(page.locator(ROWS, has_text="pressed twice")).to_have_count(1)
    expect(page.locator(PRESSED)).to_be_hidden()
