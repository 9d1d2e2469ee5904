"""A fragment's timer neither blanks a page nor repeats a click."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.e2e.composer import write_prompt
from tests.e2e.conftest import App
from tests.e2e.tabs import show
from tests.e2e.viewer import VIDEO, opened
from tests.e2e.waiting import is_timer, until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-viewer"), pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def app(viewer_app: App) -> App:
    """The one with four items."""
    return viewer_app


class Timers:
    """Holds back the timers' requests while `is_holding`."""

    def __init__(self) -> None:
        self.is_holding = False
        self.held: list[bytes | str] = []
        self._server: WebSocketRoute | None = None

    def relay(self, socket: WebSocketRoute) -> None:
        """Intercept the WebSocket between page and server."""
        server = self._server = socket.connect_to_server()

        def forward(message: bytes | str) -> None:
            if self.is_holding and is_timer(message):
                self.held.append(message)
            else:
                server.send(message)

        socket.on_message(forward)

    def send(self, message: bytes | str) -> None:
        """Send one to the server, late."""
        assert self._server is not None
        self._server.send(message)


@pytest.mark.exhaustive
def test_a_late_request_of_the_gallery_does_not_blank_generate(tab: Page) -> None:
    timers = Timers()
    timers.is_holding = True
    tab.route_web_socket("**/_stcore/stream", timers.relay)
    dialog = opened(tab, VIDEO)
    until(tab, lambda: len(timers.held) > 0)
    of_the_gallery = timers.held[0]
    dialog.get_by_role("button", name="Reuse").click()
    dialog.get_by_role("menuitem", name="Prompt only").click()
    prompt = tab.locator(".st-key-prompt textarea")
    expect(prompt).to_have_value(VIDEO)
    timers.send(of_the_gallery)
    tab.wait_for_timeout(1000)
    expect(prompt).to_have_value(VIDEO)
    timers.is_holding = False


# A busy browser: short timeouts fire seconds later, after some of the page's timers.
SLOW = """() => {
  const { setTimeout } = window
  window.setTimeout = (task, ms, ...rest) => setTimeout(task, ms > 0 ? ms : 4000, ...rest)
}"""


def test_one_click_on_a_busy_machine_counts_once(tab: Page) -> None:
    show(tab, "Generate")
    write_prompt(tab, "Chalk on a black door")
    tab.locator(".st-key-style_box button, [class*=st-key-prompt_row] [data-testid=stPopoverButton]").first.click()
    tab.get_by_role("textbox", name="Name of the new style").fill("Black door")
    tab.keyboard.press("Tab")
    tab.wait_for_timeout(500)  # the name is sent before the click
    tab.evaluate(SLOW)
    tab.get_by_role("button", name="Save this as a style").click()
    expect(tab.locator(".k-chip")).to_contain_text("Black door")
    expect(tab.locator(".k-own-problem")).to_have_count(0)
    expect(tab.locator(".st-key-prompt textarea")).to_have_value("")
