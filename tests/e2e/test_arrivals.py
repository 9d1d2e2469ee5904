"""Arriving results on Generate change neither existing content nor the scroll position."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.composer import DONE_MS, press_generate, results_of, running, write_prompt
from tests.e2e.viewer import rectangle
from tests.e2e.waiting import still

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-notices"), pytest.mark.timeout(240)]

SHIFTS = """() => {
  window.shifted = 0
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value
  }).observe({ type: 'layout-shift' })
}"""


def test_a_result_arrives_without_changing_existing_content(page: Page) -> None:
    page.goto("/")
    write_prompt(page, "the first boat")
    press_generate(page)
    expect(results_of(page, "the first boat").first).to_be_visible(timeout=DONE_MS)
    write_prompt(page, "the second boat [fault:slow=40]")
    press_generate(page)
    area = page.locator(".st-key-prompt textarea")
    area.fill("")
    area.press_sequentially("what comes", delay=20)
    page.evaluate(
        """() => {
          window.kept = document.querySelector('.st-key-stage_grid')
          window.composer = document.querySelector('.st-key-prompt textarea')
        }"""
    )
    page.evaluate(SHIFTS)
    while running(page).count():
        area.press_sequentially(" next", delay=30)
    expect(results_of(page, "the second boat").first).to_be_visible(timeout=DONE_MS)
    area.press_sequentially(" end", delay=30)
    typed = area.input_value()
    assert re.fullmatch(r"what comes( next)* end", typed), typed
    assert page.evaluate("kept.isConnected")
    assert page.evaluate("composer === document.activeElement")
    assert page.evaluate("shifted") <= 0.1
    expect(page.locator(".st-key-stage .staged")).to_have_count(1)
    expect(page.locator(".st-key-stage .staged img")).to_have_attribute("alt", re.compile("the second boat"))


def test_the_scroll_position_is_kept_when_a_result_arrives(page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 640})
    page.goto("/")
    for prompt in ("an old mill", "an old bridge"):
        write_prompt(page, prompt)
        press_generate(page)
        expect(results_of(page, prompt).first).to_be_visible(timeout=DONE_MS)
    write_prompt(page, "an old tower [fault:slow=60]")
    press_generate(page)
    heading = page.get_by_role("heading", name="Earlier")
    heading.scroll_into_view_if_needed()
    page.mouse.move(900, 400)
    page.mouse.wheel(0, 120)
    still(page, heading)
    before = rectangle(heading)
    expect(running(page)).not_to_have_count(0)  # it has not arrived yet
    expect(results_of(page, "an old tower").first).to_be_attached(timeout=DONE_MS)
    still(page, heading)
    assert rectangle(heading)["top"] == pytest.approx(before["top"], abs=4)
