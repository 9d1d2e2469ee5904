"""Nothing is covered or cut off, at desktop and phone widths."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, ViewportSize, WebSocketRoute, expect

from tests.e2e.composer import (
    DONE_MS,
    choose_mode,
    choose_model,
    open_reference,
    press_generate,
    results_of,
    write_prompt,
)
from tests.e2e.conftest import App
from tests.e2e.viewer import rectangle
from tests.e2e.waiting import is_timer, noted, still, until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-layout"), pytest.mark.timeout(240)]


DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture
def phone(browser: Browser, app: App) -> Iterator[Page]:
    """A phone with a touch screen."""
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True, base_url=app.url)
    yield context.new_page()
    context.close()


def expand(page: Page, name: str, *, is_open: bool = True) -> None:
    """Open or close that section of the composer; a pending rerun may change it back."""
    details = page.locator(".st-key-composer details", has=page.locator("summary", has_text=name))

    def changed() -> bool:
        if details.evaluate("each => each.open") is is_open:
            return True
        details.locator("summary").click()
        page.wait_for_timeout(1000)  # a section stays open until its closing animation ends
        return False

    until(page, changed)


def expect_generate_below_all_settings(page: Page) -> None:
    expand(page, "Reference image", is_open=False)  # open, it lies over the sections above it
    for name in ("Advanced", "Reference image"):
        expand(page, name)
    expect(page.get_by_role("tab", name="Upload")).to_be_visible()
    expect(page.locator(".st-key-composer details[open]")).to_have_count(2)
    composer = page.locator(".st-key-composer")
    until(page, lambda: composer.evaluate("each => each.scrollHeight <= each.clientHeight + 1"))
    last, below = page.locator(".st-key-composer details").last, page.locator(".st-key-generate").last
    if (page.viewport_size or {})["width"] < 500:
        # The button stays above the tab bar, clear of what is scrolled into the middle.
        last.evaluate("each => each.scrollIntoView({ block: 'center' })")
    until(page, lambda: rectangle(last)["bottom"] <= rectangle(below)["top"])
    button = page.locator(".st-key-generate button")
    button.scroll_into_view_if_needed()
    button.click(trial=True)


@pytest.mark.exhaustive
def test_generate_is_below_all_settings_and_covers_none(page: Page) -> None:
    page.goto("/")
    choose_mode(page, "Videos")
    for model in ("Kling 2.5 Turbo", "Sora 2"):
        page.set_viewport_size(DESKTOP)
        choose_model(page, model)
        page.wait_for_load_state("networkidle")
        for size in (DESKTOP, PHONE):
            page.set_viewport_size(size)
            with noted(f"{model}, {size}"):
                expect_generate_below_all_settings(page)
        page.locator("[data-testid=stMain]").evaluate("main => { main.scrollTop = 0 }")


WORDS = ("many words " * 120).strip()


@pytest.mark.exhaustive
def test_the_counter_has_a_strip_of_its_own_and_only_a_low_composer_stands_still(page: Page) -> None:
    page.goto("/")
    page.locator(".st-key-prompt textarea").fill(WORDS)
    text, counter = page.locator(".st-key-prompt textarea").last, page.locator(".k-meter").last
    expect(counter).to_contain_text(f"{len(WORDS):,} /")
    still(page, counter)
    assert rectangle(text)["bottom"] <= rectangle(counter)["top"] + 1
    bench = page.locator(".st-key-workbench")
    expect(bench).to_have_attribute("data-fits-window", "")
    page.set_viewport_size({"width": 1440, "height": 520})
    expect(bench).not_to_have_attribute("data-fits-window", "")


def reuse(page: Page, card: Locator, way: str) -> None:
    """By the card itself or by the viewer it opens."""
    if way == "the card":
        card.get_by_role("button", name="Reuse prompt and settings").tap()
    else:
        card.locator("button.open").tap()
        page.locator("dialog[open]").get_by_role("button", name="Reuse").tap()
        page.locator("dialog[open]").get_by_role("menuitem", name="Reuse all settings").tap()


def test_on_a_phone_generate_and_what_runs_stay_in_reach_and_reuse_brings_the_form_into_view(phone: Page) -> None:
    page, words = phone, "a slow ferry [fault:slow=12]"
    page.goto("/")
    choose_mode(page, "Videos")
    button = page.locator(".st-key-generate button", has_text="Generate video")
    tabs = page.locator(".st-key-tabbar")
    expect(button).to_be_in_viewport(ratio=1)
    price = page.locator(".st-key-price .k-price")
    expect(price).to_contain_text("usually")
    expect(price).to_be_in_viewport(ratio=1)
    until(page, lambda: rectangle(button)["bottom"] <= rectangle(price)["top"])
    until(page, lambda: rectangle(price)["bottom"] <= rectangle(tabs)["top"])
    choose_mode(page, "Images")
    button = page.locator(".st-key-generate button", has_text="Generate image")
    write_prompt(page, words)
    button.click()
    row = page.locator(".st-key-queue [class*=task_i_]", has_text="a slow ferry")
    expect(row).to_be_in_viewport()
    until(page, lambda: rectangle(row)["bottom"] <= rectangle(button)["top"])
    see_it = row.get_by_role("link", name="See it")
    expect(see_it).to_be_visible(timeout=DONE_MS)
    expect(row).to_be_in_viewport()
    see_it.click()
    expect(page.locator(".st-key-stage .staged img")).to_be_in_viewport()

    prompt, card = page.locator(".st-key-prompt textarea"), results_of(page, words).first
    for way in ("the card", "the viewer"):
        prompt.fill("")
        prompt.blur()
        page.wait_for_timeout(700)  # the server knows that the field is empty
        for _ in range(2):  # the second time the form already holds this prompt
            with noted(way):
                card.scroll_into_view_if_needed()
                expect(prompt).not_to_be_in_viewport()
                reuse(page, card, way)
                expect(page.get_by_text("Prompt and settings are in the form.").first).to_be_visible()
                expect(prompt).to_have_value(words)
                expect(prompt).to_be_in_viewport()


REFUSED: tuple[FilePayload, ...] = (
    {"name": "big.png", "mimeType": "image/png", "buffer": bytes(10_600_000)},
    {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"notes"},
)


@pytest.mark.exhaustive
def test_a_refused_file_has_one_sentence_and_an_unreadable_one_a_note_that_goes_with_its_tab(page: Page) -> None:
    page.goto("/")
    choose_mode(page, "Videos")
    choose_model(page, "Kling 2.5 Turbo")
    open_reference(page, "Upload")
    sentence, files = page.get_by_text("Only PNG or JPEG up to 10 MB."), page.locator("input[type=file]")
    chip = page.locator("[data-testid=stFileChip]")
    for file in REFUSED:
        with noted(file["name"]):
            expect(sentence).to_be_hidden()
            files.set_input_files([file])
            expect(sentence).to_be_visible()
            expect(page.locator("[data-testid=stFileChip] [role=alert]")).to_be_hidden()
            chip.get_by_role("button").click()
            expect(chip).to_have_count(0)
    tab = page.get_by_role("tab", name="Upload")
    files.set_input_files([{"name": "cat.png", "mimeType": "image/png", "buffer": b"<html>not an image</html>"}])
    note = page.locator(".k-field-note")
    expect(note).to_contain_text("Use a PNG or JPEG up to 10 MB")
    expect(tab).to_have_attribute("aria-selected", "true")
    page.get_by_role("tab", name="Link").click()
    expect(note).to_have_count(0)
    expect(page.get_by_label("Image link")).to_be_visible()


@pytest.mark.exhaustive
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
