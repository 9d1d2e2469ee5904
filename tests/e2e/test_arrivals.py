"""Results that arrive on Generate leave alone what is there and where one stands."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.composer import DONE_MS, press_generate, results_of, write_prompt
from tests.e2e.viewer import rectangle
from tests.e2e.waiting import still

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-notices"), pytest.mark.timeout(240)]


def test_a_result_arrives_without_touching_what_is_there(page: Page) -> None:
    page.goto("/")
    write_prompt(page, "the first boat")
    press_generate(page)
    expect(results_of(page, "the first boat").first).to_be_visible(timeout=DONE_MS)
    write_prompt(page, "the second boat [fault:slow=40]")
    press_generate(page)
    expect(page.locator("[class*=st-key-task_i_]", has_text="the second boat")).to_be_visible()
    area = page.locator(".st-key-prompt textarea")
    area.fill("")
    area.press_sequentially("what comes", delay=20)
    page.evaluate(
        """() => {
          const cards = document.querySelectorAll('[class*=st-key-result_grid_]')
          window.kept = [...cards].slice(0, 3) // the last of eight makes room
          window.composer = document.querySelector('.st-key-prompt textarea')
          window.lost = 0
          new MutationObserver(changes => changes.forEach(change => change.removedNodes.forEach(node => {
            if (window.kept.some(each => node.contains(each))) window.lost += 1
          }))).observe(document.body, { childList: true, subtree: true })
        }"""
    )
    while page.locator("[class*=st-key-task_i_]").count():
        area.press_sequentially(" next", delay=30)
    expect(results_of(page, "the second boat").first).to_be_visible(timeout=DONE_MS)
    area.press_sequentially(" end", delay=30)
    typed = area.input_value()
    assert re.fullmatch(r"what comes( next)* end", typed), typed
    assert page.evaluate("lost") == 0
    assert page.evaluate("kept.length > 0 && kept.every(each => each.isConnected)")
    assert page.evaluate("composer === document.activeElement")
    blocks = page.locator("[class*=st-key-result_]:not([class*=st-key-result_grid])")
    expect(blocks.first).to_contain_text("the second boat")


def test_the_place_in_the_feed_is_kept_when_a_result_arrives(page: Page) -> None:
    page.goto("/")
    for prompt in ("an old mill", "an old bridge"):
        write_prompt(page, prompt)
        press_generate(page)
        expect(results_of(page, prompt).first).to_be_visible(timeout=DONE_MS)
    write_prompt(page, "an old tower [fault:slow=60]")
    press_generate(page)
    expect(page.locator("[class*=st-key-task_i_]", has_text="an old tower")).to_be_visible()
    block = page.locator("[class*=st-key-result_]:not([class*=st-key-result_grid])", has_text="an old mill")
    still(page, block)
    block.scroll_into_view_if_needed()
    page.mouse.move(900, 500)
    page.mouse.wheel(0, 150)
    still(page, block)
    before = rectangle(block)
    expect(page.locator("[class*=st-key-task_i_]")).not_to_have_count(0)  # it is yet to come
    expect(page.locator("[class*=st-key-task_i_]")).to_have_count(0, timeout=DONE_MS)
    expect(results_of(page, "an old tower").first).to_be_attached()
    still(page, block)
    assert rectangle(block)["top"] == pytest.approx(before["top"], abs=40)
