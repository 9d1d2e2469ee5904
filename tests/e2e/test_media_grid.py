"""The media grid in a browser, on a gallery of 10,000 rows."""

from __future__ import annotations

import json
import re
import sqlite3
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from bench.gallery_rows import seed
from tests.e2e.conftest import App, start_app, stop_app

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-grid"), pytest.mark.timeout(240)]

ROWS = 10_000
MOST_NODES = 1500
# The first card below the toolbar and where its upper edge stands.
AT_TOP = """cards => cards.map(card => [Number(card.dataset.id), Math.round(card.getBoundingClientRect().top)])
  .filter(([, top]) => top > 130).sort((one, other) => one[1] - other[1] || other[0] - one[0])[0]"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app whose gallery holds three years of work."""
    folder = tmp_path_factory.mktemp("grid")
    seed(f"sqlite:///{folder / 'kaimedia.db'}", ROWS, folder / "media")
    running = start_app(folder, KAIMEDIA_SANDBOX_SPEED="4")
    yield running
    stop_app(running)


@pytest.fixture
def gallery(page: Page) -> Page:
    """The gallery with its first thumbnails drawn."""
    page.goto("/gallery")
    drawn(page)
    return page


def drawn(page: Page) -> None:
    expect(page.locator(".card img.in").first).to_be_visible()
    expect(page.locator(".scrubber")).to_be_visible()


def nodes(page: Page) -> int:
    count: int = page.locator(".grid").evaluate("grid => grid.getRootNode().querySelectorAll('*').length")
    return count


def at_top(page: Page) -> tuple[int, int]:
    found = page.locator(".card").evaluate_all(AT_TOP)
    return found[0], found[1]


def scroll_to(page: Page, top_px: int) -> None:
    page.locator("[data-testid=stMain]").evaluate("(main, top) => { main.scrollTop = top }", top_px)
    settle(page)


def settle(page: Page) -> None:
    """Wait until what the last scroll brought into the window is loaded."""
    page.evaluate(
        "new Promise(done => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done)), 150))"
    )
    expect(page.locator(".card.wait")).to_have_count(0)
    expect(page.locator(".card:has(img):not(:has(img.in)):not(.lost)")).to_have_count(0)


def focused_place(page: Page) -> int:
    return int(page.locator(".card:has(.open:focus)").get_attribute("aria-posinset") or 0)


def selected(page: Page) -> Locator:
    return page.locator(".bar .count b")


def card(page: Page, place: int) -> Locator:
    return page.locator(f'.card[aria-posinset="{place}"]')


def test_ten_thousand_rows_keep_few_nodes_wherever_one_is(gallery: Page) -> None:
    total = str(ROWS)
    expect(gallery.locator(".card").first).to_have_attribute("aria-setsize", total)
    main = gallery.locator("[data-testid=stMain]")
    height: int = main.evaluate("main => main.scrollHeight")
    assert height > 200_000  # the scrollbar tells of all of them
    for share in (0.1, 0.5, 0.9, 1.0, 0.3):
        scroll_to(gallery, int(height * share))
        assert nodes(gallery) <= MOST_NODES
        place = int(gallery.locator(".card").first.get_attribute("aria-posinset") or 0)
        assert abs(place / ROWS - share) < 0.05
    assert main.evaluate("main => main.scrollHeight") == height


def test_scrolling_fast_asks_for_little(gallery: Page) -> None:
    asked: list[str] = []
    gallery.on("request", lambda request: asked.append(request.url) if "/gallery/items?" in request.url else None)
    gallery.locator("[data-testid=stMain]").evaluate(
        """main => new Promise(done => {
          let frames = 0
          const step = () => { main.scrollTop += 900; ++frames < 120 ? requestAnimationFrame(step) : done() }
          step()
        })"""
    )
    settle(gallery)
    ids = sum(len(url.partition("ids=")[2].split("&")[0].split("%2C")) for url in asked)
    passed = int(gallery.locator(".card").first.get_attribute("aria-posinset") or 0)
    assert passed > 1000
    assert ids < passed / 2


