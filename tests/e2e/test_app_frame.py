"""The frame of every page: shortcuts, our menu, and our texts for a lost server and an unknown page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import App, start_app, stop_app
from tests.e2e.tabs import show

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-plain"), pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def app(plain_app: App) -> App:
    """The app that several files share."""
    return plain_app


def test_an_unknown_page_shows_our_message(tab: Page) -> None:
    tab.goto("/nowhere")
    sheet = tab.get_by_role("dialog")
    expect(sheet).to_contain_text("There is no page at this address.")
    expect(tab.get_by_text("does not seem to exist")).to_have_count(0)
    sheet.get_by_role("button", name="Close").click()
    expect(tab.locator(".st-key-prompt")).to_be_visible()


def test_the_menu_is_ours(tab: Page) -> None:
    show(tab, "Generate")
    expect(tab.locator(".st-key-prompt")).to_be_visible()
    button = tab.get_by_role("button", name="Main menu")
    button.click()
    menu = tab.get_by_role("menu", name="Main menu")
    expect(menu.get_by_role("menuitem")).to_have_text(["Keyboard shortcuts", "API documentation", "Help"])
    expect(menu.get_by_role("menuitemradio")).to_have_text(
        [re.compile("System"), re.compile("Light"), re.compile("Dark")]
    )
    expect(tab.get_by_text("Made with Streamlit")).to_be_hidden()
    menu.get_by_role("menuitemradio").last.focus()
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowUp")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    tab.keyboard.press("Escape")
    button.click()
    menu.get_by_role("menuitem", name="Help").click()
    expect(tab.get_by_role("dialog", name="Help")).to_contain_text("you are not charged twice")
    tab.keyboard.press("Escape")


def test_a_question_mark_opens_the_shortcuts_but_not_while_typing(tab: Page) -> None:
    show(tab, "Gallery")
    field = tab.get_by_label("Search prompts")
    field.click()
    tab.keyboard.type("?")
    expect(field).to_have_value("?")
    sheet = tab.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet).to_have_count(0)
    field.fill("")
    tab.get_by_role("heading", name="Your gallery is empty").click()
    tab.keyboard.press("?")
    expect(sheet).to_be_visible()
    for text in ("Gallery", "Viewer", "Move to the trash", "Zoom"):
        expect(sheet).to_contain_text(text)
    tab.keyboard.press("Escape")
    expect(sheet).to_have_count(0)


def test_a_server_that_is_down_shows_one_notice_until_it_is_back(tab: Page, app: App) -> None:
    show(tab, "Generate")
    expect(tab.locator("[data-testid=stApp]")).to_have_attribute("data-test-script-state", "notRunning")
    expect(tab.locator(".st-key-prompt")).to_be_visible()
    stop_app(app)
    line = tab.get_by_text("No connection to the server.")
    expect(line).to_be_visible(timeout=60_000)
    expect(tab.get_by_text("Connection error")).to_be_hidden()
    app.process = start_app(app.folder, port=int(app.url.rsplit(":", 1)[1])).process
    expect(line).to_be_hidden(timeout=60_000)
    expect(tab.locator(".st-key-prompt")).to_be_visible()
