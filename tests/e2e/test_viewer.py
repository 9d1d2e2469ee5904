"""The viewer in a browser: keys, videos, its URL, its details."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import App
from tests.e2e.viewer import CLIP, PROMPTS, card, closed, id_in, opened, rectangle, settled
from tests.e2e.waiting import is_timer, quiet, until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-viewer"), pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def app(viewer_app: App) -> App:
    """The app with four items; these tests must not change their number or order."""
    return viewer_app


def test_keys_step_without_wrapping_and_escape_returns_to_the_card(page: Page) -> None:
    dialog = opened(page)
    expect(dialog).to_contain_text("3 of 4")
    page.keyboard.press("ArrowRight")
    expect(dialog).to_contain_text("4 of 4")
    expect(dialog.get_by_role("button", name="Next")).to_be_disabled()
    page.keyboard.press("ArrowRight")
    expect(dialog).to_contain_text("4 of 4")
    expect(dialog.locator(".live")).to_contain_text(f"Image 4 of 4: {PROMPTS[0]}")
    page.keyboard.press("f")
    expect(dialog.get_by_role("button", name="Favorited")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("f")
    expect(dialog.get_by_role("button", name="Favorite", exact=True)).to_be_visible()
    page.keyboard.press("i")
    expect(dialog.locator(".panel")).to_be_hidden()
    page.keyboard.press("i")
    expect(dialog.locator(".panel")).to_be_visible()
    closed(page)
    expect(card(page, PROMPTS[0]).locator("button").first).to_be_focused()


def test_a_video_plays_muted_with_its_own_controls_and_its_arrows_seek(page: Page) -> None:
    dialog = opened(page, CLIP)
    film = dialog.locator("video")
    expect(film).to_have_js_property("muted", True)
    expect(film).to_have_js_property("loop", True)
    expect(film).to_have_js_property("controls", True)
    expect(film).to_have_js_property("paused", False)
    page.keyboard.press("k")
    expect(film).to_have_js_property("paused", True)
    page.keyboard.press(" ")
    expect(film).to_have_js_property("paused", False)
    film.focus()
    page.keyboard.press("ArrowRight")
    expect(dialog).to_contain_text("1 of 4")
    expect(dialog.get_by_role("group", name="Zoom")).to_have_count(0)


def test_its_url_follows_the_item_and_back_closes_it(page: Page) -> None:
    page.goto("/gallery")
    page.get_by_role("radio", name="Images").click()
    expect(page).to_have_url(re.compile("Images"))
    expect(card(page, CLIP)).to_have_count(0)
    before = page.url
    card(page, PROMPTS[1]).locator("button").first.click()
    expect(page).to_have_url(re.compile(r"Images.*&item=\d+"))
    first = id_in(page)
    page.keyboard.press("ArrowRight")
    expect(page.locator("dialog[open]")).to_contain_text("3 of 3")
    expect(page).to_have_url(re.compile(rf"item=(?!{first}\b)\d+"))
    page.go_back()
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page).to_have_url(before)
    expect(card(page, PROMPTS[0])).to_be_visible()
    card(page, PROMPTS[1]).locator("button").first.click()
    expect(page).to_have_url(re.compile("item="))
    closed(page)
    expect(page).to_have_url(before)


def test_closing_it_does_not_run_the_page_again(page: Page) -> None:
    sent: list[str | bytes] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: is_timer(frame) or sent.append(frame)))
    opened(page)
    quiet(page, sent)
    before = len(sent)
    closed(page)
    page.go_back()  # leaves the gallery, so none of our history entries is left
    expect(page).not_to_have_url(re.compile("gallery"))
    assert before == len(sent)


def test_a_link_opens_it_even_outside_the_filter(page: Page) -> None:
    opened(page)
    page.goto(f"/gallery?item={id_in(page)}&kind=Videos")
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text(PROMPTS[1])
    expect(dialog.locator(".place")).to_have_text("")
    expect(dialog.get_by_role("button", name="Next")).to_be_disabled()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page).not_to_have_url(re.compile("item="))
    expect(page).to_have_url(re.compile("kind=Videos"))
    page.goto("/gallery?item=987654")
    expect(page.locator("dialog[open]")).to_contain_text("no longer exists")
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("item="))


def test_a_link_shows_all_details_before_the_gallery_is_loaded(page: Page) -> None:
    """The item's own facts show immediately; its details once came only after the gallery's first page, or never."""
    opened(page)
    held: list[Route] = []
    page.route(re.compile(r"/app/gallery/(page|index)\?"), lambda route: held.append(route))
    page.goto(page.url)
    facts = page.locator("dialog[open] .facts")
    expect(facts.locator("dt", has_text=re.compile("^File$"))).to_be_visible()
    assert held


def test_failed_details_requests_are_retried(page: Page) -> None:
    told: list[str] = []

    def refuse_twice(route: Route) -> None:
        told.append(route.request.url)
        route.fulfill(status=503, json={}) if len(told) < 3 else route.continue_()

    page.route("**/app/gallery/details?**", refuse_twice)
    page.goto("/gallery")
    card(page, PROMPTS[1]).locator("button").first.click()
    expect(page.locator("dialog[open] .facts dt", has_text=re.compile("^File$"))).to_be_visible()
    assert len(told) == 3


def test_on_generate_it_has_no_url_of_its_own(page: Page) -> None:
    page.goto("/")
    page.locator(".st-key-stage .card", has=page.get_by_alt_text(re.compile(CLIP))).locator("button").first.click()
    expect(page.locator("dialog[open]")).to_contain_text(CLIP)
    settled(page)
    assert "item=" not in page.url
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_details_show_everything(page: Page) -> None:
    dialog = opened(page, CLIP)
    facts = dialog.locator(".facts")
    for label in ("Model", "Aspect ratio", "Size", "Length", "File", "Cost", "Created", "Task ID"):
        expect(facts.locator("dt", has_text=re.compile(f"^{label}$"))).to_have_count(1)
    expect(facts).to_contain_text("Free, sandbox")
    expect(facts).to_contain_text(re.compile(r"\d MB|\d KB"))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("navigator.clipboard.writeText('')")
    facts.get_by_role("button", name="Copy Task ID", exact=True).click()
    until(page, lambda: len(page.evaluate("navigator.clipboard.readText()")) > 16)


def test_a_very_long_prompt_leaves_the_actions_visible(page: Page) -> None:
    dialog = opened(page, PROMPTS[2])
    expect(dialog.get_by_role("button", name="Delete")).to_be_in_viewport(ratio=1)
    page.evaluate("document.fonts.ready.then(() => true)")
    settled(page)
    prompt = dialog.locator(".prompt")
    low = rectangle(prompt)["bottom"]
    dialog.get_by_role("button", name="Show all").click()
    until(page, lambda: rectangle(prompt)["bottom"] > low + 200)
    expect(dialog.get_by_role("button", name="Delete")).to_be_in_viewport(ratio=1)
    dialog.get_by_role("button", name="Show less").click()
    until(page, lambda: rectangle(prompt)["bottom"] == pytest.approx(low, abs=2))
