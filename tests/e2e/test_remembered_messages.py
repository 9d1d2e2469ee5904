"""Streamlit does not send a message again that the browser remembers, also while clicks are faster than the line."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.composer import choose_mode
from tests.e2e.conftest import App
from tests.e2e.slow_line import Line

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-shared"), pytest.mark.timeout(240)]


def test_two_clicks_on_a_slow_line_do_not_end_the_page(shared_app: App, browser: Browser) -> None:
    context = browser.new_context(base_url=shared_app.url)
    page, line = context.new_page(), Line()
    page.route_web_socket("**/_stcore/stream", line.relay)
    page.goto("/")
    choose_mode(page, "Videos")
    choose_mode(page, "Images")
    page.wait_for_timeout(700)
    line.is_slow = True
    page.get_by_text("Enhance", exact=True).first.click()
    page.wait_for_timeout(700)
    page.get_by_test_id("stButtonGroup").get_by_text("Videos", exact=True).first.click()
    page.wait_for_timeout(700)
    line.let_go()
    expect(page.locator(".st-key-prompt textarea")).to_have_attribute("placeholder", re.compile("shot"))
    page.wait_for_timeout(1500)
    expect(page.get_by_text("Cached ForwardMsg MISS")).to_have_count(0)
    context.close()
