"""A click on Generate shows a row before the server responds, but only if it starts a task."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import App
from tests.e2e.slow_line import Line
from tests.e2e.tabs import show

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-shared"), pytest.mark.timeout(240)]
PRESSED = ".k-pressed"
PROMPT, BUTTON = ".st-key-prompt textarea", ".st-key-generate button"
ROWS = "[class*=st-key-task_i_] summary"


@pytest.fixture(scope="module")
def app(shared_app: App) -> App:
    """The app that several files share."""
    return shared_app


@pytest.fixture(scope="module")
def line() -> Line:
    """The tab's WebSocket, which can be delayed."""
    return Line()


@pytest.fixture
def generate(tab: Page, line: Line) -> Page:
    """Generate, on that line."""
    if tab.url == "about:blank":
        tab.route_web_socket("**/_stcore/stream", line.relay)
    show(tab, "Generate")
    return tab


def test_a_click_without_a_prompt_shows_no_row(generate: Page, line: Line) -> None:
    expect(generate.locator(BUTTON)).to_be_enabled()
    line.is_slow = True
    generate.locator(BUTTON).click()
    generate.wait_for_timeout(300)
    expect(generate.locator(PRESSED)).to_be_hidden()
    line.let_go()
    expect(generate.locator(".k-field-note")).to_be_visible()


@pytest.mark.parametrize("way", ["click", "Control+Enter"])
def test_a_click_shows_a_row_before_the_server_responds(generate: Page, line: Line, way: str) -> None:
    prompt = f"a paper boat, sent by {way} [fault:slow=600]"
    generate.locator(PROMPT).fill(prompt)
    generate.wait_for_timeout(500)
    line.is_slow = True
    if way == "click":
        generate.locator(BUTTON).click()
    else:
        generate.locator(PROMPT).press(way)
    row = generate.locator(PRESSED)
    expect(row).to_be_visible()
    expect(row).to_contain_text(f"a paper boat, sent by {way}")
    expect(row).to_contain_text("Submitting…")
    line.let_go()
    expect(generate.locator(ROWS, has_text=f"a paper boat, sent by {way}")).to_be_visible()
    expect(row).to_be_hidden()


def test_a_double_click_leaves_only_the_row_of_the_task(generate: Page, line: Line) -> None:
    generate.locator(PROMPT).fill("a paper boat, pressed twice [fault:slow=600]")
    line.is_slow = True
    generate.locator(BUTTON).dblclick()
    expect(generate.locator(PRESSED)).to_be_visible()
    line.let_go()
    expect(generate.locator(ROWS, has_text="pressed twice")).to_have_count(1)
    expect(generate.locator(PRESSED)).to_be_hidden()
