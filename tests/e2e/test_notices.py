"""What a running task tells and changes on the page: the tab's title, notifications, arriving results."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.composer import DONE_MS, press_generate, results_of, running, write_prompt
from tests.e2e.conftest import App
from tests.e2e.tabs import show
from tests.e2e.viewer import rectangle
from tests.e2e.waiting import still

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-plain"), pytest.mark.timeout(240)]

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


@pytest.fixture(scope="module")
def app(plain_app: App) -> App:
    """The app that several files share."""
    return plain_app


def test_the_tab_tells_what_runs_and_is_done_and_notifies_only_by_click_and_while_hidden(tab: Page) -> None:
    tab.add_init_script(NOTIFICATIONS)
    tab.goto("/")
    write_prompt(tab, "a slow barge [fault:slow=48]")
    press_generate(tab)
    expect(tab).to_have_title(re.compile(r"^\(1\) Kai\.ai"))
    bell = tab.locator("[role=switch].bell")
    expect(bell).to_have_accessible_name("Notify me when done")
    assert tab.evaluate("asked") == 0

    tab.evaluate("window.answer = 'denied'")
    bell.click()
    expect(tab.get_by_text("Notifications are blocked for this page.")).to_be_visible()
    expect(bell).to_have_attribute("aria-checked", "false")
    assert tab.evaluate("asked") == 1

    tab.evaluate("window.answer = 'granted'")
    bell.click()
    expect(bell).to_have_accessible_name("Notifying when done")
    expect(bell).to_have_attribute("aria-checked", "true")
    assert tab.evaluate("asked") == 2

    tab.evaluate(HIDE, True)
    expect(tab).to_have_title(re.compile(r"^✓ 1 done — Kai\.ai"), timeout=DONE_MS)
    assert tab.evaluate("shown") == [["Your image is ready.", "a slow barge [fault:slow=48]"]]
    tab.evaluate(HIDE, False)
    expect(tab).to_have_title(re.compile(r"^Kai\.ai"))
    write_prompt(tab, "a seen barge")
    press_generate(tab)
    expect(results_of(tab, "a seen barge").first).to_be_visible(timeout=DONE_MS)
    assert tab.evaluate("shown.length") == 1
    show(tab, "Settings")
    expect(tab).to_have_title(re.compile(r"^Kai\.ai"))


SHIFTS = """() => {
  window.shifted = 0
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value
  }).observe({ type: 'layout-shift' })
}"""


@pytest.mark.exhaustive
def test_a_result_arrives_without_changing_existing_content_or_the_scroll_position(tab: Page) -> None:
    show(tab, "Generate")
    write_prompt(tab, "the first boat")
    press_generate(tab)
    expect(results_of(tab, "the first boat").first).to_be_visible(timeout=DONE_MS)
    write_prompt(tab, "the second boat [fault:slow=40]")
    press_generate(tab)
    area = tab.locator(".st-key-prompt textarea")
    area.fill("")
    area.press_sequentially("what comes", delay=20)
    tab.evaluate(
        """() => {
          window.kept = document.querySelector('.st-key-stage_grid')
          window.composer = document.querySelector('.st-key-prompt textarea')
        }"""
    )
    tab.evaluate(SHIFTS)
    while running(tab).count():
        area.press_sequentially(" next", delay=30)
    expect(results_of(tab, "the second boat").first).to_be_visible(timeout=DONE_MS)
    area.press_sequentially(" end", delay=30)
    typed = area.input_value()
    assert re.fullmatch(r"what comes( next)* end", typed), typed
    assert tab.evaluate("kept.isConnected")
    assert tab.evaluate("composer === document.activeElement")
    assert tab.evaluate("shifted") <= 0.1
    expect(tab.locator(".st-key-stage .staged")).to_have_count(1)
    expect(tab.locator(".st-key-stage .staged img")).to_have_attribute("alt", re.compile("the second boat"))

    tab.set_viewport_size({"width": 1440, "height": 640})
    write_prompt(tab, "an old tower [fault:slow=60]")
    press_generate(tab)
    heading = tab.get_by_role("heading", name="Earlier")
    heading.scroll_into_view_if_needed()
    tab.mouse.move(900, 400)
    tab.mouse.wheel(0, 120)
    still(tab, heading)
    before = rectangle(heading)
    expect(running(tab)).not_to_have_count(0)  # it has not arrived yet
    expect(results_of(tab, "an old tower").first).to_be_attached(timeout=DONE_MS)
    still(tab, heading)
    assert rectangle(heading)["top"] == pytest.approx(before["top"], abs=4)