def test_the_date_rail_jumps_by_key_and_by_mouse(gallery: Page) -> None:
    rail = gallery.get_by_role("slider", name="Jump to a date")
    newest = rail.get_attribute("aria-valuetext")
    rail.focus()
    gallery.keyboard.press("End")
    settle(gallery)
    oldest = rail.get_attribute("aria-valuetext")
    assert oldest != newest
    assert int(gallery.locator(".card").first.get_attribute("aria-posinset") or 0) > ROWS * 0.9
    gallery.keyboard.press("Home")
    settle(gallery)
    expect(rail).to_have_attribute("aria-valuetext", str(newest))
    gallery.keyboard.press("PageDown")
    settle(gallery)
    year_ago = str(rail.get_attribute("aria-valuetext"))
    assert int(year_ago[-4:]) == int(str(newest)[-4:]) - 1
    box = rail.bounding_box()
    assert box
    gallery.mouse.move(box["x"] + 20, box["y"] + box["height"] * 0.2)
    gallery.mouse.down()
    gallery.mouse.move(box["x"] + 20, box["y"] + box["height"] * 0.75, steps=4)
    expect(gallery.locator(".bubble")).to_have_css("opacity", "1")
    assert gallery.locator(".bubble").inner_text() == rail.get_attribute("aria-valuetext")
    gallery.mouse.up()
    settle(gallery)
    place = int(gallery.locator(".card").first.get_attribute("aria-posinset") or 0)
    assert 0.65 < place / ROWS < 0.8


def test_every_way_to_select(gallery: Page) -> None:
    card(gallery, 2).hover()
    card(gallery, 2).get_by_role("checkbox").click()
    expect(selected(gallery)).to_have_text("1 selected")
    expect(card(gallery, 5).get_by_role("checkbox")).to_be_visible()  # in select mode on every card
    card(gallery, 5).locator(".open").click(modifiers=["Shift"])
    expect(selected(gallery)).to_have_text("4 selected")
    card(gallery, 3).locator(".open").click(modifiers=["Shift"])  # a second range replaces the first
    expect(selected(gallery)).to_have_text("2 selected")
    card(gallery, 2).locator(".open").click()
    expect(selected(gallery)).to_have_text("1 selected")
    gallery.keyboard.press("Control+a")
    expect(selected(gallery)).to_have_text("10,000 selected")
    expect(gallery.locator(".live")).to_have_text("10,000 selected")
    gallery.keyboard.press("Escape")
    expect(gallery.locator(".bar")).to_be_hidden()
    card(gallery, 4).locator(".open").click(modifiers=["ControlOrMeta"])
    expect(selected(gallery)).to_have_text("1 selected")
    expect(gallery.locator("dialog[open]")).to_have_count(0)
    gallery.get_by_role("button", name="Select all 10,000").click()
    expect(selected(gallery)).to_have_text("10,000 selected")
    gallery.get_by_role("button", name="Clear selection").click()
    expect(gallery.locator(".bar")).to_be_hidden()
    expect(card(gallery, 4).locator(".open")).to_be_focused()


def test_a_long_press_selects_and_a_tap_opens(browser: Browser, app: App) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, base_url=app.url
    )
    page = context.new_page()
    page.goto("/gallery")
    expect(page.locator(".card img.in").first).to_be_visible()
    box = card(page, 2).bounding_box()
    assert box
    finger = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    touch = context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [finger]})
    expect(selected(page)).to_have_text("1 selected")
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    card(page, 3).tap()
    expect(selected(page)).to_have_text("2 selected")
    expect(page.locator("dialog[open]")).to_have_count(0)
    bar = page.locator(".bar").bounding_box()
    assert bar and bar["x"] >= 0 and bar["x"] + bar["width"] <= 390 and bar["y"] + bar["height"] <= 844 - 83
    assert page.locator("[data-testid=stMain]").evaluate("main => main.scrollWidth <= main.clientWidth")
    page.get_by_role("button", name="Clear selection").tap()
    card(page, 3).tap()
    expect(page.locator("dialog[open]")).to_be_visible()
    context.close()


