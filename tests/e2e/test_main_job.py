"""The main workflow in a browser, as a new user would do it, in the sandbox."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import av
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

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
from tests.e2e.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-main"), pytest.mark.timeout(240)]

# Recorded in the page: on a busy machine this process could miss a step.
NOTE_STEPS = """() => {
  window.steps = new Set()
  const note = () => document.querySelectorAll('[class*=st-key-task_i_] summary p')
    .forEach(each => window.steps.add(each.lastChild.textContent.replace(/ · \\d+ (s|min).*/, '')))
  new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true })
}"""


def test_a_prompt_becomes_four_images_that_open(page: Page, app: App) -> None:
    before = set(app.media.glob("image_*.png"))
    page.goto("/")
    expect(page.get_by_text("Sandbox:").first).to_be_visible()
    expect(page.get_by_text("What will you make?")).to_be_visible()
    write_prompt(page, "Layered paper waves under a low red sun")
    page.get_by_role("radio", name="4", exact=True).click()
    expect(page.locator(".st-key-generate button")).to_contain_text("Generate 4 images")
    page.evaluate(NOTE_STEPS)
    press_generate(page)
    expect(page.locator("[class*=st-key-task_i_] [role=progressbar]").first).to_be_attached()
    expect(page.locator("[class*=st-key-task_i_]")).to_have_count(0, timeout=DONE_MS)
    steps = page.evaluate("[...window.steps]")
    assert len(steps) >= 2, f"progress was not seen moving: {steps}"
    cards = results_of(page, "Layered paper waves")
    expect(cards).to_have_count(4, timeout=DONE_MS)
    expect(page.locator("[data-testid=stToast]")).to_have_count(0)  # the images have appeared
    expect(page.locator("[class*=st-key-done_task_i_] summary", has_text="Done · took")).to_be_visible()
    expect(page.locator(".st-key-stage .staged")).to_have_count(4)
    files = set(app.media.glob("image_*.png")) - before
    assert len(files) == 4
    for path in files:
        with Image.open(path) as picture:
            picture.load()
            assert picture.size == (1024, 1024)
    shown = cards.first.locator("img").first
    expect(shown).to_have_js_property("complete", True)
    # With srcset, naturalWidth is the layout width.
    until(page, lambda: shown.evaluate("image => image.naturalWidth") >= 200)


@pytest.mark.parametrize(
    ("label", "length"),
    [("Veo 3.1 Fast", 8), ("Veo 3.1 Quality", 8), ("Runway", 5), ("Sora 2", 10), ("Kling 2.5 Turbo", 5)],
)
def test_each_video_model_makes_a_video_that_plays(page: Page, app: App, label: str, length: int) -> None:
    before = set(app.media.glob("video_*.mp4"))
    page.emulate_media(reduced_motion="no-preference")  # otherwise the stage shows only the poster
    page.goto("/")
    choose_mode(page, "Videos")
    choose_model(page, label)
    prompt = f"Neon sun over an endless grid by {label}"
    write_prompt(page, prompt)
    press_generate(page)
    card = results_of(page, prompt).first
    expect(card).to_be_visible(timeout=DONE_MS)
    (file,) = set(app.media.glob("video_*.mp4")) - before
    with av.open(str(file)) as film:
        assert film.duration is not None and abs(film.duration / 1_000_000 - length) < 0.3
        assert film.streams.video[0].codec_context.name == "h264"
    staged = card.locator("video")
    expect(staged).to_have_attribute("poster", re.compile("webp"))
    until(page, lambda: staged.evaluate("film => film.currentTime > 0"))
    card.locator("button").first.click()
    video = page.locator("dialog[open] video")
    expect(video).to_have_attribute("controls", re.compile(".*"))
    until(page, lambda: video.evaluate("film => film.currentTime > 0.3"))
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_an_uploaded_image_is_animated(page: Page, app: App) -> None:
    out = BytesIO()
    Image.new("RGB", (800, 450), (20, 160, 90)).save(out, "PNG")
    before = set(app.media.glob("video_*.mp4"))
    page.goto("/")
    choose_mode(page, "Videos")
    choose_model(page, "Kling 2.5 Turbo")
    open_reference(page, "Upload")
    upload = {"name": "green.png", "mimeType": "image/png", "buffer": out.getvalue()}
    page.locator("input[type=file]").set_input_files([upload])  # type: ignore[list-item]
    expect(page.get_by_role("img", name="Your first frame")).to_be_visible()
    write_prompt(page, "The green field breathes")
    press_generate(page)
    expect(results_of(page, "The green field breathes").first).to_be_visible(timeout=DONE_MS)
    (file,) = set(app.media.glob("video_*.mp4")) - before
    with av.open(str(file)) as film:
        frame = next(film.decode(video=0)).to_ndarray(format="rgb24")
    red, green, blue = frame.reshape(-1, 3).mean(axis=0)
    assert green > red + 30 and green > blue + 20, (red, green, blue)


def test_a_wrong_file_is_reported_at_the_field(page: Page) -> None:
    page.goto("/")
    choose_mode(page, "Videos")
    choose_model(page, "Kling 2.5 Turbo")
    open_reference(page, "Upload")
    fake = {"name": "cat.png", "mimeType": "image/png", "buffer": b"<html>not a picture</html>"}
    page.locator("input[type=file]").set_input_files([fake])  # type: ignore[list-item]
    expect(page.get_by_text("Use a PNG or JPEG up to 10 MB").first).to_be_visible()


def test_a_failed_task_shows_its_reason_and_actions(page: Page) -> None:
    page.goto("/")
    write_prompt(page, "a crowd [fault:policy]")
    press_generate(page)
    card = page.locator("[class*=st-key-task_i_failed]")
    expect(card).to_be_visible(timeout=DONE_MS)
    opened(page, card)
    expect(card).to_contain_text(re.compile("flagged|policy|rejected", re.I))
    expect(card.get_by_role("button", name="Edit prompt")).to_be_visible()
    card.get_by_role("button", name="Dismiss").first.click()
    expect(card).to_have_count(0)


def test_an_empty_prompt_shows_an_error_at_the_field(page: Page) -> None:
    page.goto("/")
    expect(page.locator(".st-key-prompt textarea")).to_be_visible()
    page.locator(".st-key-generate button").click()
    expect(page.get_by_text("Write a prompt first.")).to_be_visible()


def test_a_reload_and_a_second_tab_find_everything(page: Page) -> None:
    page.goto("/")
    write_prompt(page, "a lighthouse [fault:slow=60]")
    press_generate(page)
    card = page.locator("[class*=st-key-task_i_]", has_text="a lighthouse")
    expect(card).to_be_visible()
    page.reload()
    expect(card).to_be_visible()
    second = page.context.new_page()
    second.goto("/")
    expect(second.locator("[class*=st-key-task_i_]", has_text="a lighthouse")).to_be_visible()
    second.close()
    expect(results_of(page, "a lighthouse").first).to_be_visible(timeout=DONE_MS)


def test_a_half_written_prompt_survives_the_way_to_the_gallery(page: Page) -> None:
    page.goto("/")
    write_prompt(page, "half a thou")
    page.get_by_role("link", name="Gallery").first.click()
    expect(page.locator(".st-key-gallery_bar")).to_be_visible()
    page.get_by_role("link", name="Generate").first.click()
    expect(page.locator(".st-key-prompt textarea")).to_have_value("half a thou")


def test_stopping_tracking_asks_first(page: Page) -> None:
    page.goto("/")
    write_prompt(page, "a slow river [fault:slow=400]")
    press_generate(page)
    card = page.locator("[class*=st-key-task_i_]", has_text="a slow river")
    expect(card).to_contain_text("%", timeout=DONE_MS)
    card.get_by_role("button", name="Cancel").click()
    expect(card).to_contain_text("Stop this task? It is free in the sandbox")
    card.get_by_role("button", name="Stop", exact=True).click()
    expect(opened(page, card).get_by_role("button", name="Check again")).to_be_visible()
    card.get_by_role("button", name="Dismiss").click()
    expect(card).to_have_count(0)


def test_the_media_folder_holds_only_ours(app: App) -> None:
    strangers = [path.name for path in Path(app.media).iterdir() if not path.name.startswith(("image_", "video_", "."))]
    assert strangers == []


def test_a_double_click_is_one_request(page: Page) -> None:
    page.goto("/")
    write_prompt(page, "two clicks, one boat [fault:slow=30]")
    page.locator(".st-key-generate button").dblclick()
    expect(results_of(page, "two clicks, one boat").first).to_be_visible(timeout=DONE_MS)
    expect(page.locator("[class*=st-key-task_i_]")).to_have_count(0)
    expect(results_of(page, "two clicks, one boat")).to_have_count(1)
