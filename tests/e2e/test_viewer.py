"""The viewer in a browser: keys, videos, its URL, its details."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e.api_tasks import media_of
from tests.e2e.conftest import App
from tests.e2e.tabs import show
from tests.e2e.viewer import PROMPTS, VIDEO, card, closed, id_in, left, opened, rectangle, settled
from tests.e2e.waiting import is_timer, quiet, until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-viewer"), pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def app(viewer_app: App) -> App:
    """The app with four items; these tests must not change their number or order."""
    return viewer_app


def id_of(app: App) -> int:
    """The id of the item that most tests open."""
    (item,) = media_of(app, PROMPTS[1])
    return int(item["id"])


def test_keys_step_without_wrapping_and_escape_returns_to_the_card(tab: Page) -> None:
    dialog = opened(tab)
    expect(dialog).to_contain_text("3 of 4")
    tab.keyboard.press("ArrowRight")
    expect(dialog).to_contain_text("4 of 4")
    expect(dialog.get_by_role("button", name="Next")).to_be_disabled()
    tab.keyboard.press("ArrowRight")
    expect(dialog).to_contain_text("4 of 4")
    expect(dialog.locator(".live")).to_contain_text(f"Image 4 of 4: {PROMPTS[0]}")
    tab.keyboard.press("f")
    expect(dialog.get_by_role("button", name="Favorited")).to_have_attribute("aria-pressed", "true")
    tab.keyboard.press("f")
    expect(dialog.get_by_role("button", name="Favorite", exact=True)).to_be_visible()
    tab.keyboard.press("i")
    expect(dialog.locator(".panel")).to_be_hidden()
    tab.keyboard.press("i")
    expect(dialog.locator(".panel")).to_be_visible()
    closed(tab)
    expect(card(tab, PROMPTS[0]).locator("button").first).to_be_focused()


def test_a_video_plays_muted_with_its_own_controls_and_its_arrows_seek(tab: Page) -> None:
    dialog = opened(tab, VIDEO)
    video = dialog.locator("video")
    expect(video).to_have_js_property("muted", True)
    expect(video).to_have_js_property("loop", True)
    expect(video).to_have_js_property("controls", True)
    expect(video).to_have_js_property("paused", False)
    tab.keyboard.press("k")
    expect(video).to_have_js_property("paused", True)
    tab.keyboard.press(" ")
    expect(video).to_have_js_property("paused", False)
    video.focus()
    tab.keyboard.press("ArrowRight")
    expect(dialog).to_contain_text("1 of 4")
    expect(dialog.get_by_role("group", name="Zoom")).to_have_count(0)
    closed(tab)


def test_its_url_follows_the_item_and_back_closes_it(tab: Page) -> None:
    show(tab, "Gallery")
    tab.get_by_role("radio", name="Images").click()
    expect(tab).to_have_url(re.compile("Images"))
    expect(card(tab, VIDEO)).to_have_count(0)
    before = tab.url
    card(tab, PROMPTS[1]).locator("button").first.click()
    expect(tab).to_have_url(re.compile(r"Images.*&item=\d+"))
    first = id_in(tab)
    tab.keyboard.press("ArrowRight")
    expect(tab.locator("dialog[open]")).to_contain_text("3 of 3")
    expect(tab).to_have_url(re.compile(rf"item=(?!{first}\b)\d+"))
    tab.go_back()
    expect(tab.locator("dialog[open]")).to_have_count(0)
    expect(tab).to_have_url(before)
    expect(card(tab, PROMPTS[0])).to_be_visible()
    card(tab, PROMPTS[1]).locator("button").first.click()
    expect(tab).to_have_url(re.compile("item="))
    closed(tab)
    expect(tab).to_have_url(before)
    tab.get_by_role("radio", name="All").click()
    expect(card(tab, VIDEO)).to_be_visible()


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


def test_a_link_opens_it_even_outside_the_filter(tab: Page, app: App) -> None:
    tab.goto(f"/gallery?item={id_of(app)}&kind=Videos")
    dialog = tab.locator("dialog[open]")
    expect(dialog).to_contain_text(PROMPTS[1])
    expect(dialog.locator(".place")).to_have_text("")
    expect(dialog.get_by_role("button", name="Next")).to_be_disabled()
    tab.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(tab).not_to_have_url(re.compile("item="))
    expect(tab).to_have_url(re.compile("kind=Videos"))
    tab.goto("/gallery?item=987654")
    expect(tab.locator("dialog[open]")).to_contain_text("no longer exists")
    tab.keyboard.press("Escape")
    expect(tab).not_to_have_url(re.compile("item="))


def test_a_link_shows_all_details_before_the_gallery_is_loaded(tab: Page, app: App) -> None:
    """The item's own facts show immediately; its details once came only after the gallery's first page, or never."""
    held: list[Route] = []
    requests = re.compile(r"/app/gallery/(page|index)\?")
    tab.route(requests, lambda route: held.append(route))
    tab.goto(f"/gallery?q=glass&item={id_of(app)}")  # a search: without a filter, the page's HTML has the first items
    facts = tab.locator("dialog[open] .facts")
    expect(facts.locator("dt", has_text=re.compile("^File$"))).to_be_visible()
    assert held
    tab.unroute(requests)
    left(tab)
    tab.goto("/gallery")  # the next tests expect no search


@pytest.mark.exhaustive
def test_failed_details_requests_are_retried(tab: Page) -> None:
    urls: list[str] = []

    def refuse_twice(route: Route) -> None:
        urls.append(route.request.url)
        route.fulfill(status=503, json={}) if len(urls) < 3 else route.continue_()

    tab.route("**/app/gallery/details?**", refuse_twice)
    tab.goto("/gallery")
    card(tab, PROMPTS[1]).locator("button").first.click()
    expect(tab.locator("dialog[open] .facts dt", has_text=re.compile("^File$"))).to_be_visible()
    assert len(urls) == 3
    tab.unroute("**/app/gallery/details?**", refuse_twice)
    closed(tab)


def test_on_generate_it_has_no_url_of_its_own(tab: Page) -> None:
    show(tab, "Generate")
    tab.locator(".st-key-stage .card", has=tab.get_by_alt_text(re.compile(VIDEO))).locator("button").first.click()
    expect(tab.locator("dialog[open]")).to_contain_text(VIDEO)
    settled(tab)
    assert "item=" not in tab.url
    tab.keyboard.press("Escape")
    expect(tab.locator("dialog[open]")).to_have_count(0)


def test_details_show_everything(tab: Page) -> None:
    dialog = opened(tab, VIDEO)
    facts = dialog.locator(".facts")
    for label in ("Model", "Aspect ratio", "Size", "Length", "File", "Cost", "Created", "Task ID"):
        expect(facts.locator("dt", has_text=re.compile(f"^{label}$"))).to_have_count(1)
    expect(facts).to_contain_text("Free, sandbox")
    expect(facts).to_contain_text(re.compile(r"\d MB|\d KB"))
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.evaluate("navigator.clipboard.writeText('')")
    facts.get_by_role("button", name="Copy Task ID", exact=True).click()
    until(tab, lambda: len(tab.evaluate("navigator.clipboard.readText()")) > 16)
    closed(tab)


def height_px(part: Locator) -> float:
    box = rectangle(part)
    return box["bottom"] - box["top"]


def test_a_very_long_prompt_leaves_the_actions_visible(tab: Page) -> None:
    dialog = opened(tab, PROMPTS[2])
    expect(dialog.get_by_role("button", name="Delete")).to_be_in_viewport(ratio=1)
    tab.evaluate("document.fonts.ready.then(() => true)")
    settled(tab)
    prompt = dialog.locator(".prompt")
    folded_px = height_px(prompt)
    dialog.get_by_role("button", name="Show all").click()
    until(tab, lambda: height_px(prompt) > folded_px + 200)
    expect(dialog.get_by_role("button", name="Delete")).to_be_in_viewport(ratio=1)
    dialog.get_by_role("button", name="Show less").click()
    until(tab, lambda: height_px(prompt) == pytest.approx(folded_px, abs=2))
