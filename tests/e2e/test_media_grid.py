"""The media grid in a browser, on a gallery of 10,000 rows: scrolling, dates, order, lost connections."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import App
from tests.e2e.grid import (
    ROWS,
    drawn,
    first_place,
    id_at,
    scroll_to,
    settle,
)
from tests.e2e.waiting import until

# Cards whose month is not that of the heading above them.
MIXED_ROWS = """grid => {
  const top = node => parseFloat(node.style.top) || new DOMMatrix(getComputedStyle(node).transform).m42
  const headings = [...grid.getRootNode().querySelectorAll('.months h2')].sort((one, other) => top(one) - top(other))
  const style = { month: 'long', year: 'numeric', timeZone: 'UTC' }
  const month = at => new Date(at * 1000).toLocaleDateString(undefined, style)
  return [...grid.querySelectorAll('.card')].filter(node => {
    const above = headings.filter(each => top(each) < top(node)).at(-1)
    return above && node.card.item && month(node.card.item.at) !== above.textContent
  }).map(node => `${node.dataset.id} under ${node.ariaLabel}`)
}"""

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-grid"), pytest.mark.timeout(240)]

MOST_NODES = 1500


@pytest.fixture(scope="module")
def app(seeded_app: Callable[[str, int], App]) -> App:
    """The grid's app; these tests must not change its content."""
    return seeded_app("grid", ROWS)


@pytest.fixture
def gallery(gallery_tab: Page) -> Page:
    """The whole gallery in the file's tab, from its top, with nothing selected."""
    return gallery_tab


def is_at(page: Page, share: float) -> bool:
    """True when the drawn cards are at about that share of the gallery."""
    return abs(first_place(page) / ROWS - share) < 0.05


def nodes(page: Page) -> int:
    count: int = page.locator(".grid").evaluate("grid => grid.getRootNode().querySelectorAll('*').length")
    return count


def test_ten_thousand_rows_keep_few_nodes_at_any_position(gallery: Page) -> None:
    total = str(ROWS)
    expect(gallery.locator(".card").first).to_have_attribute("aria-setsize", total)
    main = gallery.locator("[data-testid=stMain]")
    height: int = main.evaluate("main => main.scrollHeight")
    assert height > 200_000  # the scrollbar covers all of them
    for share in (0.1, 0.5, 0.9, 1.0, 0.3):
        scroll_to(gallery, int(height * share))
        assert nodes(gallery) <= MOST_NODES
        until(gallery, partial(is_at, gallery, share))
    assert main.evaluate("main => main.scrollHeight") == height


