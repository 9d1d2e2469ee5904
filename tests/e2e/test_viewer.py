"""The viewer in a browser: zoom, keys, its address, what its buttons do, on a desktop and on a phone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import App, start_app, stop_app

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-viewer"), pytest.mark.timeout(240)]

LONG = "A lighthouse in the storm, " + "waves against the rock, " * 160
PROMPTS = ("A fox of folded paper", "A glass tower at dusk", LONG[:3990].strip())
CLIP = "A comet over the sea"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[App]:
    """An app whose gallery holds, newest first: a clip, a picture with a very long prompt, two pictures."""
    running = start_app(tmp_path_factory.mktemp("viewer"), KAIMEDIA_SANDBOX_SPEED="20")
    tab = browser.new_page(base_url=running.url)
    field = make(tab, *PROMPTS)
    tab.get_by_role("radio", name="Videos").click()
    expect(field).to_have_attribute("placeholder", re.compile("shot"))
    field.fill(CLIP)
    tab.locator(".st-key-generate button").click()
    expect(tab.locator("[class*=st-key-result_]", has_text=CLIP).first).to_be_visible(timeout=90_000)
    tab.close()
    yield running
    stop_app(running)


def make(page: Page, *prompts: str) -> Locator:
    """One picture for each prompt, one after the other; the prompt's field."""
    page.goto("/")
    field = page.locator(".st-key-prompt textarea")
    for prompt in prompts:
        field.fill(prompt)
        page.locator(".st-key-generate button").click()
        expect(page.locator("[class*=st-key-result_]", has_text=prompt[:26]).first).to_be_visible(timeout=60_000)
    return field


def card(page: Page, prompt: str) -> Locator:
    return page.locator(".card", has=page.get_by_alt_text(re.compile(re.escape(prompt[:24])))).first


def opened(page: Page, prompt: str = PROMPTS[1], path: str = "/gallery") -> Locator:
    """The viewer, opened by a click on that card."""
    stepped_back(page)
    page.goto(path)
    card(page, prompt).locator("button").first.click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text(prompt[:24])
    return dialog


def stepped_back(page: Page) -> None:
    """Closing the viewer goes a step back in the history; a visit begun before that ends would be cut off by it."""
    page.wait_for_url(lambda url: "item=" not in url)
    page.wait_for_timeout(300)


def id_in(page: Page) -> int:
    found = re.search(r"[?&]item=(\d+)", page.url)
    assert found, page.url
    return int(found[1])


def rectangle(part: Locator) -> dict[str, float]:
    box = part.bounding_box()
    assert box
    return {"left": box["x"], "right": box["x"] + box["width"], "top": box["y"], "bottom": box["y"] + box["height"]}


def covers(stage: dict[str, float], hold: dict[str, float]) -> bool:
    """Whether the picture leaves no side of its window bare."""
    return (
        stage["left"] <= hold["left"] + 1
        and stage["right"] >= hold["right"] - 1
        and stage["top"] <= hold["top"] + 1
        and stage["bottom"] >= hold["bottom"] - 1
    )


def settled(page: Page) -> None:
    """Until no transition of the picture runs."""
    page.wait_for_function(
        """() => {
            const hosts = [...document.querySelectorAll('*')]
            const host = hosts.find(node => node.shadowRoot?.querySelector('dialog[open]'))
            const stage = host.shadowRoot.querySelector('.stage')
            return stage.getAnimations({ subtree: true }).every(each => each.playState !== 'running')
        }"""
    )


def test_the_wheel_zooms_about_the_pointer_and_a_drag_stays_within_the_picture(page: Page) -> None:
    dialog = opened(page)
    stage, hold = dialog.locator(".stage"), dialog.locator(".hold")
    settled(page)
    fitting = rectangle(stage)
    page.mouse.move(fitting["left"] + 400, fitting["top"] + 400)
    page.mouse.wheel(0, -480)
    page.mouse.wheel(0, -480)
    page.mouse.wheel(0, -480)
    expect(dialog).to_have_class(re.compile("zoomed"))
    settled(page)
    before = rectangle(stage)
    point = {"left": fitting["left"] + 480.0, "top": fitting["top"] + 330.0}
    page.mouse.move(point["left"], point["top"])
    page.mouse.wheel(0, -60)
    expect(dialog.locator(".percent")).to_have_text(re.compile(r"\d+ %"))
    settled(page)
    grown = rectangle(stage)
    scale = (grown["right"] - grown["left"]) / (before["right"] - before["left"])
    assert scale > 1.1
    for side, at in point.items():
        assert (at - grown[side]) / scale == pytest.approx(at - before[side], abs=2)
    for across, down in ((2400, 2400), (-2400, -2400)):
        middle = rectangle(hold)
        x, y = (middle["left"] + middle["right"]) / 2, (middle["top"] + middle["bottom"]) / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + across / 4, y + down / 4, steps=4)
        page.mouse.move(x + across, y + down, steps=6)
        page.mouse.up()
        settled(page)
        assert covers(rectangle(stage), rectangle(hold))
    expect(dialog).to_be_visible()  # a drag is no click beside the picture
    page.keyboard.press("0")
    expect(dialog).not_to_have_class(re.compile("zoomed"))
    settled(page)
    assert rectangle(stage) == pytest.approx(fitting, abs=1)