def test_the_whole_way_by_keyboard(gallery: Page) -> None:
    card(gallery, 1).locator(".open").focus()
    gallery.keyboard.press("ArrowRight")
    assert focused_place(gallery) == 2
    gallery.keyboard.press("ArrowDown")
    below = focused_place(gallery)
    assert below > 4
    gallery.keyboard.press("ArrowUp")
    assert focused_place(gallery) == 2
    for _ in range(12):
        gallery.keyboard.press("PageDown")
    assert focused_place(gallery) > 100
    gallery.keyboard.press("End")
    assert focused_place(gallery) == ROWS
    settle(gallery)
    gallery.keyboard.press("Home")
    assert focused_place(gallery) == 1
    gallery.keyboard.press("x")
    gallery.keyboard.press("Shift+ArrowRight")
    expect(selected(gallery)).to_have_text("2 selected")
    gallery.keyboard.press("Escape")
    gallery.keyboard.press("Enter")
    expect(gallery.locator("dialog[open]")).to_be_visible()
    gallery.keyboard.press("Escape")
    expect(gallery.locator("dialog[open]")).to_have_count(0)
    expect(gallery.locator(".card .open:focus")).to_have_count(1)
    # One stop for Tab in the whole grid.
    assert gallery.locator(".card .open[tabindex='0']").count() == 1


def test_favourite_and_delete_show_at_once_and_last(gallery: Page) -> None:
    first = int(card(gallery, 1).get_attribute("data-id") or 0)
    was_favorite = "fav" in (card(gallery, 1).get_attribute("class") or "")
    card(gallery, 1).locator(".open").focus()
    gallery.keyboard.press("f")
    expect(card(gallery, 1)).to_have_class(re.compile(r"^(?!.*\bfav\b)" if was_favorite else r"\bfav\b"))
    gallery.keyboard.press("ArrowRight")
    gone = int(card(gallery, 2).get_attribute("data-id") or 0)
    gallery.keyboard.press("Delete")
    expect(gallery.locator(f'.card[data-id="{gone}"]')).to_have_count(0)
    assert focused_place(gallery) == 2  # the next one takes the place
    expect(gallery.get_by_role("button", name="Undo")).to_be_visible()
    gallery.reload()
    drawn(gallery)
    expect(card(gallery, 1)).to_have_attribute("data-id", str(first))
    expect(card(gallery, 1)).to_have_class(re.compile(r"^(?!.*\bfav\b)" if was_favorite else r"\bfav\b"))
    expect(gallery.locator(f'.card[data-id="{gone}"]')).to_have_count(0)
    expect(card(gallery, 1)).to_have_attribute("aria-setsize", str(ROWS - 1))
    gallery.get_by_role("button", name="Undo").click()
    expect(card(gallery, 2)).to_have_attribute("data-id", str(gone))


def favorites(app: App, ids: list[int]) -> list[int]:
    """Which of `ids` the store holds as favourites."""
    marks = ",".join("?" * len(ids))
    with closing(sqlite3.connect(app.folder / "kaimedia.db")) as store:
        rows = store.execute(f"SELECT id FROM media WHERE is_favorite AND id IN ({marks})", ids)
        return sorted(row[0] for row in rows)


def test_no_press_is_lost_however_quick(gallery: Page, app: App) -> None:
    ids = [int(card(gallery, place).get_attribute("data-id") or 0) for place in range(1, 11)]
    before = favorites(app, ids)
    card(gallery, 1).locator(".open").focus()
    for _ in ids:
        gallery.keyboard.press("f")
        gallery.keyboard.press("ArrowRight")
    expected = sorted(set(ids) - set(before))
    for _ in range(40):
        if favorites(app, ids) == expected:
            break
        gallery.wait_for_timeout(250)
    assert favorites(app, ids) == expected


def test_many_favourites_are_taken_off_though_few_are_loaded(page: Page) -> None:
    page.goto("/gallery?favourites=true")
    drawn(page)
    total = int(card(page, 1).get_attribute("aria-setsize") or 0)
    assert total > 200
    card(page, 1).locator(".open").focus()
    page.keyboard.press("Control+a")
    page.locator(".bar").get_by_role("button", name="Unfavourite").click()
    expect(page.get_by_text(f"{total:,} items taken from your favourites.")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="No favourites yet")).to_be_visible()


