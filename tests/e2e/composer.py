"""Using the composer on Generate: a prompt, a mode, a model, the button, and what comes of it."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

DONE_MS = 90_000


def write_prompt(page: Page, text: str) -> None:
    field = page.locator(".st-key-prompt textarea")
    expect(field).to_be_visible()
    field.fill(text)


def choose_mode(page: Page, mode: str) -> None:
    page.get_by_role("radio", name=mode).click()
    placeholder = re.compile("shot" if mode == "Videos" else "image")
    expect(page.locator(".st-key-prompt textarea")).to_have_attribute("placeholder", placeholder)


def choose_model(page: Page, label: str) -> None:
    box = page.locator(".st-key-composer").get_by_role("combobox", name="Model")
    box.click()
    page.get_by_role("option", name=re.compile(re.escape(label))).click()
    expect(box).to_have_value(re.compile(re.escape(label)))


def press_generate(page: Page) -> None:
    button = page.locator(".st-key-generate button")
    expect(button).to_be_enabled()
    button.click()
    expect(page.get_by_text("Started.").first).to_be_visible()


def results_of(page: Page, prompt: str) -> Locator:
    """The cards of the block that shows this prompt's results."""
    return page.locator("[class*=st-key-result_]", has_text=prompt).locator(".card")