def test_double_click_and_buttons_and_keys_zoom_and_the_readout_tells(page: Page) -> None:
    dialog = opened(page)
    readout = dialog.locator(".percent")
    fitting = readout.text_content()
    dialog.locator(".stage").dblclick()
    expect(dialog).to_have_class(re.compile("zoomed"))
    expect(readout).not_to_have_text(str(fitting))
    dialog.locator(".stage").dblclick()
    expect(readout).to_have_text(str(fitting))
    page.keyboard.press("1")
    expect(readout).to_have_text("100 %")
    page.keyboard.press("+")
    expect(readout).to_have_text("150 %")
    page.keyboard.press("-")
    expect(readout).to_have_text("100 %")
    dialog.get_by_role("button", name="Fit to window").click()
    expect(readout).to_have_text(str(fitting))
    expect(dialog.get_by_role("button", name="Zoom out")).to_be_disabled()


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
    expect(dialog.get_by_role("button", name="Favourited")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("f")
    expect(dialog.get_by_role("button", name="Favourite", exact=True)).to_be_visible()
    page.keyboard.press("i")
    expect(dialog.locator(".panel")).to_be_hidden()
    page.keyboard.press("i")
    expect(dialog.locator(".panel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(card(page, PROMPTS[0]).locator("button").first).to_be_focused()


def test_a_clip_plays_muted_with_its_own_controls_and_its_arrows_seek(page: Page) -> None:
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
    assert dialog.get_by_role("group", name="Zoom").count() == 0


def test_its_address_follows_the_item_and_back_closes_it(page: Page) -> None:
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
    assert id_in(page) != first
    page.go_back()
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page).to_have_url(before)
    expect(card(page, PROMPTS[0])).to_be_visible()
    card(page, PROMPTS[1]).locator("button").first.click()
    expect(page).to_have_url(re.compile("item="))
    page.keyboard.press("Escape")
    expect(page).to_have_url(before)


def test_closing_it_does_not_run_the_page_again(page: Page) -> None:
    sent: list[str | bytes] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    opened(page)
    expect(page).to_have_url(re.compile("item="))
    expect(page.locator("dialog[open] .facts")).to_contain_text("Task")
    page.wait_for_timeout(500)
    before = len(sent)
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("item="))
    page.go_back()  # away from the gallery: proof that none of our entries is left over
    expect(page).not_to_have_url(re.compile("gallery"))
    assert before == len(sent)


def test_a_link_opens_it_even_outside_the_filter(page: Page) -> None:
    opened(page)
    item = id_in(page)
    page.goto(f"/gallery?item={item}&kind=Videos")
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text(PROMPTS[1])
    expect(dialog.locator(".place")).to_have_text("")
    expect(dialog.get_by_role("button", name="Next")).to_be_disabled()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page).not_to_have_url(re.compile("item="))
    expect(page).to_have_url(re.compile("kind=Videos"))
    page.goto("/gallery?item=987654")
    expect(page.locator("dialog[open]")).to_contain_text("no longer here")
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("item="))


def test_details_tell_everything(page: Page) -> None:
    dialog = opened(page, CLIP)
    facts = dialog.locator(".facts")
    for label in ("Model", "Aspect ratio", "Size", "Length", "File", "Cost", "Asked", "Saved", "Task"):
        expect(facts.locator("dt", has_text=re.compile(f"^{label}$"))).to_have_count(1)
    expect(facts).to_contain_text("Free, sandbox")
    expect(facts).to_contain_text(re.compile(r"\d MB|\d KB"))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    facts.get_by_role("button", name="Copy task id", exact=True).click()
    assert len(page.evaluate("navigator.clipboard.readText()")) > 16


