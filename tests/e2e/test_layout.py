"""Nothing is covered or cut off, at desktop and phone widths."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from tests.e2e.composer import DONE_MS, choose_mode, open_reference, press_generate, results_of, write_prompt
from tests.e2e.conftest import App
from tests.e2e.viewer import rectangle
from tests.e2e.waiting import is_timer, still, until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-layout"), pytest.mark.timeout(240)]


def open_videos(page: Page, model: str) -> None:
    """Generate with a video model chosen."""
    page.goto("/")
    page.get_by_role("radio", name="Videos").click()
    expect(page.locator(".st-key-prompt textarea")).to_have_attribute("placeholder", re.compile("shot"))
    box = page.locator(".st-key-composer").get_by_role("combobox", name="Model")
    box.click()
    page.get_by_role("option", name=re.compile(model)).click()
    expect(box).to_have_value(re.compile(model))


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
@pytest.mark.parametrize("model", ["Kling 2.5 Turbo", "Sora 2"])
def test_generate_is_below_all_settings_and_covers_none(
    browser: Browser, app: App, model: str, size: tuple[int, int]
) -> None:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, base_url=app.url)
    open_videos(page, model)
    page.wait_for_load_state("networkidle")
    for name in ("Advanced", "Reference image"):
        summary = page.locator(".st-key-composer summary", has_text=name)
        for _ in range(20):  # a pending rerun may collapse it again
            if not summary.evaluate("each => each.parentElement.open"):
                summary.click()
            page.wait_for_timeout(200)
            if summary.evaluate("each => each.parentElement.open"):
                break
    expect(page.get_by_role("tab", name="Upload")).to_be_visible()
    expect(page.locator(".st-key-composer details[open]")).to_have_count(2)
    composer = page.locator(".st-key-composer")
    until(page, lambda: composer.evaluate("each => each.scrollHeight <= each.clientHeight + 1"))
    last, below = page.locator(".st-key-composer details").last, page.locator(".st-key-generate").last
    if size[0] < 500:  # the button stays above the tab bar, clear of what is scrolled into the middle
        last.evaluate("each => each.scrollIntoView({ block: 'center' })")
    until(page, lambda: rectangle(last)["bottom"] <= rectangle(below)["top"])
    button = page.locator(".st-key-generate button")
    button.scroll_into_view_if_needed()
    button.click(trial=True)
    page.close()


def test_a_low_composer_stands_still_and_a_high_one_scrolls(page: Page) -> None:
    bench = page.locator(".st-key-workbench")
    page.goto("/")
    expect(bench).to_have_attribute("data-fits-window", "")
    page.set_viewport_size({"width": 1440, "height": 520})
    expect(bench).not_to_have_attribute("data-fits-window", "")


WORDS = ("many words " * 120).strip()


def test_the_counter_has_a_strip_of_its_own(page: Page) -> None:
    page.goto("/")
    page.locator(".st-key-prompt textarea").fill(WORDS)
    text, counter = page.locator(".st-key-prompt textarea").last, page.locator(".k-meter").last
    expect(counter).to_contain_text(f"{len(WORDS):,} /")
    still(page, counter)
    assert rectangle(text)["bottom"] <= rectangle(counter)["top"] + 1


def test_on_a_phone_generate_and_what_runs_stay_in_reach(browser: Browser, app: App) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, base_url=app.url)
    page.goto("/")
    choose_mode(page, "Videos")
    button, tabs = page.locator(".st-key-generate button"), page.locator(".st-key-tabbar")
    expect(button).to_be_in_viewport(ratio=1)
    until(page, lambda: rectangle(button)["bottom"] <= rectangle(tabs)["top"])
    choose_mode(page, "Images")
    write_prompt(page, "a slow ferry [fault:slow=30]")
    button.click()
    row = page.locator(".st-key-queue [class*=task_i_]", has_text="a slow ferry")
    expect(row).to_be_in_viewport()
    until(page, lambda: rectangle(row)["bottom"] <= rectangle(button)["top"])
    see_it = row.get_by_role("link", name="See it")
    expect(see_it).to_be_visible(timeout=DONE_MS)
    expect(row).to_be_in_viewport()
    see_it.click()
    expect(page.locator(".st-key-stage .staged img")).to_be_in_viewport()
    page.close()


def test_an_error_of_an_upload_keeps_its_tab_and_goes_with_it(page: Page) -> None:
    open_videos(page, "Kling 2.5 Turbo")
    open_reference(page, "Upload")
    tab = page.get_by_role("tab", name="Upload")
    fake = {"name": "cat.png", "mimeType": "image/png", "buffer": b"<html>not a picture</html>"}
    page.locator("input[type=file]").set_input_files([fake])  # type: ignore[list-item]
    note = page.locator(".k-field-note")
    expect(note).to_contain_text("Use a PNG or JPEG up to 10 MB")
    expect(tab).to_have_attribute("aria-selected", "true")
    page.get_by_role("tab", name="Link").click()
    expect(note).to_have_count(0)
    expect(page.get_by_label("Image link")).to_be_visible()


@pytest.mark.parametrize(
    "file",
    [
        {"name": "big.png", "mimeType": "image/png", "buffer": bytes(10_600_000)},
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"notes"},
    ],
    ids=["too large", "not an image"],
)
def test_a_refused_file_has_one_sentence_that_names_what_is_taken(page: Page, file: dict[str, object]) -> None:
    open_videos(page, "Kling 2.5 Turbo")
    open_reference(page, "Upload")
    sentence = page.get_by_text("Only PNG or JPEG up to 10 MB.")
    expect(sentence).to_be_hidden()
    page.locator("input[type=file]").set_input_files([file])  # type: ignore[list-item]
    expect(sentence).to_be_visible()
    expect(page.locator("[data-testid=stFileChip] [role=alert]")).to_be_hidden()


@pytest.mark.parametrize("through", ["the card", "the viewer"])
def test_reuse_on_a_phone_brings_the_form_into_view_and_says_so(browser: Browser, app: App, through: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, base_url=app.url)
    page.goto("/")
    words = f"a tin robot reused through {through}"
    write_prompt(page, words)
    press_generate(page)
    card = results_of(page, words).first
    expect(card).to_be_visible(timeout=DONE_MS)
    page.locator(".st-key-prompt textarea").fill("")
    page.locator(".st-key-prompt textarea").blur()
    page.wait_for_timeout(700)  # the server knows that the field is empty
    for _ in range(2):  # the second time the form already holds this prompt
        card.scroll_into_view_if_needed()
        expect(page.locator(".st-key-prompt textarea")).not_to_be_in_viewport()
        if through == "the card":
            card.get_by_role("button", name="Reuse prompt and settings").tap()
        else:
            card.locator("button.open").tap()
            page.locator("dialog[open]").get_by_role("button", name="Reuse").tap()
            page.locator("dialog[open]").get_by_role("menuitem", name="Reuse all settings").tap()
        expect(page.get_by_text("Prompt and settings are in the form.").first).to_be_visible()
        expect(page.locator(".st-key-prompt textarea")).to_have_value(words)
        expect(page.locator(".st-key-prompt textarea")).to_be_in_viewport()
    page.close()


def test_reuse_during_a_timer_fills_a_field_that_was_just_cleared(page: Page) -> None:
    """The timer's request still holds the empty field, and arrives right after the click."""
    empty: list[bytes | str] = []

    def relay(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def forward(message: bytes | str) -> None:
            server.send(message)
            if is_timer(message):
                empty[:] = [message]
            elif empty:
                for _ in range(5):
                    server.send(empty[0])

        socket.on_message(forward)

    page.route_web_socket("**/_stcore/stream", relay)
    page.goto("/")
    prompt = page.locator(".st-key-prompt textarea")
    write_prompt(page, "Fog over a harbor")
    press_generate(page)
    card = results_of(page, "Fog over a harbor").first
    expect(card).to_be_visible(timeout=DONE_MS)
    for _ in range(3):
        prompt.fill("")
        prompt.blur()
        empty.clear()
        until(page, lambda: len(empty) > 0)
        card.hover()
        card.get_by_role("button", name="Reuse prompt and settings").click()
        expect(prompt).to_have_value("Fog over a harbor")
