"""From a result to the next: an image is animated, its video extended or had in 1080p, and the family shows them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e import api_tasks
from tests.e2e.composer import DONE_MS, model_button, press_generate, results_of, write_prompt
from tests.e2e.conftest import App
from tests.e2e.viewer import left, opened
from tests.e2e.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-shared"), pytest.mark.timeout(300)]
SOURCE, ANIMATED, EXTENDED = "A wooden bridge in fog", "The fog over the bridge lifts", "A rider crosses the bridge"
HERON = "A heron lifts off a river"
DETAILS = "**/app/gallery/details?**"


@pytest.fixture(scope="module")
def app(shared_app: App) -> App:
    """The app that several files share, with an image to continue from."""
    api_tasks.make(shared_app, SOURCE)
    return shared_app


def continue_with(tab: Page, prompt: str, step: str) -> None:
    """Open that result, and choose a step from the menu *Continue*."""
    dialog = opened(tab, prompt, "/gallery")
    dialog.get_by_role("button", name="Continue").click()
    dialog.get_by_role("menuitem", name=step).first.click()
    expect(tab.get_by_role("heading", level=1, name="Generate")).to_be_attached()


def generated(tab: Page, prompt: str) -> None:
    write_prompt(tab, prompt)
    press_generate(tab)
    expect(results_of(tab, prompt).first).to_be_visible(timeout=DONE_MS)


@pytest.mark.exhaustive
def test_an_image_becomes_a_video_that_is_extended(tab: Page) -> None:
    continue_with(tab, SOURCE, "Animate")
    expect(model_button(tab)).to_contain_text("Veo 3.1 Fast")
    expect(tab.get_by_alt_text("Your first frame")).to_be_visible()
    expect(tab.locator(".st-key-prompt textarea")).to_have_value("")
    generated(tab, ANIMATED)

    continue_with(tab, ANIMATED, "Extend")
    expect(model_button(tab)).to_contain_text("Veo 3.1 Extend")
    expect(tab.get_by_role("textbox", name="Earlier task")).not_to_have_value("")
    generated(tab, EXTENDED)

    dialog = opened(tab, EXTENDED, "/gallery")
    family = dialog.locator("[data-do^=family-]")
    expect(family).to_have_count(3)
    expect(dialog.get_by_role("heading", name="Related: 3 results")).to_contain_text("credits")
    expect(family.last).to_have_attribute("aria-current", "true")
    family.first.click()
    expect(dialog).to_contain_text(SOURCE)
    left(tab)


def test_a_veo_video_is_had_in_1080p_once(tab: Page, app: App) -> None:
    api_tasks.make(app, HERON, kind="videos")
    (source,) = api_tasks.media_of(app, HERON)
    held: list[Route] = []
    tab.route(DETAILS, lambda route: held.append(route))
    dialog = opened(tab, HERON, "/gallery")
    dialog.get_by_role("button", name="Continue").click()
    expect(dialog.get_by_role("menuitem", name="Extend")).to_be_visible()
    tab.keyboard.press("ArrowDown")
    until(tab, lambda: held)
    held.pop().continue_()  # what only this video can become is added to the open menu
    tab.unroute(DETAILS)
    step = dialog.get_by_role("menuitem", name="Get in 1080p")
    expect(step).to_contain_text("5 credits. After this, it can no longer be used with Veo 3.1 Extend.")
    expect(dialog.get_by_role("menuitem", name="Get in 4K")).to_contain_text("120 credits")
    expect(dialog.get_by_role("menuitem").nth(1)).to_be_focused()
    step.click()
    expect(model_button(tab)).to_contain_text("Veo 3.1 in 1080p")
    expect(tab.get_by_role("textbox", name="Earlier task")).not_to_have_value("")
    tab.locator(".st-key-generate button").click()
    until(tab, lambda: source["id"] in [each["reference_media_id"] for each in api_tasks.media_of(app, "")], 60)

    dialog = opened(tab, HERON, "/gallery")
    dialog.get_by_role("button", name="Continue").click()
    expect(dialog.get_by_role("menuitem", name="Get in 4K")).to_be_visible()
    expect(dialog.get_by_role("menuitem", name="Get in 1080p")).to_have_count(0)
    left(tab)