def test_copy_prompt_and_link(page: Page, app: App) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    dialog = opened(page)
    dialog.get_by_role("button", name="Copy prompt").click()
    expect(dialog.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == PROMPTS[1]
    dialog.get_by_role("button", name="Copy link").click()
    expect(dialog.locator("[data-do=link]")).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == f"{app.url}/gallery?item={id_in(page)}"


def test_a_very_long_prompt_leaves_the_actions_in_view(page: Page) -> None:
    dialog = opened(page, PROMPTS[2])
    expect(dialog.get_by_role("button", name="Delete")).to_be_in_viewport(ratio=1)
    low = rectangle(dialog.locator(".prompt"))["bottom"]
    dialog.get_by_role("button", name="Show all").click()
    expect(dialog.get_by_role("button", name="Delete")).to_be_in_viewport(ratio=1)
    assert rectangle(dialog.locator(".prompt"))["bottom"] > low + 200
    dialog.get_by_role("button", name="Show less").click()
    assert rectangle(dialog.locator(".prompt"))["bottom"] == pytest.approx(low, abs=2)


@pytest.mark.parametrize("how", ["Reuse all settings", "Prompt only", "With another model"])
def test_reuse_lands_on_generate(page: Page, how: str) -> None:
    dialog = opened(page, CLIP)
    dialog.get_by_role("button", name="Reuse").click()
    dialog.get_by_role("menuitem", name=how).click()
    chosen = ""
    if how == "With another model":
        row = dialog.get_by_role("menuitem").first
        chosen = row.inner_text()
        row.click()
    expect(page.locator(".st-key-prompt textarea")).to_have_value(CLIP)
    expect(page).not_to_have_url(re.compile("item=|gallery"))
    if how != "Prompt only":
        expect(page.get_by_role("radio", name="Videos")).to_be_checked()
    if chosen:
        expect(page.get_by_role("combobox", name="Model")).to_have_value(chosen)


def test_use_as_reference_lands_on_generate(page: Page) -> None:
    opened(page).get_by_role("button", name="Use as reference").click()
    expect(page.get_by_role("radio", name="Videos")).to_be_checked()
    expect(page).not_to_have_url(re.compile("item=|gallery"))


def test_delete_goes_on_to_the_next_and_undo_brings_it_back(page: Page) -> None:
    dialog = opened(page)
    item = id_in(page)
    page.keyboard.press("Delete")
    expect(dialog).to_contain_text(f"Deleted: {PROMPTS[1]}")
    expect(dialog).to_contain_text("3 of 3")
    expect(card(page, PROMPTS[1])).to_have_count(0)
    dialog.get_by_role("button", name="Undo").click()
    expect(dialog).to_contain_text("3 of 4")
    assert id_in(page) == item
    expect(dialog).not_to_contain_text("Deleted:")
    page.keyboard.press("Escape")
    expect(page.locator(".card")).to_have_count(4)


def test_the_trash_gives_back_and_deletes_for_good_after_a_question(page: Page) -> None:
    make(page, "A paper boat", "A paper kite")
    opened(page, "A paper boat")
    page.keyboard.press("Delete")
    expect(page.locator("dialog[open]")).to_contain_text("Deleted: A paper boat")
    page.keyboard.press("Escape")
    opened(page, "A paper kite")
    page.keyboard.press("Delete")
    expect(page.locator("dialog[open]")).to_contain_text("Deleted: A paper kite")
    page.keyboard.press("Escape")
    dialog = opened(page, "A paper boat", "/gallery?show=Trash")
    expect(dialog).to_contain_text("In the trash. Deleted for good on")
    expect(dialog.get_by_role("button", name="Favourite")).to_have_count(0)
    dialog.get_by_role("button", name="Restore").click()
    expect(dialog).to_contain_text("A paper kite")
    expect(dialog).to_contain_text("1 of 1")
    page.keyboard.press("Delete")
    expect(dialog).to_contain_text("Delete this forever?")
    dialog.get_by_role("button", name="Keep").click()
    expect(dialog).not_to_contain_text("Delete this forever?")
    dialog.get_by_role("button", name="Delete forever").click()
    dialog.locator(".part-note").get_by_role("button", name="Delete forever").click()
    expect(dialog).to_have_count(0)
    expect(page.locator(".card")).to_have_count(0)
    opened(page, "A paper boat")
    page.keyboard.press("Delete")
    page.keyboard.press("Escape")


def test_what_failed_tells_the_reason_and_a_next_step(page: Page) -> None:
    page.goto("/")
    page.locator(".st-key-prompt textarea").fill("A dark alley [fault:policy]")
    page.locator(".st-key-generate button").click()
    expect(page.get_by_text(re.compile("didn’t finish")).first).to_be_visible(timeout=60_000)
    page.goto("/gallery?show=Didn’t finish")
    page.locator(".card button").first.click()
    dialog = page.locator("dialog[open]")
    expect(dialog.locator(".state.bad strong")).not_to_be_empty()
    expect(dialog.locator(".state.bad > span > span")).not_to_be_empty()
    expect(dialog.locator(".stand")).to_be_visible()
    expect(dialog.get_by_role("link", name="Download")).to_have_count(0)
    dialog.get_by_role("button", name="Reuse").click()
    dialog.get_by_role("menuitem", name="Reuse all settings").click()
    expect(page.locator(".st-key-prompt textarea")).to_have_value("A dark alley [fault:policy]")


def test_on_generate_it_has_no_address_of_its_own(page: Page) -> None:
    page.goto("/")
    page.locator("[class*=st-key-result_]", has_text=CLIP).locator(".card button").first.click()
    expect(page.locator("dialog[open]")).to_contain_text(CLIP)
    assert "item=" not in page.url
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)


