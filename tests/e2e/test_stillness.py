"""Nothing shifts or fails while a page loads, on any device, with an empty and a warm cache."""

from __future__ import annotations

from itertools import product

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from bench.layout_shift import causes, score, worst_window
from bench.watched_tab import DEVICES, watched_tab
from kaimedia.ui.page_list import PAGE_NAMES
from tests.e2e.conftest import App
from tools.page_wait import wait_until_true

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-stillness"), pytest.mark.timeout(240)]
PAGES = ("/", *(f"/{name}" for name in PAGE_NAMES[1:]))
TYPICAL = (("/", "desktop"), ("/gallery", "phone"))
MOST_SHIFT = 0.1  # "good", as Web Vitals counts it
VISIBILITY = "() => getComputedStyle(document.querySelector('.stMainBlockContainer')).visibility"
# Like a part of the page whose code loads later.
ADD_SLIVER = """() => document.querySelector('.stMainBlockContainer').insertAdjacentHTML(
  'beforeend', '<div data-testid="stSkeleton"></div>')"""
REMOVE_SLIVER = "() => document.querySelector('.stMainBlockContainer > [data-testid=stSkeleton]').remove()"
# Streamlit fades elements not redrawn within 0.5 s to 0.33; the fade takes another second.
FADED = """() => [...document.querySelectorAll('.stApp *')]
  .filter(each => Math.abs(getComputedStyle(each).opacity - .33) < .02).map(each => each.outerHTML.slice(0, 120))"""
FADE_MS = 2000
COMPOSER = "document.querySelector('.st-key-workbench > :has(> .st-key-composer_side)')"
WAITS = "() => document.querySelectorAll('[data-stale=true]').length > 20"  # a run of the whole page, not of one part


@pytest.mark.parametrize(
    ("path", "device"),
    [
        pytest.param(*case, marks=[] if case in TYPICAL else [pytest.mark.exhaustive])
        for case in product(PAGES, DEVICES)
    ],
)
def test_nothing_jumps_or_fails_while_a_page_loads(app: App, browser: Browser, device: str, path: str) -> None:
    with watched_tab(browser, device) as tab:
        for visit in ("cold", "warm"):
            tab.open(app.url + path)
            seen = tab.seen()
            assert not seen.noise, (visit, seen.noise)
            worst = worst_window(seen.shifts)
            assert score(worst) <= MOST_SHIFT, (visit, causes(worst)[:5])


def test_results_stay_in_their_column_while_the_composer_is_not_drawn(app: App, page: Page) -> None:
    """As on a busy machine, where the browser draws Streamlit's elements in several frames."""
    page.goto(app.url)
    results = page.locator(".st-key-results_column")
    expect(page.get_by_role("button", name="Generate")).to_be_visible()
    for width in (1440, 1000, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        places = [results.bounding_box()]
        page.evaluate(f"() => {{ {COMPOSER}.remove() }}")
        places.append(results.bounding_box())
        assert places[0] and places[1] and abs(places[0]["x"] - places[1]["x"]) < 1, (width, places)
        page.reload()
        expect(page.get_by_role("button", name="Generate")).to_be_visible()


@pytest.mark.exhaustive
def test_a_page_once_shown_is_neither_hidden_by_a_part_that_loads_later_nor_faded_by_a_slow_run(
    app: App, page: Page
) -> None:
    held: list[str | bytes] = []
    is_slow = False

    def relay(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        socket.on_message(server.send)
        server.on_message(
            lambda message: held.append(message) if is_slow and is_drawn(message) else socket.send(message)
        )

    page.route_web_socket("**/_stcore/stream", relay)
    page.goto(app.url)
    page.get_by_role("button", name="Generate").hover()
    assert page.evaluate(VISIBILITY) == "visible"
    page.evaluate(ADD_SLIVER)
    page.wait_for_timeout(300)
    assert page.evaluate(VISIBILITY) == "visible"
    page.evaluate(REMOVE_SLIVER)
    page.locator(".st-key-prompt textarea").fill("A lighthouse in the fog")
    page.get_by_role("button", name="Generate").click()
    expect(page.locator("[class*=st-key-task_i_] summary")).to_be_visible()
    is_slow = True
    page.emulate_media(color_scheme="dark")  # the whole page is redrawn
    wait_until_true(page, WAITS)
    page.wait_for_timeout(FADE_MS)
    assert page.evaluate(FADED) == []


def is_drawn(message: str | bytes) -> bool:
    """True for drawing messages and the end of a run, not for its start."""
    sent = ForwardMsg()
    sent.ParseFromString(message if isinstance(message, bytes) else message.encode())
    return not (sent.HasField("new_session") or sent.session_status_changed.script_is_running)
