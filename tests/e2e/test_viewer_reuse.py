"""Reusing from the viewer: the prompt, a link, the settings, the image as a reference."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.composer import choose_mode, model_button, write_prompt
from tests.e2e.conftest import App
from tests.e2e.tabs import show
from tests.e2e.viewer import PROMPTS, VIDEO, closed, id_in, opened

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-viewer"), pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def app(viewer_app: App) -> App:
    """The app with four items; these tests must not change their number or order."""
    return viewer_app


def on_a_blank_form(tab: Page) -> None:
    """Show Generate without a prompt, in Images."""
    show(tab, "Generate")
    choose_mode(tab, "Images")
    write_prompt(tab, "")


def test_copy_prompt_and_link(tab: Page, app: App) -> None:
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    dialog = opened(tab)
    dialog.get_by_role("button", name="Copy prompt").click()
    expect(dialog.get_by_role("button", name="Copied")).to_be_visible()
    assert tab.evaluate("navigator.clipboard.readText()") == PROMPTS[1]
    dialog.get_by_role("button", name="Copy link").click()
    expect(dialog.locator("[data-do=link]")).to_contain_text("Copied")
    assert tab.evaluate("navigator.clipboard.readText()") == f"{app.url}/gallery?item={id_in(tab)}"
    closed(tab)


@pytest.mark.parametrize("how", ["Reuse all settings", "Prompt only", "With another model"])
def test_reuse_lands_on_generate(tab: Page, how: str) -> None:
    on_a_blank_form(tab)
    dialog = opened(tab, VIDEO)
    dialog.get_by_role("button", name="Reuse").click()
    dialog.get_by_role("menuitem", name=how).click()
    chosen = ""
    if how == "With another model":
        row = dialog.get_by_role("menuitem").first
        chosen = row.inner_text()
        row.click()
    expect(tab.locator(".st-key-prompt textarea")).to_have_value(VIDEO)
    expect(tab).not_to_have_url(re.compile("item=|gallery"))
    if how != "Prompt only":
        expect(tab.get_by_role("radio", name="Videos")).to_be_checked()
    if chosen:
        expect(model_button(tab)).to_contain_text(chosen)


def test_use_as_reference_lands_on_generate_in_the_mode_it_had(tab: Page) -> None:
    on_a_blank_form(tab)
    opened(tab).get_by_role("button", name="Use as reference").click()
    expect(tab.locator(".st-key-reference_chosen img, .st-key-composer img").first).to_be_visible()
    expect(tab.get_by_role("radio", name="Images")).to_be_checked()
    expect(tab).not_to_have_url(re.compile("item=|gallery"))


def test_animate_lands_on_generate_in_videos(tab: Page) -> None:
    on_a_blank_form(tab)
    dialog = opened(tab)
    dialog.get_by_role("button", name="Continue").click()
    dialog.get_by_role("menuitem", name="Animate").click()
    expect(tab.get_by_role("radio", name="Videos")).to_be_checked()
    expect(tab).not_to_have_url(re.compile("item=|gallery"))
