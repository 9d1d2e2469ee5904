"""The tab's title, and notifications while the tab is hidden."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.composer import DONE_MS, press_generate, results_of, write_prompt
from tests.e2e.conftest import App
from tools.page_wait import wait_until_true

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-notices"), pytest.mark.timeout(240)]

HIDE = """hidden => {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden })
  document.dispatchEvent(new Event('visibilitychange'))
}"""
NOTIFICATIONS = """
window.asked = 0; window.shown = []
window.Notification = class {
  static permission = 'default'
  static async requestPermission() { window.asked += 1; return (this.permission = window.answer ?? 'granted') }
  constructor(title, options) { window.shown.push([title, options.body]) }
  close() {}
}
"""


def test_the_tab_counts_running_and_finished_tasks_until_visited(page: Page) -> None:
    page.goto("/")
    write_prompt(page, "a slow tram [fault:slow=40]")
    press_generate(page)
    expect(page).to_have_title(re.compile(r"^\(1\) Kai\.ai"))
    page.evaluate(HIDE, True)
    expect(page).to_have_title(re.compile(r"^✓ 1 done — Kai\.ai"), timeout=DONE_MS)
    page.evaluate(HIDE, False)
    expect(page).to_have_title(re.compile(r"^Kai\.ai"))
    page.get_by_role("link", name="Settings").first.click()
    expect(page).to_have_title(re.compile(r"^Kai\.ai"))


@pytest.fixture
def asked(browser: Browser, app: App) -> Iterator[Page]:
    """A tab that records its notifications."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=app.url)
    context.add_init_script(NOTIFICATIONS)
    yield context.new_page()
    context.close()


def test_notifications_are_enabled_by_click_and_sent_only_while_hidden(asked: Page) -> None:
    page = asked
    page.goto("/")
    write_prompt(page, "a slow barge [fault:slow=40]")
    press_generate(page)
    bell = page.get_by_role("switch", name="Notify me when done")
    expect(bell).to_be_visible()
    assert page.evaluate("asked") == 0
    bell.click()
    expect(page.get_by_role("switch", name="Notifying when done")).to_have_attribute("aria-checked", "true")
    assert page.evaluate("asked") == 1
    page.evaluate(HIDE, True)
    wait_until_true(page, "shown.length === 1", timeout_s=DONE_MS / 1000)
    assert page.evaluate("shown") == [["Your image is ready.", "a slow barge [fault:slow=40]"]]
    page.evaluate(HIDE, False)
    write_prompt(page, "a seen barge")
    press_generate(page)
    expect(results_of(page, "a seen barge").first).to_be_visible(timeout=DONE_MS)
    assert page.evaluate("shown.length") == 1


def test_blocked_notifications_are_explained_at_the_switch(asked: Page) -> None:
    page = asked
    page.goto("/")
    page.evaluate("window.answer = 'denied'")
    write_prompt(page, "a slow canal [fault:slow=40]")
    press_generate(page)
    page.get_by_role("switch", name="Notify me when done").click()
    expect(page.get_by_text("Notifications are blocked for this page.")).to_be_visible()
    expect(page.locator("[role=switch].bell")).to_have_attribute("aria-checked", "false")
