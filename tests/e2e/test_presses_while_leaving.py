"""A click on a page after another was chosen, but before that arrives, counts once, on the new page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.e2e import api_tasks
from tests.e2e.conftest import App
from tests.e2e.grid import has_favorite
from tests.e2e.slow_line import Line
from tests.e2e.whole_job import open_page

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-presses"), pytest.mark.timeout(240)]
SETTINGS = {"KAIMEDIA_SANDBOX_SPEED": "60"}
PROMPT, OTHER = "A boat of folded paper", "A comet over the sea"
STAGE = ".st-key-stage .card"
WAYS = pytest.mark.parametrize(("here", "there"), [("/", "Gallery"), ("/gallery", "Generate")])


@pytest.fixture(scope="module", autouse=True)
def _two_images(app: App) -> None:
    api_tasks.make(app, PROMPT, OTHER)


def card(page: Page) -> Locator:
    return page.locator(".card", has=page.get_by_alt_text(re.compile(PROMPT)))


def choose(page: Page, line: Line, here: str, there: str) -> None:
    """Choose the other page, whose response is delayed."""
    page.route_web_socket("**/_stcore/stream", line.relay)
    page.goto(here)
    expect(card(page).locator("img.in")).to_be_visible()
    line.is_slow = True
    page.locator("[data-testid=stTopNavLink]", has_text=there).click()


def expect_page(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", level=1, name=title)).to_be_attached()
    expect(page.locator(STAGE)).to_have_count(2 if title == "Generate" else 0)


class LineToServer:
    """Messages of Generate, held back while `is_slow` and then delivered at once."""

    def __init__(self, page: Page) -> None:
        self.is_slow = False
        self._page = page
        self._held: list[str | bytes] = []
        self._server: WebSocketRoute | None = None
        page.route_web_socket("**/_stcore/stream", self._relay)
        page.goto("/")
        expect(card(page).locator("img.in")).to_be_visible()
        page.wait_for_timeout(1000)  # the page's initial messages

    def _relay(self, socket: WebSocketRoute) -> None:
        server = self._server = socket.connect_to_server()
        socket.on_message(lambda message: self._held.append(message) if self.is_slow else server.send(message))

    def let_go(self) -> None:
        self._page.wait_for_timeout(300)
        assert self._server is not None
        self.is_slow = False
        for message in self._held:
            self._server.send(message)


@WAYS
def test_a_card_opens_on_the_new_page(page: Page, here: str, there: str) -> None:
    line = Line()
    choose(page, line, here, there)
    card(page).locator("button.open").click()
    viewers = page.locator("dialog.viewer[open]")
    expect(viewers).to_contain_text(PROMPT)
    line.let_go()
    expect_page(page, there)
    expect(viewers).to_contain_text(PROMPT)
    viewers.get_by_role("button", name="Close").click()
    expect(viewers).to_have_count(0)
    expect(page).not_to_have_url(re.compile("item="))
    page.wait_for_timeout(2500)  # the next run of the gallery
    expect(viewers).to_have_count(0)
    expect_page(page, there)


@WAYS
def test_a_card_that_is_held_down_while_the_page_changes_opens(page: Page, here: str, there: str) -> None:
    line = Line()
    choose(page, line, here, there)
    card(page).hover()
    page.mouse.down()
    line.let_go()
    expect_page(page, there)
    page.mouse.up()
    expect(page.locator("dialog.viewer[open]")).to_contain_text(PROMPT)


@WAYS
def test_a_favorite_counts(page: Page, here: str, there: str) -> None:
    line = Line()
    choose(page, line, here, there)
    card(page).hover()
    was_favorite = "fav" in (card(page).get_attribute("class") or "").split()
    card(page).get_by_role("button", name="Favorite").click()
    expect(card(page)).to_have_class(has_favorite(not was_favorite))
    line.let_go()
    expect_page(page, there)
    expect_kept(page, not was_favorite)


@pytest.mark.parametrize("is_first", [True, False], ids=["heart, then page", "page, then heart"])
def test_two_clicks_do_not_replace_each_other(page: Page, is_first: bool) -> None:
    """Both reach the server at the same time."""
    line = LineToServer(page)
    was_favorite = "fav" in (card(page).get_attribute("class") or "").split()
    line.is_slow = True
    gallery = page.locator("[data-testid=stTopNavLink]", has_text="Gallery")
    heart = card(page).get_by_role("button", name="Favorite")
    for button in (heart, gallery) if is_first else (gallery, heart):
        if button is heart:
            card(page).hover()
        button.click()
    line.let_go()
    expect_page(page, "Gallery")
    expect_kept(page, not was_favorite)
    expect_page(page, "Gallery")


def expect_kept(page: Page, is_favorite: bool) -> None:
    """The server has saved it: a reloaded page shows it."""
    expect(card(page)).to_have_class(has_favorite(is_favorite))
    page.wait_for_timeout(2500)  # a click handled twice or lost would show now
    page.reload()
    expect(card(page)).to_have_class(has_favorite(is_favorite))


def test_a_step_back_still_closes_the_viewer(page: Page) -> None:
    """Leaving an open viewer with the browser's Back closes it."""
    page.goto("/gallery")
    expect(card(page)).to_be_visible()
    open_page(page, "Generate")
    card(page).locator("button.open").click()
    viewers = page.locator("dialog.viewer[open]")
    expect(viewers).to_contain_text(PROMPT)
    page.go_back()
    expect_page(page, "Gallery")
    expect(card(page)).to_be_visible()
    page.wait_for_timeout(500)
    expect(viewers).to_have_count(0)


def test_a_report_of_the_page_that_was_left_breaks_nothing(page: Page, app: App) -> None:
    api_tasks.make(app, "A row to press")
    line = LineToServer(page)
    row = page.locator(".st-key-queue summary", has_text="A row to press")
    expect(row).to_be_visible()
    line.is_slow = True
    page.locator("[data-testid=stTopNavLink]", has_text="Gallery").click()
    row.click()
    line.let_go()
    page.wait_for_timeout(2000)
    expect(page.get_by_text("Something went wrong")).to_have_count(0)
    expect(card(page).locator("img.in")).to_be_visible()


OUTBOX = "globalThis[Symbol.for('kaimedia.outbox')]"


def test_an_old_click_fills_in_no_page(page: Page) -> None:
    """A late favorite still counts; a late *Reuse* would overwrite what was typed since."""
    page.goto("/gallery")
    expect(card(page).locator("img.in")).to_be_visible()
    sent = page.evaluate(f"""async () => {{
      const box = {OUTBOX}, sent = []
      box.grid = null
      box.put({{ do: 'reuse', ids: [1] }})
      box.put({{ do: 'favorite', ids: [1], on: true }})
      for (const event of box.waiting) event.putAt -= 20_000
      box.attach({{}}, (_name, value) => sent.push(...value.events), null)
      await new Promise(resolve => setTimeout(resolve, 100))
      return sent
    }}""")
    assert [(each["do"], "putAt" in each) for each in sent] == [("favorite", False)]
