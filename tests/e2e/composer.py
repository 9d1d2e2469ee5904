"""Helpers for the composer on Generate: prompt, mode, model, button and results."""

from __future__ import annotations

import re

from playwright.sync_api import Frame, Locator, Page, expect

DONE_MS = 90_000
View = Page | Frame


def write_prompt(page: View, text: str) -> None:
    field = page.locator(".st-key-prompt textarea")
    expect(field).to_be_visible()
    field.fill(text)


def choose_mode(page: View, mode: str) -> None:
    page.get_by_role("radio", name=mode).click()
    placeholder = re.compile("shot" if mode == "Videos" else "image")
    expect(page.locator(".st-key-prompt textarea")).to_have_attribute("placeholder", placeholder)


def choose_model(page: Page, label: str) -> None:
    pick_model(page, label)
    expect(page.locator("[data-testid=stApp]")).to_have_attribute("data-test-script-state", "notRunning")


def pick_model(page: Page, label: str) -> None:
    """Pick a model without waiting until the page is drawn for it."""
    panel = open_picker(page)
    panel.get_by_role("combobox", name="Search models").fill(label)
    panel.get_by_role("option", name=re.compile(f"^{re.escape(label)}, ")).first.click()
    expect(panel).to_be_hidden()
    expect(model_button(page)).to_contain_text(label)


def model_button(page: View) -> Locator:
    """The button with the chosen model's name."""
    return page.locator(".st-key-model_picker").get_by_role("button", name=re.compile("^Model: "))


def open_picker(page: View) -> Locator:
    """Open the model picker; returns its panel."""
    model_button(page).click()
    panel = page.get_by_role("dialog", name="Choose a model")
    expect(panel).to_be_visible()
    return panel


def open_reference(page: Page, way: str) -> None:
    """Open the reference chooser at one of its tabs: "Link", "Upload" or "Gallery"."""
    # Each model has its own widgets: a file in the previous model's uploader is lost with it.
    expect(page.locator("[data-testid=stApp]")).to_have_attribute("data-test-script-state", "notRunning")
    page.locator(".st-key-reference_place summary").click()
    page.get_by_role("tab", name=way).click()


def press_generate(page: View) -> None:
    """Press the button and wait until the task is in the queue."""
    button = page.locator(".st-key-generate button")
    expect(button).to_be_enabled()
    prompt = " ".join(page.locator(".st-key-prompt textarea").input_value().split())
    button.click()
    expect(page.locator(".st-key-queue summary", has_text=prompt[:60]).first).to_be_attached()


def running(page: Page, prompt: str = "") -> Locator:
    """The queue rows of running or failed tasks, of that prompt or all."""
    return page.locator(":is([class*=st-key-task_i_], [class*=st-key-task_v_])", has_text=prompt)


def opened(page: Page, row: Locator) -> Locator:
    """That row, expanded."""
    if not row.locator("details").evaluate("each => each.open"):
        row.locator("summary").click()
    expect(row.locator("[data-testid=stExpanderDetails]")).to_be_visible()
    return row


def results_of(page: View, prompt: str) -> Locator:
    """The cards of this prompt's results, on the stage or below it."""
    return page.locator(".st-key-stage .card", has=page.get_by_alt_text(re.compile(re.escape(prompt))))
