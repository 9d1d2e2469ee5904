"""Comparing models in a browser: find one by a word, compare three, choose, look closely, keep the winner.

Then the way on from the winner: its image becomes a video that is extended, and the family shows all three.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.axe import violations_on_phone
from tests.e2e.composer import DONE_MS, choose_mode, model_button, press_generate, results_of, write_prompt
from tests.e2e.conftest import App
from tests.e2e.tabs import WatchedPage
from tests.e2e.viewer import opened
from tests.e2e.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-shared"), pytest.mark.timeout(300)]
SIZES = [(1440, 900), pytest.param((390, 844), marks=pytest.mark.exhaustive)]
VIDEOS = "() => [...document.querySelector('{}').shadowRoot.querySelectorAll('video')].map(each => {})"
HOST = ".st-key-comparison [data-testid=stBidiComponentIsolated]"


@pytest.fixture(scope="module")
def app(shared_app: App) -> App:
    """The app that several files share."""
    return shared_app


def in_videos(page: Page, expression: str) -> list[float]:
    """What `expression` is for each video of the comparison (`each`)."""
    found: list[float] = page.evaluate(VIDEOS.format(HOST, expression))
    return found


def compare_with(page: Page, *words: str) -> None:
    """Choose models to compare by words typed into the search, with the keyboard alone."""
    page.locator(".st-key-model_picker").get_by_role("button", name="Compare", exact=True).press("Enter")
    panel = page.get_by_role("dialog", name="Choose models to compare")
    search = panel.get_by_role("combobox", name="Search models")
    for number, word in enumerate(words, 2):
        search.focus()
        search.fill(word)
        page.keyboard.press("Enter")
        done = panel.get_by_role("button", name=f"Compare {number} models")
        expect(done).to_be_visible()
    done.press("Enter")
    expect(panel).to_be_hidden()
    expect(page.get_by_role("button", name=re.compile(f"^Compare {len(words) + 1} models…"))).to_be_visible()


def submitted(page: Page, *, is_blind: bool) -> None:
    """Press the button and confirm; wait until all have ended."""
    if is_blind:
        page.get_by_text("Blind: hide").click()
        expect(page.get_by_role("switch", name=re.compile("^Blind"))).to_be_checked()
    page.locator(".st-key-generate_many button").click()
    dialog = page.get_by_role("dialog", name="Compare 3 models?")
    expect(dialog).to_contain_text("Free in the sandbox")
    dialog.get_by_role("button", name="Compare", exact=True).click()
    expect(page).to_have_url(re.compile(r"[?&]compare=\d+"))
    expect(tiles(page)).to_have_count(3, timeout=DONE_MS)
    expect(tiles(page, "done")).to_have_count(3, timeout=DONE_MS)


def tiles(page: Page, state: str = "") -> Locator:
    """The comparison's results, all or those in that state."""
    return page.locator(f".st-key-comparison .tile{f'[data-state={state}]' if state else ''}")