def test_cards_stand_in_the_order_of_the_gallery_after_a_sort(page: Page) -> None:
    page.goto("/gallery?date=Last+7+days")
    expect(page.locator(".card img.in").first).to_be_visible()
    newest = card(page, 1).get_attribute("data-id")
    page.locator(".st-key-sort [data-testid=stSelectbox]").click()
    page.get_by_role("option", name="Oldest first").click()
    expect(page.locator(f'.card[aria-posinset="1"][data-id="{newest}"]')).to_have_count(0)
    places = page.locator(".card").evaluate_all("cards => cards.map(card => Number(card.ariaPosInSet))")
    assert len(places) > 4
    assert places == sorted(places)


def test_more_than_can_be_done_at_once_is_told(gallery: Page) -> None:
    card(gallery, 1).locator(".open").focus()
    gallery.keyboard.press("x")
    gallery.locator(".grid").evaluate(
        """grid => {
          const { selection } = grid.querySelector('.card').card.grid
          Object.defineProperty(selection, 'ids', { get: () => Array.from({ length: 200001 }, (_, at) => at + 1) })
        }"""
    )
    gallery.locator(".bar").get_by_role("button", name="Delete").click()
    expect(selected(gallery)).to_have_text("Too many: at most 200,000 at a time")
    expect(gallery.locator(".live")).to_have_text("Too many: at most 200,000 at a time.")
    expect(card(gallery, 1)).to_have_attribute("aria-setsize", re.compile(r"\d{4,}"))


def test_the_place_holds_when_the_page_changes_and_when_the_viewer_closes(gallery: Page) -> None:
    scroll_to(gallery, 40_000)
    place = at_top(gallery)
    gallery.wait_for_timeout(400)  # remembered once the scrolling rests
    gallery.locator("[data-testid=stTopNavLink]", has_text="Settings").click()
    expect(gallery.get_by_role("heading", name="Settings")).to_be_visible()
    outlines: list[str] = []
    gallery.on("request", lambda request: outlines.append(request.url) if "/app/gallery/" in request.url else None)
    gallery.locator("[data-testid=stTopNavLink]", has_text="Gallery").click()
    expect(gallery.locator(f'.card[data-id="{place[0]}"]')).to_be_in_viewport()
    gallery.wait_for_timeout(500)
    assert at_top(gallery) == pytest.approx(place, abs=3)
    assert not outlines  # drawn from what was known
    gallery.locator(f'.card[data-id="{place[0]}"] .open').click()
    expect(gallery.locator("dialog[open]")).to_be_visible()
    gallery.keyboard.press("Escape")
    expect(gallery.locator("dialog[open]")).to_have_count(0)
    assert at_top(gallery) == pytest.approx(place, abs=3)


def test_the_place_holds_when_a_result_arrives(page: Page, app: App) -> None:
    body = json.dumps({"prompt": "A kite above the town", "model": "gpt4o-image", "aspect_ratio": "1:1"})
    asked = urllib.request.Request(
        f"{app.url}/api/images/generate", body.encode(), {"Content-Type": "application/json"}, method="POST"
    )
    page.goto("/gallery")
    drawn(page)
    before = int(card(page, 1).get_attribute("aria-setsize") or 0)
    with urllib.request.urlopen(asked, timeout=10):
        page.goto("/gallery")
    drawn(page)
    scroll_to(page, 30_000)
    place = at_top(page)
    expect(page.locator(".card").first).to_have_attribute("aria-setsize", str(before + 1), timeout=60_000)
    page.wait_for_timeout(400)
    row = page.locator(f'.card[data-id="{place[0]}"]').bounding_box()
    assert row and abs(row["y"] - place[1]) < 300  # rows close differently; the view stays on them
    assert page.locator("[data-testid=stMain]").evaluate("main => main.scrollTop") > 20_000


