"""The main workflow in a browser, as a new user would do it, in the sandbox."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import av
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.api_tasks import files_of
from tests.e2e.composer import (
    DONE_MS,
    choose_mode,
    choose_model,
    open_reference,
    opened,
    press_generate,
    results_of,
    write_prompt,
)
from tests.e2e.conftest import App
from tests.e2e.tabs import show
from tests.e2e.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-plain"), pytest.mark.timeout(240)]

# The default length in seconds. The form keeps the previous model's where the next has it too: the longest comes last.
VIDEO_MODELS = {"Veo 3.1 Fast": 8, "Veo 3.1 Quality": 8, "Runway": 5, "Kling 2.5 Turbo": 5, "Sora 2": 10}

# Recorded in the page: on a busy machine this process could miss a step.
NOTE_STEPS = """() => {
  window.steps = new Set()
  const note = () => document.querySelectorAll('[class*=st-key-task_i_] summary p')
    .forEach(each => window.steps.add(each.lastChild.textContent.replace(/ · \\d+ (s|min).*/, '')))
  new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true })
}"""


@pytest.fixture(scope="module")
def app(plain_app: App) -> App:
    """The app that several files share."""
    return plain_app


def test_a_prompt_becomes_four_images_that_open(tab: Page, app: App) -> None:
    before = set(app.media.glob("image_*.png"))
    show(tab, "Generate")
    expect(tab.get_by_text("Sandbox:").first).to_be_visible()
    expect(tab.get_by_text("What will you make?")).to_be_visible()
    write_prompt(tab, "Layered paper waves under a low red sun")
    tab.get_by_role("radio", name="4", exact=True).click()
    expect(tab.locator(".st-key-generate button")).to_contain_text("Generate 4 images")
    tab.evaluate(NOTE_STEPS)
    press_generate(tab)
    expect(tab.locator("[class*=st-key-task_i_] [role=progressbar]").first).to_be_attached()
    expect(tab.locator("[class*=st-key-task_i_]")).to_have_count(0, timeout=DONE_MS)
    steps = tab.evaluate("[...window.steps]")
    assert len(steps) >= 2, f"progress was not seen moving: {steps}"
    cards = results_of(tab, "Layered paper waves")
    expect(cards).to_have_count(4, timeout=DONE_MS)
    expect(tab.locator("[data-testid=stToast]")).to_have_count(0)  # the images have appeared
    expect(tab.locator("[class*=st-key-done_task_i_] summary", has_text="Done · took")).to_be_visible()
    expect(tab.locator(".st-key-stage .staged")).to_have_count(4)
    files = set(app.media.glob("image_*.png")) - before
    assert len(files) == 4
    for path in files:
        with Image.open(path) as image:
            image.load()
            assert image.size == (1024, 1024)
    shown = cards.first.locator("img").first
    expect(shown).to_have_js_property("complete", True)
    # With srcset, naturalWidth is the layout width.
    until(tab, lambda: shown.evaluate("image => image.naturalWidth") >= 200)
    tab.get_by_role("radio", name="1", exact=True).click()


def test_an_empty_prompt_shows_an_error_at_the_field(tab: Page) -> None:
    show(tab, "Generate")
    write_prompt(tab, "")
    tab.locator(".st-key-generate button").click()
    expect(tab.get_by_text("Write a prompt first.")).to_be_visible()


def test_a_failed_task_shows_its_reason_and_actions(tab: Page) -> None:
    show(tab, "Generate")
    choose_mode(tab, "Images")
    write_prompt(tab, "a crowd [fault:policy]")
    press_generate(tab)
    card = tab.locator("[class*=st-key-task_i_failed]")
    expect(card).to_be_visible(timeout=DONE_MS)
    opened(tab, card)
    expect(card).to_contain_text(re.compile("flagged|policy|rejected", re.I))
    expect(card.get_by_role("button", name="Edit prompt")).to_be_visible()
    card.get_by_role("button", name="Dismiss").first.click()
    expect(card).to_have_count(0)


def test_stopping_tracking_asks_first(tab: Page) -> None:
    show(tab, "Generate")
    choose_mode(tab, "Images")
    write_prompt(tab, "a slow river [fault:slow=400]")
    press_generate(tab)
    card = tab.locator("[class*=st-key-task_i_]", has_text="a slow river")
    expect(card).to_contain_text("%", timeout=DONE_MS)
    card.get_by_role("button", name="Cancel").click()
    expect(card).to_contain_text("Stop this task? It is free in the sandbox")
    card.get_by_role("button", name="Stop", exact=True).click()
    expect(opened(tab, card).get_by_role("button", name="Check again")).to_be_visible()
    card.get_by_role("button", name="Dismiss").click()
    expect(card).to_have_count(0)


def test_a_double_click_is_one_request(tab: Page) -> None:
    show(tab, "Generate")
    choose_mode(tab, "Images")
    write_prompt(tab, "two clicks, one boat [fault:slow=12]")
    tab.locator(".st-key-generate button").dblclick()
    expect(results_of(tab, "two clicks, one boat").first).to_be_visible(timeout=DONE_MS)
    expect(tab.locator("[class*=st-key-task_i_]")).to_have_count(0)
    expect(results_of(tab, "two clicks, one boat")).to_have_count(1)


def test_a_half_written_prompt_survives_the_way_to_the_gallery(tab: Page) -> None:
    show(tab, "Generate")
    write_prompt(tab, "half a thou")
    tab.get_by_role("link", name="Gallery").first.click()
    expect(tab.locator(".st-key-gallery_bar")).to_be_visible()
    tab.get_by_role("link", name="Generate").first.click()
    expect(tab.locator(".st-key-prompt textarea")).to_have_value("half a thou")


def test_a_reload_and_a_second_tab_find_everything(tab: Page) -> None:
    show(tab, "Generate")
    choose_mode(tab, "Images")
    write_prompt(tab, "a lighthouse [fault:slow=40]")
    press_generate(tab)
    card = tab.locator("[class*=st-key-task_i_]", has_text="a lighthouse")
    expect(card).to_be_visible()
    tab.reload()
    expect(card).to_be_visible()
    second = tab.context.new_page()
    second.goto("/")
    expect(second.locator("[class*=st-key-task_i_]", has_text="a lighthouse")).to_be_visible()
    second.close()
    expect(results_of(tab, "a lighthouse").first).to_be_visible(timeout=DONE_MS)


@pytest.mark.exhaustive
def test_each_video_model_makes_a_video_that_plays(tab: Page, app: App) -> None:
    show(tab, "Generate")
    choose_mode(tab, "Videos")
    prompts = {label: f"Neon sun over an endless grid by {label}" for label in VIDEO_MODELS}
    for label, prompt in prompts.items():
        choose_model(tab, label)
        write_prompt(tab, prompt)
        press_generate(tab)
    for label, prompt in prompts.items():
        expect(results_of(tab, prompt), label).to_have_count(1, timeout=DONE_MS)
        (file,) = files_of(app, prompt)
        with av.open(str(file)) as container:
            assert container.duration is not None and abs(container.duration / 1_000_000 - VIDEO_MODELS[label]) < 0.3, (
                label
            )
            assert container.streams.video[0].codec_context.name == "h264", label
        results_of(tab, prompt).locator("button").first.click()
        video = tab.locator("dialog[open] video")
        expect(video).to_have_attribute("controls", re.compile(".*"))
        until(tab, lambda video=video: video.evaluate("video => video.currentTime > 0.3"))
        tab.keyboard.press("Escape")
        expect(tab.locator("dialog[open]")).to_have_count(0)


def test_an_uploaded_image_is_animated_and_a_wrong_file_is_reported_at_the_field(tab: Page, app: App) -> None:
    show(tab, "Generate")
    choose_mode(tab, "Videos")
    choose_model(tab, "Kling 2.5 Turbo")
    open_reference(tab, "Upload")
    fake = {"name": "cat.png", "mimeType": "image/png", "buffer": b"<html>not an image</html>"}
    tab.locator("input[type=file]").set_input_files([fake])  # type: ignore[list-item]
    expect(tab.get_by_text("Use a PNG or JPEG up to 10 MB").first).to_be_visible()
    out = BytesIO()
    Image.new("RGB", (800, 450), (20, 160, 90)).save(out, "PNG")
    upload = {"name": "green.png", "mimeType": "image/png", "buffer": out.getvalue()}
    tab.locator("input[type=file]").set_input_files([upload])  # type: ignore[list-item]
    expect(tab.get_by_role("img", name="Your first frame")).to_be_visible()
    tab.emulate_media(reduced_motion="no-preference")  # otherwise the stage shows only the poster
    write_prompt(tab, "The green field breathes")
    press_generate(tab)
    card = results_of(tab, "The green field breathes")
    expect(card).to_have_count(1, timeout=DONE_MS)
    (file,) = files_of(app, "The green field breathes")
    with av.open(str(file)) as container:
        frame = next(container.decode(video=0)).to_ndarray(format="rgb24")
    red, green, blue = frame.reshape(-1, 3).mean(axis=0)
    assert green > red + 30 and green > blue + 20, (red, green, blue)
    staged = card.locator("video")
    expect(staged).to_have_attribute("poster", re.compile("webp"))
    until(tab, lambda: staged.evaluate("video => video.currentTime > 0"))


def test_the_media_folder_holds_only_ours(app: App) -> None:
    strangers = [path.name for path in Path(app.media).iterdir() if not path.name.startswith(("image_", "video_", "."))]
    assert strangers == []