@pytest.mark.parametrize("size", SIZES)
def test_three_images_are_compared_blind_and_only_the_winner_is_kept(
    browser: Browser, app: App, size: tuple[int, int]
) -> None:
    watched = WatchedPage(browser, app)
    page = watched.page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto("/")
    write_prompt(page, "A paper boat on a still lake")
    compare_with(page, "z-image", "nano banana 2.1")
    expect(page.get_by_role("group", name="Compared with")).to_contain_text("Z-Image")
    submitted(page, is_blind=True)
    names = tiles(page).get_by_role("heading")
    expect(names).to_have_text(["Model A", "Model B", "Model C"])
    assert violations_on_phone(page) == []

    # Side by side: the slider is moved with the keyboard.
    page.get_by_role("button", name="Side by side").press("Enter")
    slider = page.get_by_role("slider", name="How much of the left result is shown")
    slider.focus()
    page.keyboard.press("End")
    expect(slider).to_have_attribute("aria-valuetext", "Only Model A")
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", "97 % Model A, 3 % Model B")
    page.get_by_role("combobox", name="Right").select_option(label="Model C")
    expect(slider).to_have_attribute("aria-valuetext", "97 % Model A, 3 % Model C")
    assert violations_on_phone(page) == []
    page.get_by_role("button", name="Choose as winner: Model C").press("Enter")
    winner = page.locator(".st-key-comparison .foot b")
    expect(winner).to_have_text(re.compile("GPT-4o Image|Z-Image|Nano Banana 2.1"))
    label = winner.inner_text()
    page.get_by_role("button", name="Grid", exact=True).press("Enter")
    expect(names).to_contain_text([re.compile("Image|Banana")] * 3)
    expect(page.locator(".st-key-comparison .tile.winner")).to_contain_text(label)

    page.get_by_role("button", name="Keep only the winner").press("Enter")
    expect(tiles(page, "trashed")).to_have_count(2)
    expect(page.get_by_text("2 items moved to the trash.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(tiles(page, "done")).to_have_count(3)
    scroller = page.locator("[data-testid=stMain]")
    assert scroller.evaluate("each => each.scrollWidth <= each.clientWidth")
    assert not said
    watched.close()


@pytest.mark.exhaustive
def test_videos_play_together(page: Page) -> None:
    page.goto("/")
    choose_mode(page, "Videos")
    write_prompt(page, "A kite over dunes")
    compare_with(page, "kling 2.5", "runway")
    expect(page.locator(".k-differ")).to_contain_text("Kling 2.5 Turbo 5 s instead of 8 s")
    submitted(page, is_blind=False)
    position = page.get_by_role("slider", name="Position in all videos")
    expect(position).to_have_attribute("aria-valuetext", "0:00 of 0:08")
    page.get_by_role("button", name="Play all").press("Enter")
    until(page, lambda: min(in_videos(page, "each.currentTime")) > 0.4)
    page.get_by_role("button", name="Pause all").press("Enter")
    times = in_videos(page, "each.currentTime")
    assert len(times) == 3 and max(times) - min(times) < 0.2
    position.focus()
    page.keyboard.press("End")
    expect(position).to_have_attribute("aria-valuetext", "0:08 of 0:08")
    rest = in_videos(page, "each.duration - each.currentTime")
    assert all(0 <= each < 0.2 for each in rest)  # the shorter ones wait on their last frame
    page.get_by_role("combobox", name="Sound").select_option(label="Sound: Runway")
    assert sorted(in_videos(page, "each.muted")) == [False, True, True]


@pytest.mark.exhaustive
def test_from_the_winner_to_a_video_that_is_extended(page: Page) -> None:
    source, animated, extended = "A wooden bridge in fog", "The fog over it lifts", "A rider crosses the bridge"
    page.goto("/")
    write_prompt(page, source)
    compare_with(page, "flux.2 pro", "z-image")
    submitted(page, is_blind=False)
    page.get_by_role("button", name="Choose as winner: Z-Image").press("Enter")
    page.get_by_role("button", name="Keep only the winner").press("Enter")
    expect(tiles(page, "trashed")).to_have_count(2)
    page.get_by_role("button", name="Open in the gallery: Z-Image").click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text(re.compile(r"Won [1-9] of [1-9] of your comparisons"))
    dialog.get_by_role("button", name="Open its comparison").click()
    expect(tiles(page, "trashed")).to_have_count(2)
    page.get_by_role("button", name="Close the comparison").click()
    page.locator(".st-key-model_picker").get_by_role("button", name="Stop comparing").click()

    for before, step, prompt, model in (
        (source, "Animate", animated, "Veo 3.1 Fast"),
        (animated, "Extend", extended, "Veo 3.1 Extend"),
    ):
        dialog = opened(page, before, "/gallery")
        dialog.get_by_role("button", name="Continue").click()
        dialog.get_by_role("menuitem", name=step).first.click()
        expect(model_button(page)).to_contain_text(model)
        write_prompt(page, prompt)
        press_generate(page)
        expect(results_of(page, prompt).first).to_be_visible(timeout=DONE_MS)
    family = opened(page, extended, "/gallery").locator("[data-do^=family-]")
    expect(family).to_have_count(3)
    expect(family.last).to_have_attribute("aria-current", "true")
