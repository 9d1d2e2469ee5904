"""The states of Generate."""

from __future__ import annotations

import re

from playwright.sync_api import Page

from docs.snapshots.state import State, below, escape, nothing, press, ready, write

PROMPT = "Layered mountain ridges at first light, soft fog in the valleys"


def _first_visit(page: Page) -> None:
    ready(page)
    page.locator(".st-key-hero button").nth(2).wait_for()


def _results(page: Page) -> None:
    ready(page)
    page.wait_for_timeout(1500)  # the balance is fetched during the first visit
    page.reload()
    write(page, PROMPT)
    page.locator(".st-key-stage .card img.in").nth(4).wait_for()
    page.locator(".k-price", has_text="of your").wait_for()


def _close(page: Page) -> None:
    page.locator(".st-key-queue summary").first.click()
    page.locator(".st-key-queue details[open]").wait_for(state="detached")


def _images(page: Page) -> None:
    page.get_by_role("radio", name="Images").click()
    page.locator(".st-key-prompt textarea:not([placeholder*=shot])").wait_for()


def _video(page: Page) -> None:
    ready(page)
    page.get_by_role("radio", name="Videos").click()
    page.locator(".st-key-prompt textarea[placeholder*=shot]").wait_for()
    page.wait_for_timeout(500)


def _reference(page: Page) -> None:
    _video(page)
    page.locator(".st-key-composer summary", has_text="Reference image").click()
    page.get_by_role("tab", name="Gallery").click()
    page.locator(".k-pick").first.wait_for()
    page.wait_for_timeout(600)


def _reference_chosen(page: Page) -> None:
    _reference(page)
    page.get_by_role("button", name=re.compile("^Use ")).first.click()
    page.locator(".k-reference").wait_for()


def _mask(page: Page) -> None:
    ready(page)
    page.locator(".st-key-composer summary", has_text="Reference image").click()
    page.get_by_role("tab", name="Gallery").click()
    page.get_by_role("button", name=re.compile("^Use ")).first.click()
    page.get_by_role("button", name="Paint mask").click()
    page.get_by_text("Rectangle by numbers").click()
    page.get_by_role("button", name="Paint rectangle").click()
    page.get_by_text("25 % painted").wait_for()
    page.wait_for_timeout(400)


def _models(page: Page) -> None:
    ready(page)
    page.get_by_role("button", name=re.compile("^Model: ")).click()
    page.get_by_role("dialog", name="Choose a model").wait_for()
    page.wait_for_timeout(400)


def _models_found(page: Page) -> None:
    _models(page)
    page.get_by_role("combobox", name="Search models").fill("upscale")
    page.get_by_role("option", name=re.compile("^Topaz Image Upscale")).wait_for()
    page.wait_for_timeout(400)


def _empty_prompt(page: Page) -> None:
    ready(page).click()
    page.locator(".k-field-note").wait_for()


def _styles(page: Page) -> None:
    ready(page)
    page.get_by_role("button", name="Style", exact=True).click()
    page.get_by_role("radio", name="Ink wash").wait_for()
    page.wait_for_timeout(400)


def _close_styles(page: Page) -> None:
    search = page.get_by_role("searchbox", name="Search styles")
    search.press("Escape")
    search.wait_for(state="hidden")


def _own_styles(page: Page) -> None:
    _styles(page)
    manage = page.get_by_role("button", name="Rename or delete your styles")
    if not manage.count():  # a studio without any: the first one comes from the prompt
        page.keyboard.press("Escape")
        write(page, "Chalk on a slate board")
        page.get_by_role("button", name="Style", exact=True).click()
        page.get_by_role("textbox", name="Name of the new style").fill("Slate chalk")
        page.get_by_role("button", name="Save this as a style").click()
        page.locator(".k-chip").wait_for()
        manage.wait_for()
    manage.click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").first.wait_for()
    page.wait_for_timeout(400)


def _style_chosen(page: Page) -> None:
    write(page, "A whale above a village.")
    page.get_by_role("button", name="Style", exact=True).click()
    page.get_by_role("radio", name="Ink wash").click()
    page.locator(".k-chip").wait_for()
    page.keyboard.press("Escape")
    page.get_by_text("Full prompt").click()
    page.wait_for_timeout(400)


def _history(page: Page) -> None:
    ready(page)
    press(page, "History")
    page.locator("[class*=st-key-history_list] button").nth(4).wait_for()
    page.wait_for_timeout(400)


def _cancel(page: Page) -> None:
    ready(page)
    press(page, "Cancel")
    page.get_by_text("Stop tracking?").wait_for()