def wait_for_details(page: Page, item: int, tags: list[str], collections: list[str]) -> None:
    """Until the server holds exactly these tags and collections for that item."""
    page.wait_for_function(
        """async ([id, wanted]) => {
            const found = await (await fetch(`/app/gallery/details?id=${id}`)).json()
            return JSON.stringify([found.tags, found.collections.map(each => each.name)]) === wanted
        }""",
        arg=[item, json.dumps([tags, collections], separators=(",", ":"))],
    )


def test_tags_and_collections_are_added_and_removed(page: Page) -> None:
    dialog = opened(page)
    item = id_in(page)
    dialog.get_by_role("button", name="Add: tag").click()
    page.keyboard.type("Night")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Add: collection").click()
    page.keyboard.type("Posters")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="Remove Posters")).to_be_visible()
    wait_for_details(page, item, ["Night"], ["Posters"])
    dialog.get_by_role("button", name="Next").click()
    expect(dialog).to_contain_text("4 of 4")
    dialog.get_by_role("button", name="Add: tag").click()
    expect(dialog.locator("#kai-known-tags option[value=Night]")).to_have_count(1)
    page.goto(f"/gallery?item={item}")
    dialog = page.locator("dialog[open]")
    expect(dialog.get_by_role("button", name="Remove Posters")).to_be_visible()
    dialog.get_by_role("button", name="Remove Night").click()
    dialog.get_by_role("button", name="Remove Posters").click()
    expect(dialog.get_by_role("button", name=re.compile("^Remove"))).to_have_count(0)
    wait_for_details(page, item, [], [])


def add(page: Page, what: str, *texts: str) -> None:
    """Type these into the field for tags or collections, each with Enter; the field stays open."""
    page.get_by_role("button", name=f"Add: {what}").click()
    for text in texts:
        page.keyboard.type(text)
        page.keyboard.press("Enter")


def test_what_is_refused_does_not_look_done(page: Page) -> None:
    dialog = opened(page)
    item = id_in(page)
    names = [f"tag {number}" for number in range(10, 41)]
    add(page, "tag", *names)
    expect(dialog.locator(".part-note")).to_have_text("30 tags at most.")
    expect(dialog.get_by_role("button", name="Remove tag")).to_have_count(30)
    wait_for_details(page, item, names[:30], [])


def test_long_names_stay_inside_the_panel_and_half_typed_ones_with_their_item(page: Page) -> None:
    dialog = opened(page, PROMPTS[0])
    add(page, "tag", "T" * 40)
    page.keyboard.press("Escape")
    add(page, "collection", "C" * 80)
    page.keyboard.type("half")
    edge = rectangle(dialog.locator(".scroll"))["right"] - 24
    removers = dialog.get_by_role("button", name=re.compile("^Remove [TC]"))
    for part in (*removers.all(), dialog.locator(".chip-field").last):
        assert rectangle(part)["right"] <= edge + 1
    dialog.get_by_role("button", name="Previous").click()
    expect(dialog.locator(".chip-field").last).to_be_hidden()
    expect(dialog.locator(".chip-field").last).to_have_value("")


def test_on_a_phone_the_panel_lies_below_and_a_double_tap_zooms(browser: Browser, app: App) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, base_url=app.url
    )
    page = context.new_page()
    page.goto("/gallery")
    card(page, PROMPTS[1]).locator("button").first.tap()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("3 of 4")
    settled(page)
    stage = rectangle(dialog.locator(".stage"))
    assert rectangle(dialog.locator(".panel"))["top"] >= stage["bottom"]
    assert dialog.evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")
    x, y = (stage["left"] + stage["right"]) / 2, (stage["top"] + stage["bottom"]) / 2
    page.touchscreen.tap(x, y)
    page.touchscreen.tap(x, y)
    expect(dialog).to_have_class(re.compile("zoomed"))
    settled(page)
    page.touchscreen.tap(x, y)
    page.touchscreen.tap(x, y)
    expect(dialog).not_to_have_class(re.compile("zoomed"))
    swipe(page, x, y, -220)
    expect(dialog).to_contain_text("4 of 4")
    swipe(page, x, y, 220)
    expect(dialog).to_contain_text("3 of 4")
    context.close()


def swipe(page: Page, x: float, y: float, across: int) -> None:
    """One finger from the middle sideways, as the browser's own input."""
    session = page.context.new_cdp_session(page)
    points = [x - across / 2 + across * step / 10 for step in range(11)]
    for index, at in enumerate(points):
        kind = "touchMove" if index else "touchStart"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": at, "y": y, "id": 1}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    session.detach()
