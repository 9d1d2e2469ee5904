"""Queue rows that are rebuilt while the user interacts with them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.composer import press_generate, write_prompt
from tests.e2e.conftest import App
from tests.e2e.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-shared"), pytest.mark.timeout(240)]

# What the page does when a task before this one is added or removed.
RENEW = "row => { const copy = row.cloneNode(true); row.replaceWith(copy); window.presses = 0; "
RENEW += "copy.querySelector('[class*=st-key-cancel_] button').addEventListener('click', () => window.presses++) }"


@pytest.fixture(scope="module")
def app(shared_app: App) -> App:
    """The app that several files share."""
    return shared_app


def test_a_click_counts_and_the_focus_stays_when_a_row_is_rebuilt(page: Page) -> None:
    page.goto("/")
    write_prompt(page, "a pressed row [fault:slow=1800]")
    press_generate(page)
    row = page.locator("[class*=st-key-task_i_]", has_text="a pressed row")
    cancel = row.get_by_role("button", name="Cancel")
    cancel.hover()
    page.mouse.down()
    row.evaluate(RENEW)
    page.mouse.up()
    assert page.evaluate("window.presses") == 1
    page.mouse.down()  # and a normal click counts once
    page.mouse.up()
    assert page.evaluate("window.presses") == 2
    page.mouse.move(0, 0)
    cancel.focus()
    row.evaluate(RENEW)
    expect(cancel).to_be_focused()


@pytest.mark.exhaustive
def test_seconds_are_counted_while_the_server_says_nothing(page: Page) -> None:
    received: list[str | bytes] = []

    def receive(message: str | bytes) -> None:
        received.append(message)

    page.on("websocket", lambda socket: socket.on("framereceived", receive))
    page.goto("/")
    write_prompt(page, "a patient row [fault:slow=1800]")
    press_generate(page)
    label = page.locator("[class*=st-key-task_i_]", has_text="a patient row").locator("summary")
    expect(label).to_contain_text("Generating")

    def is_counted_in_silence() -> bool:
        before, text = len(received), label.inner_text()
        page.wait_for_timeout(2500)
        return len(received) == before and label.inner_text() != text

    until(page, is_counted_in_silence, timeout_s=60)