def _failed(page: Page) -> None:
    ready(page)
    page.locator("#needs-attention").wait_for()
    page.locator(".st-key-stage .card img.in").first.wait_for()
    press(page, re.compile("^Show all"))
    page.get_by_role("button", name="Show less").wait_for()
    below(page, "#in-progress")


def _opened(page: Page) -> None:
    ready(page)
    page.locator(".st-key-queue summary").first.click()
    page.locator(".st-key-queue details[open] .k-steps").first.wait_for()
    page.wait_for_timeout(700)
    below(page, "#in-progress")


def _away(page: Page) -> None:
    ready(page)
    page.locator(".k-calm").wait_for()
    below(page, "#in-progress")


def _unknown(page: Page) -> None:
    _failed(page)
    page.locator(".st-key-queue summary", has_text="may have been sent").click()
    page.get_by_role("button", name="I have the task ID").wait_for()
    page.wait_for_timeout(700)


def _look_up(page: Page) -> None:
    _unknown(page)
    press(page, "I have the task ID")
    press(page, "Track this task")
    page.locator(".k-field-note").wait_for()


def _send_again(page: Page) -> None:
    _unknown(page)
    press(page, "Send again")
    page.get_by_text("Send it again?").wait_for()


def _refused(page: Page) -> None:
    ready(page)
    page.wait_for_timeout(1500)  # the key is checked during the first visit
    page.reload()
    page.locator(".st-key-provider_problem").wait_for()


def _batch(page: Page) -> None:
    ready(page)
    page.get_by_role("switch", name="Batch").press("Space")
    page.locator(".st-key-batch_form").wait_for()
    page.locator(".st-key-prompt textarea").fill("A {red|blue} paper boat on a still lake\nA kite over dunes")
    page.locator(".st-key-prompt textarea").blur()
    page.locator(".st-key-generate_many button", has_text="Generate 3…").wait_for()


def _batch_asked(page: Page) -> None:
    _batch(page)
    page.locator(".st-key-generate_many button").click()
    page.get_by_role("dialog", name="Submit 3 tasks?").locator(".k-plan li").nth(2).wait_for()


STATES = (
    State("generate-first-visit", "The first visit, on the sandbox.", "new", "/", _first_visit, back=nothing),
    State("generate", "Two running tasks above the newest results.", "full", "/", _results, back=nothing),
    State("generate-task", "An expanded task: its completed steps, with times.", "full", "/", _opened, back=_close),
    State(
        "generate-video",
        "Videos: the composer and its color change; tasks keep running.",
        "full",
        "/",
        _video,
        back=_images,
    ),
    State("generate-reference", "Choosing a reference image from the gallery.", "full", "/", _reference),
    State("generate-reference-chosen", "A reference image chosen.", "full", "/", _reference_chosen, on_phone=False),
    State("generate-mask", "A mask painted over a reference image.", "full", "/", _mask),
    State("generate-models", "Choosing a model: favorites, recent and featured ones first.", "full", "/", _models),
    State("generate-models-found", "A word typed in the model picker.", "new", "/", _models_found),
    State("generate-styles", "Styles, including the studio’s own.", "new", "/", _styles, back=_close_styles),
    State("generate-own-styles", "The user’s own styles, with Rename and Delete.", "new", "/", _own_styles),
    State("generate-style-chosen", "A chosen style and the full prompt.", "new", "/", _style_chosen),
    State("generate-history", "Prompt history with search.", "full", "/", _history, back=escape),
    State("generate-empty-prompt", "Generate was pressed without a prompt.", "new", "/", _empty_prompt),
    State(
        "generate-cancel",
        "Confirmation before stopping a paid task.",
        "full",
        "/",
        _cancel,
        on_phone=False,
        back=escape,
    ),
    State("generate-failed", "Failed tasks: the reason and the next step.", "broken", "/", _failed),
    State(
        "generate-unknown",
        "A lost response: entering the task ID from kie.ai.",
        "broken",
        "/",
        _look_up,
        on_phone=False,
    ),
    State(
        "generate-send-again",
        "Confirmation before sending again, which could be charged twice.",
        "broken",
        "/",
        _send_again,
        on_phone=False,
    ),
    State("generate-key-refused", "kie.ai rejected the key.", "refused", "/", _refused),
    State("generate-away", "kie.ai does not respond; tasks wait.", "away", "/", _away),
    State("generate-batch", "A batch: a prompt on each line, with choices, seeds or a CSV file.", "new", "/", _batch),
    State("generate-batch-confirm", "A batch’s confirmation, with its total price.", "new", "/", _batch_asked),
)