@pytest.mark.exhaustive
def test_scrolling_fast_makes_few_requests(page: Page) -> None:
    """On a page of its own, with nothing in its cache."""
    page.goto("/gallery")
    drawn(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/gallery/items?" in request.url else None)
    page.locator("[data-testid=stMain]").evaluate(
        # 54 px each millisecond, by the clock: on a busy machine frames are rare, and steps by frame would be slow.
        """main => new Promise(done => {
          const from = performance.now()
          const step = now => {
            main.scrollTop = Math.max(0, now - from) * 54
            main.scrollTop < 108_000 ? requestAnimationFrame(step) : done()
          }
          requestAnimationFrame(step)
        })"""
    )
    settle(page)
    ids = sum(len(url.partition("ids=")[2].split("&")[0].split("%2C")) for url in asked)
    passed = first_place(page)
    assert passed > 1000
    assert ids < passed / 2


def test_the_date_rail_jumps_by_key_and_by_mouse(gallery: Page) -> None:
    rail = gallery.get_by_role("slider", name="Jump to a date")
    newest = rail.get_attribute("aria-valuetext")
    rail.focus()
    gallery.keyboard.press("End")
    settle(gallery)
    expect(rail).not_to_have_attribute("aria-valuetext", str(newest))
    until(gallery, lambda: first_place(gallery) > ROWS * 0.9)
    gallery.keyboard.press("Home")
    settle(gallery)
    expect(rail).to_have_attribute("aria-valuetext", str(newest))
    gallery.keyboard.press("PageDown")
    settle(gallery)
    expect(rail).to_have_attribute("aria-valuetext", re.compile(rf"{int(str(newest)[-4:]) - 1}$"))
    box = rail.bounding_box()
    assert box
    gallery.mouse.move(box["x"] + 20, box["y"] + box["height"] * 0.2)
    gallery.mouse.down()
    gallery.mouse.move(box["x"] + 20, box["y"] + box["height"] * 0.75, steps=4)
    expect(gallery.locator(".bubble")).to_have_css("opacity", "1")
    until(gallery, lambda: gallery.locator(".bubble").inner_text() == rail.get_attribute("aria-valuetext"))
    gallery.mouse.up()
    settle(gallery)
    until(gallery, lambda: 0.65 < first_place(gallery) / ROWS < 0.8)


def test_months_have_headings_and_no_row_mixes_two(gallery: Page) -> None:
    headings = gallery.locator(".months h2")
    expect(headings.first).to_have_text(re.compile(r"^\w+ \d{4}$"))
    rail = gallery.get_by_role("slider", name="Jump to a date")
    rail.focus()
    for _ in range(2):
        gallery.keyboard.press("ArrowDown")
        settle(gallery)
    expect(
        gallery.get_by_role("heading", name=str(rail.get_attribute("aria-valuetext")), exact=True)
    ).to_be_in_viewport()
    misplaced: list[str] = gallery.locator(".grid").evaluate(MIXED_ROWS)
    assert misplaced == []
    gallery.locator(".st-key-sort [data-testid=stSelectbox]").click()
    gallery.get_by_role("option", name="Longest first").click()
    expect(headings).to_have_count(0)


@pytest.mark.exhaustive
def test_cards_are_in_gallery_order_after_sorting(tab: Page) -> None:
    tab.goto("/gallery?date=Last+7+days")
    expect(tab.locator(".card img.in").first).to_be_visible()
    newest = id_at(tab, 1)
    tab.locator(".st-key-sort [data-testid=stSelectbox]").click()
    tab.get_by_role("option", name="Oldest first").click()
    expect(tab.locator(f'.card[aria-posinset="1"][data-id="{newest}"]')).to_have_count(0)
    settle(tab)
    places = tab.locator(".card").evaluate_all("cards => cards.map(card => Number(card.ariaPosInSet))")
    assert len(places) > 4
    assert places == sorted(places)


def test_a_lost_connection_is_reported_and_recovers(tab: Page) -> None:
    refused = re.compile(r"/app/gallery/")
    tab.route(refused, lambda route: route.abort())
    tab.goto("/gallery")
    expect(tab.get_by_role("heading", name="Couldn’t load your media")).to_be_visible()
    expect(tab.get_by_text("Check your connection and try again.")).to_be_visible()
    tab.unroute(refused)
    tab.get_by_role("button", name="Try again").click()
    drawn(tab)
    items = re.compile(r"/app/gallery/items")

    def fail(route: Route) -> None:
        route.fulfill(status=503, json={"title": "Busy"})

    tab.route(items, fail)
    tab.locator("[data-testid=stMain]").evaluate("main => { main.scrollTop = 60000 }")
    expect(tab.locator(".card.failed").first).to_be_visible()
    tab.unroute(items)
    tab.locator(".card.failed .open").nth(9).click()
    settle(tab)
    expect(tab.locator(".card.failed")).to_have_count(0)
    expect(tab.locator("dialog[open]")).to_have_count(0)


def test_a_refused_key_is_renewed_silently(tab: Page) -> None:
    refused: list[str] = []

    def refuse_once(route: Route) -> None:
        if len(refused) < 2:
            refused.append(route.request.url)
            route.fulfill(status=403, json={"title": "No"})
        else:
            route.continue_()

    requests = re.compile(r"/app/gallery/")
    tab.route(requests, refuse_once)
    tab.goto("/gallery")
    drawn(tab)
    assert len(refused) == 2
    tab.unroute(requests)
