"""Queue rows that are rebuilt while the user interacts with them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.composer import press_generate, write_prompt

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-main")]

# What the page does when a task before this one is added or removed.
RENEW = "row => { const copy = row.cloneNode(true); row.replaceWith(copy); window.presses = 0; "
RENEW += "copy.querySelector('[class*=st-key-cancel_] button').addEventListener('click', () => window.presses++) }"


def _row(page: Page, prompt: str) -> Locator:
    page.goto("/")
    write_prompt(page, f"{prompt} [fault:slow=60]")
    press_generate(page)
    row = page.locator("[class*=st-key-task_i_]", has_text=prompt)
    expect(row.get_by_role("button", name="Cancel")).to_be_visible()
    return row


def test_a_click_counts_when_its_row_is_rebuilt(page: Page) -> None:
    row = _row(page, "a pressed row")
    row.get_by_role("button", name="Cancel").hover()
    page.mouse.down()
    row.evaluate(RENEW)
    page.mouse.up()
    assert page.evaluate("window.presses") == 1
    page.mouse.down()  # and a normal click counts once
    page.mouse.up()
    assert page.evaluate("window.presses") == 2


def test_the_focus_stays_when_its_row_is_rebuilt(page: Page) -> None:
    row = _row(page, "a focused row")
    row.get_by_role("button", name="Cancel").focus()
    row.evaluate(RENEW)
    expect(row.get_by_role("button", name="Cancel")).to_be_focused()
