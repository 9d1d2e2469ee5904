"""A press on Generate is answered by the browser before the server has answered, and only where it starts something."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.e2e.conftest import App

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-stillness"), pytest.mark.timeout(240)]
PRESSED = ".k-pressed"
ROWS = "[class*=st-key-task_i_] summary"


@pytest.fixture
def line(page: Page, app: App) -> Line:
    """The page's own connection, which can be made to wait."""
    line = Line()
    page.route_web_socket("**/_stcore/stream", line.relay)
    page.goto(app.url)
    expect(page.locator(".st-key-prompt textarea")).to_be_visible()
    expect(page.locator(".st-key-generate button")).to_be_enabled()
    return line


class Line:
    """What the server says, held back while `is_slow`."""

    def __init__(self) -> None:
        self.is_slow = False
        self._held: list[str | bytes] = []
        self._page: WebSocketRoute | None = None

    def relay(self, socket: WebSocketRoute) -> None:
        """Stand between the page and the server."""
        self._page = socket
        server = socket.connect_to_server()
        socket.on_message(server.send)
        server.on_message(lambda message: self._held.append(message) if self.is_slow else socket.send(message))

    def let_go(self) -> None:
        """Deliver what was held."""
        assert self._page is not None
        self.is_slow = False
        for message in self._held:
            self._page.send(message)


@pytest.mark.parametrize("way", ["click", "Control+Enter"])
def test_a_press_is_answered_before_the_server_has_and_gives_way_to_the_task(page: Page, line: Line, way: str) -> None:
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


def test_a_press_without_a_prompt_shows_no_row(page: Page, line: Line) -> None:
    line.is_slow = True
    page.locator(".st-key-generate button").click()
    page.wait_for_timeout(300)
    expect(page.locator(PRESSED)).to_be_hidden()
    line.let_go()
    expect(page.locator(".k-field-note")).to_be_visible()


def test_the_row_goes_when_the_page_says_that_nothing_was_started(page: Page, line: Line) -> None:
    page.locator(".st-key-prompt textarea").fill("a paper boat, pressed twice")
    page.locator(".st-key-generate button").click()
    expect(page.locator(ROWS, has_text="pressed twice")).to_be_visible()
    page.locator(".st-key-generate button").click()
    expect(page.get_by_text("Already started.")).to_be_visible()
    expect(page.locator(PRESSED)).to_be_hidden()