def test_another_filter_starts_at_its_top_and_without_a_selection(gallery: Page) -> None:
    scroll_to(gallery, 20_000)
    gallery.locator(".card").nth(12).locator(".open").click(modifiers=["ControlOrMeta"])
    expect(selected(gallery)).to_have_text("1 selected")
    gallery.get_by_role("radio", name="Videos").click()
    expect(gallery.locator(".card .badge").first).to_be_visible()
    expect(card(gallery, 1)).to_be_in_viewport()
    expect(gallery.locator(".bar")).to_be_hidden()
    total = int(card(gallery, 1).get_attribute("aria-setsize") or 0)
    assert 0 < total < ROWS
    expect(gallery.locator(".live")).to_have_text(f"{total:,} items")
    gallery.get_by_role("radio", name="All").click()
    expect(card(gallery, 1)).to_be_in_viewport()


def test_the_trash_says_how_long_and_gives_back(gallery: Page) -> None:
    gone = [str(card(gallery, place).get_attribute("data-id")) for place in (1, 2)]
    card(gallery, 1).locator(".open").focus()
    gallery.keyboard.press("x")
    gallery.keyboard.press("Shift+ArrowRight")
    gallery.locator(".bar").get_by_role("button", name="Delete").click()
    expect(gallery.locator(".bar")).to_be_hidden()
    expect(gallery.locator(f'.card[data-id="{gone[0]}"]')).to_have_count(0)
    expect(gallery.get_by_role("button", name="Undo")).to_be_visible()
    gallery.goto("/gallery?show=Trash")
    expect(gallery.locator(".card .pill").first).to_have_text("gone in 30 days")
    assert {each.get_attribute("data-id") for each in gallery.locator(".card").all()} >= set(gone)
    for number in gone:
        gallery.locator(f'.card[data-id="{number}"] .open').click(modifiers=["ControlOrMeta"])
    bar = gallery.locator(".bar")
    expect(bar.get_by_role("button", name="Delete forever")).to_be_visible()
    bar.get_by_role("button", name="Restore").click()
    for number in gone:
        expect(gallery.locator(f'.card[data-id="{number}"]')).to_have_count(0)
    gallery.goto("/gallery")
    drawn(gallery)
    expect(card(gallery, 1)).to_have_attribute("data-id", gone[0])


def test_many_come_as_one_zip(gallery: Page, tmp_path: Path) -> None:
    card(gallery, 1).hover()
    card(gallery, 1).get_by_role("checkbox").click()
    card(gallery, 3).locator(".open").click(modifiers=["Shift"])
    with gallery.expect_download() as waiting:
        gallery.locator(".bar").get_by_role("button", name="Download").click()
    assert re.fullmatch(r"kai-media-[\w-]+\.zip", waiting.value.suggested_filename)
    target = tmp_path / "got.zip"
    waiting.value.save_as(target)
    with zipfile.ZipFile(target) as archive:
        names = archive.namelist()
        assert "prompts.json" in names
        assert len(names) >= 2
        assert archive.testzip() is None


def test_a_lost_connection_is_told_and_mended(page: Page) -> None:
    refused = re.compile(r"/app/gallery/")
    page.route(refused, lambda route: route.abort())
    page.goto("/gallery")
    expect(page.get_by_role("heading", name="Couldn’t load your media")).to_be_visible()
    expect(page.get_by_text("Check your connection and try again.")).to_be_visible()
    page.unroute(refused)
    page.get_by_role("button", name="Try again").click()
    drawn(page)
    items = re.compile(r"/app/gallery/items")

    def fail(route: Route) -> None:
        route.fulfill(status=503, json={"title": "Busy"})

    page.route(items, fail)
    page.locator("[data-testid=stMain]").evaluate("main => { main.scrollTop = 60000 }")
    expect(page.locator(".card.failed").first).to_be_visible()
    page.unroute(items)
    page.locator(".card.failed .open").nth(9).click()
    settle(page)
    expect(page.locator(".card.failed")).to_have_count(0)
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_a_refused_key_is_renewed_without_a_word(page: Page) -> None:
    refused: list[str] = []

    def refuse_once(route: Route) -> None:
        if len(refused) < 2:
            refused.append(route.request.url)
            route.fulfill(status=403, json={"title": "No"})
        else:
            route.continue_()

    page.route(re.compile(r"/app/gallery/"), refuse_once)
    page.goto("/gallery")
    drawn(page)
    assert len(refused) == 2
