"""A fragment's timer neither blanks a page nor repeats a click."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.e2e.composer import write_prompt
from tests.e2e.conftest import App
from tests.e2e.viewer import CLIP, opened
from tests.e2e.waiting import is_timer, until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-viewer"), pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def app(viewer_app: App) -> App:
    """The one with four items."""
    return viewer_app


def test_a_late_request_of_the_gallery_does_not_blank_generate(page: Page) -> None:
    held: list[bytes | str] = []
    servers: list[WebSocketRoute] = []

    def relay(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        servers.append(server)
        socket.on_message(lambda message: held.append(message) if is_timer(message) else server.send(message))

    page.route_web_socket("**/_stcore/stream", relay)
    dialog = opened(page, CLIP)
    until(page, lambda: len(held) > 0)
    of_the_gallery = held[0]
    dialog.get_by_role("button", name="Reuse").click()
    dialog.get_by_role("menuitem", name="Prompt only").click()
    prompt = page.locator(".st-key-prompt textarea")
    expect(prompt).to_have_value(CLIP)
    servers[-1].send(of_the_gallery)
    page.wait_for_timeout(1000)
    expect(prompt).to_have_value(CLIP)


# A busy browser: short timeouts fire seconds later, after some of the page's timers.
SLOW = """() => {
  const { setTimeout } = window
  window.setTimeout = (task, ms, ...rest) => setTimeout(task, ms > 0 ? ms : 4000, ...rest)
}"""


def test_one_click_on_a_busy_machine_counts_once(page: Page) -> None:
    page.goto("/")
    write_prompt(page, "Chalk on a black door")
    page.locator(".st-key-style_box button, [class*=st-key-prompt_row] [data-testid=stPopoverButton]").first.click()
    page.get_by_role("textbox", name="Name of the new style").fill("Black door")
    page.keyboard.press("Tab")
    page.wait_for_timeout(500)  # the name is sent before the click
    page.evaluate(SLOW)
    page.get_by_role("button", name="Save this as a style").click()
    expect(page.locator(".k-chip")).to_contain_text("Black door")
    expect(page.locator(".k-own-problem")).to_have_count(0)
    expect(page.locator(".st-key-prompt textarea")).to_have_value("")
