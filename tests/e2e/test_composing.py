"""The composer in a browser: styles, history, pasted and dropped images, by keyboard and on a phone."""

from __future__ import annotations

import base64
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.e2e.api_tasks import media_of
from tests.e2e.composer import DONE_MS, press_generate, results_of, write_prompt
from tests.e2e.conftest import App
from tests.e2e.tabs import show
from tests.e2e.viewer import rectangle
from tests.e2e.waiting import no_sideways, until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-shared"), pytest.mark.timeout(240)]

DROP = """([files, selector, kind]) => {
  const transfer = new DataTransfer()
  for (const { name, type, data } of files) {
    transfer.items.add(new File([Uint8Array.from(atob(data), sign => sign.charCodeAt(0))], name, { type }))
  }
  const target = document.querySelector(selector)
  const event = kind === 'paste'
    ? new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true })
    : new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true })
  return !target.dispatchEvent(event)
}"""


@pytest.fixture(scope="module")
def app(shared_app: App) -> App:
    """The app that several files share."""
    return shared_app


def image_file(name: str, mime: str = "image/png", color: tuple[int, int, int] = (20, 160, 90)) -> dict[str, str]:
    out = BytesIO()
    Image.new("RGB", (640, 480), color).save(out, "PNG")
    return {"name": name, "type": mime, "data": base64.b64encode(out.getvalue()).decode()}


def bring(page: Page, files: list[dict[str, str]], kind: str = "drop", selector: str = ".st-key-composer") -> bool:
    """Drop or paste files; True when the page keeps the browser from opening them."""
    expect(page.locator(".k-drop-note")).to_be_attached()
    return bool(page.evaluate(DROP, [files, selector, kind]))


def choose_style(page: Page, name: str) -> None:
    page.locator(".st-key-style_box button, [class*=st-key-prompt_row] [data-testid=stPopoverButton]").first.click()
    page.get_by_role("radio", name=name).click()
    expect(page.locator(".k-chip")).to_contain_text(name)
    page.keyboard.press("Escape")
    expect(page.get_by_role("radio", name=name)).to_have_count(0)


def generate(page: Page, prompt: str) -> None:
    write_prompt(page, prompt)
    press_generate(page)
    expect(results_of(page, prompt).first).to_be_visible(timeout=DONE_MS)


def remove_style(page: Page, name: str) -> None:
    page.get_by_role("button", name=f"Remove the style {name}").click()
    expect(page.locator(".k-chip")).to_have_count(0)


def remove_reference(page: Page) -> None:
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".st-key-reference_chosen")).to_have_count(0)


def test_a_style_is_seen_before_it_is_sent_stays_removed_and_comes_back_with_reuse(tab: Page, app: App) -> None:
    show(tab, "Generate")
    write_prompt(tab, "A whale above a village.")
    expect(tab.locator(".k-meter")).to_have_text("24 / 4,000")
    choose_style(tab, "Ink wash")
    expect(tab.locator(".k-meter")).not_to_have_text("24 / 4,000")
    tab.get_by_text("Full prompt").click()
    sent = tab.locator(".k-sent p")
    expect(sent).to_contain_text("A whale above a village. Sumi ink wash")
    tab.locator(".st-key-prompt textarea").fill("Two whales")
    expect(sent).to_contain_text("Two whales. Sumi ink wash")
    press_generate(tab)
    expect(results_of(tab, "Two whales").first).to_be_visible(timeout=DONE_MS)
    remove_style(tab, "Ink wash")
    generate(tab, "Three whales")
    assert [each["prompt"] for each in media_of(app, "Three whales")] == ["Three whales"]  # the style stayed removed
    card = results_of(tab, "Two whales")
    card.hover()
    card.get_by_role("button", name="Reuse").click()
    expect(tab.locator(".st-key-prompt textarea")).to_have_value("Two whales")
    expect(tab.locator(".k-chip")).to_contain_text("Ink wash")
    remove_style(tab, "Ink wash")


@pytest.mark.exhaustive
def test_earlier_prompts_are_found_by_a_word(tab: Page) -> None:
    show(tab, "Generate")
    for prompt in ("a xylophone in rain", "a lantern in snow"):
        generate(tab, prompt)
    tab.get_by_role("button", name="History").click()
    listed = tab.locator("[class*=st-key-history_list] button")
    expect(listed.first).to_contain_text("a lantern in snow")
    tab.get_by_label("Search your prompts").fill("xylophone")
    expect(listed).to_have_count(1)
    expect(listed.first).to_contain_text("a xylophone in rain")  # the list may be drawn anew between the two
    listed.first.click()
    expect(tab.locator(".st-key-prompt textarea")).to_have_value("a xylophone in rain")
    expect(tab.get_by_label("Search your prompts")).to_have_count(0)


