"""The frame of every page: shortcuts, our menu, and our texts for a lost server and an unknown page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import App, start_app, stop_app

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-frame"), pytest.mark.timeout(240)]


def test_a_question_mark_opens_the_shortcuts_but_not_while_typing(page: Page) -> None:
    page.goto("/gallery")
    field = page.get_by_label("Search prompts")
    field.click()
    page.keyboard.type("?")
    expect(field).to_have_value("?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet).to_have_count(0)
    field.fill("")
    page.get_by_role("heading", name="Your gallery is empty").click()
    page.keyboard.press("?")
    expect(sheet).to_be_visible()
    for text in ("Gallery", "Viewer", "Move to the trash", "Zoom"):
        expect(sheet).to_contain_text(text)
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)


def test_the_menu_is_ours(page: Page) -> None:
    page.goto("/")
    expect(page.locator(".st-key-prompt")).to_be_visible()
    button = page.get_by_role("button", name="Main menu")
    button.click()
    menu = page.get_by_role("menu", name="Main menu")
    expect(menu.get_by_role("menuitem")).to_have_text(["Keyboard shortcuts", "API documentation", "Help"])
    expect(menu.get_by_role("menuitemradio")).to_have_text(
        [re.compile("System"), re.compile("Light"), re.compile("Dark")]
    )
    expect(page.get_by_text("Made with Streamlit")).to_be_hidden()
    menu.get_by_role("menuitemradio").last.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    button.click()
    menu.get_by_role("menuitem", name="Help").click()
    expect(page.get_by_role("dialog", name="Help")).to_contain_text("you are not charged twice")


def test_an_unknown_page_shows_our_message(page: Page) -> None:
    page.goto("/nowhere")
    sheet = page.get_by_role("dialog")
    expect(sheet).to_contain_text("There is no page at this address.")
    expect(page.get_by_text("does not seem to exist")).to_have_count(0)
    sheet.get_by_role("button", name="Close").click()
    expect(page.locator(".st-key-prompt")).to_be_visible()


def test_a_server_that_is_down_shows_one_notice_until_it_is_back(browser: Browser, tmp_path: Path) -> None:
    app: App = start_app(tmp_path)
    port = int(app.url.rsplit(":", 1)[1])
    page = browser.new_page(base_url=app.url)
    try:
        page.goto("/")
        expect(page.locator(".st-key-prompt")).to_be_visible()
        stop_app(app)
        line = page.get_by_text("No connection to the server.")
        expect(line).to_be_visible(timeout=60_000)
        expect(page.get_by_text("Connection error")).to_be_hidden()
        app = start_app(tmp_path, port=port)
        expect(line).to_be_hidden(timeout=60_000)
        expect(page.locator(".st-key-prompt")).to_be_visible()
    finally:
        page.close()
        stop_app(app)