def test_a_dropped_image_is_the_reference_and_wrong_files_are_reported(tab: Page) -> None:
    show(tab, "Generate")
    assert bring(tab, [{"name": "notes.pdf", "type": "application/pdf", "data": ""}])
    note = tab.locator(".k-drop-note")
    expect(note).to_contain_text("notes.pdf is not supported. Use a PNG, JPEG or WebP up to 15 MB.")
    assert bring(tab, [image_file("fox.png")], "dragover")
    expect(tab.locator(".st-key-composer")).to_have_attribute("data-drop", "yes")
    notes = {"name": "notes.pdf", "type": "application/pdf", "data": ""}
    assert bring(tab, [image_file("fox.png"), notes])
    expect(tab.locator(".st-key-composer[data-drop]")).to_have_count(0)
    expect(note).to_contain_text("You added 2 files; only fox.png is used.")
    expect(tab.get_by_role("img", name="Your reference image")).to_be_visible()
    expect(tab.locator(".st-key-reference_chosen")).to_contain_text("Dropped · fox.png")
    assert bring(tab, [image_file("cat.png"), image_file("dog.png")])
    for number, name in enumerate(("fox", "cat", "dog"), start=1):
        expect(tab.locator(".st-key-reference_chosen")).to_contain_text(f"Image {number}Dropped · {name}.png")
    for left in (2, 1):
        tab.get_by_role("button", name="Remove").first.click()
        expect(tab.get_by_role("button", name="Remove")).to_have_count(left)
    remove_reference(tab)


def test_a_file_beside_the_composer_does_not_replace_the_page(tab: Page) -> None:
    show(tab, "Generate")
    assert bring(tab, [image_file("fox.png")], selector=".st-key-results_column")
    tab.wait_for_timeout(500)
    expect(tab.locator(".st-key-reference_chosen")).to_have_count(0)


def test_a_pasted_image_is_the_reference_and_pasted_text_is_text(tab: Page) -> None:
    show(tab, "Generate")
    write_prompt(tab, "a kite")
    assert bring(tab, [image_file("image.png")], "paste", ".st-key-prompt textarea")
    expect(tab.locator(".st-key-reference_chosen")).to_contain_text("Pasted")
    assert not bring(tab, [], "paste", ".st-key-prompt textarea")
    expect(tab.locator(".st-key-prompt textarea")).to_have_value("a kite")
    remove_reference(tab)


@pytest.mark.exhaustive
def test_ctrl_enter_sends_what_was_just_typed(tab: Page) -> None:
    show(tab, "Generate")
    expect(tab.locator(".st-key-generate button")).to_be_enabled()
    write_prompt(tab, "")
    tab.keyboard.type("a heron, sent at once")
    tab.keyboard.press("Control+Enter")
    expect(results_of(tab, "a heron, sent at once").first).to_be_visible(timeout=DONE_MS)


def test_the_main_workflow_by_keyboard_alone(page: Page) -> None:
    page.goto("/")
    expect(page.locator(".st-key-generate button")).to_be_enabled()
    page.locator(".st-key-mode [role=radio][aria-checked=true]").focus()
    order: list[str] = []
    for _ in range(30):
        page.keyboard.press("Tab")
        key = page.evaluate(
            """() => {
              const keys = ['prompt', 'history', 'prompt_row', 'settings_row', 'generate']
              return keys.find(key => document.activeElement.closest('.st-key-' + key)) ?? ''
            }"""
        )
        if key and (not order or order[-1] != key):
            order.append(key)
        if key == "prompt":
            page.keyboard.type("a kite by keyboard")
        if key == "generate":
            break
    assert order == ["prompt", "history", "prompt_row", "settings_row", "generate"]
    ring = page.evaluate("() => getComputedStyle(document.activeElement)")
    assert ring["outlineStyle"] != "none" or ring["boxShadow"] != "none"
    page.keyboard.press("Enter")
    expect(results_of(page, "a kite by keyboard").first).to_be_visible(timeout=DONE_MS)
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("() => !!document.activeElement.closest('.st-key-stage_grid')"):
            break
    else:
        raise AssertionError("Tab never came to the cards")
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)


@pytest.mark.exhaustive
def test_a_phone_never_scrolls_sideways(browser: Browser, app: App) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, base_url=app.url, has_touch=True)
    page.goto("/")
    expect(page.locator(".st-key-generate button")).to_be_enabled()
    choose_style(page, "Studio product")
    page.get_by_text("Full prompt").click()
    no_sideways(page)
    page.get_by_role("button", name="History").click()
    box = page.locator(".st-key-history_box")
    expect(box).to_be_visible()
    until(page, lambda: rectangle(box)["left"] >= 0 and rectangle(box)["right"] <= 390)
    page.close()
