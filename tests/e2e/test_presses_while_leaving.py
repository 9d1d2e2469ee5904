"""A click on a page after another was chosen, but before that arrives, counts once, on the new page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e import api_tasks
from tests.e2e.composer import DONE_MS, press_generate, results_of, write_prompt
from tests.e2e.conftest import App
from tests.e2e.grid import has_favorite
from tests.e2e.slow_line import Line
from tests.e2e.tabs import show
from tests.e2e.whole_job import open_page

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-shared"), pytest.mark.timeout(240)]
PROMPT = "A train that leaves"
STAGE = ".st-key-stage .card"
WAYS = pytest.mark.parametrize(
    ("here", "there"), [("Generate", "Gallery"), pytest.param("Gallery", "Generate", marks=pytest.mark.exhaustive)]
)


@pytest.fixture(scope="module")
def app(shared_app: App) -> App:
    """The app that several files share, with an image more."""
    api_tasks.make(shared_app, PROMPT)
    return shared_app


@pytest.fixture(scope="module")
def line() -> Line:
    """The tab's WebSocket, which can be delayed."""
    return Line()


@pytest.fixture
def page(tab: Page, line: Line) -> Page:
    """The file's tab, on that line."""
    if tab.url == "about:blank":
        tab.route_web_socket("**/_stcore/stream", line.relay)
    return tab


def card(page: Page) -> Locator:
    return page.locator(".card", has=page.get_by_alt_text(re.compile(PROMPT)))


def see(page: Page, title: str) -> None:
    """Show that page, with its images."""
    show(page, title)
    expect(card(page).locator("img.in")).to_be_visible()


def choose(page: Page, line: Line, here: str, there: str) -> None:
    """Choose the other page, whose response is delayed."""
    see(page, here)
    line.is_slow = True
    page.locator("[data-testid=stTopNavLink]", has_text=there).click()


def expect_page(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", level=1, name=title)).to_be_attached()
    stage = page.locator(STAGE)
    expect(stage.first).to_be_attached() if title == "Generate" else expect(stage).to_have_count(0)


def deliver(page: Page, line: Line) -> None:
    """Let both clicks reach the server at the same time."""
    page.wait_for_timeout(300)
    line.let_go()


@WAYS
def test_a_card_opens_on_the_new_page(page: Page, line: Line, here: str, there: str) -> None:
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


@pytest.mark.exhaustive
@WAYS
def test_a_card_that_is_held_down_while_the_page_changes_opens(page: Page, line: Line, here: str, there: str) -> None:
    choose(page, line, here, there)
    card(page).hover()
    page.mouse.down()
    line.let_go()
    expect_page(page, there)
    page.mouse.up()
    expect(page.locator("dialog.viewer[open]")).to_contain_text(PROMPT)
    page.keyboard.press("Escape")
    expect(page.locator("dialog.viewer[open]")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("item="))


@pytest.mark.exhaustive
@WAYS
def test_a_favorite_counts(page: Page, app: App, line: Line, here: str, there: str) -> None:
    choose(page, line, here, there)
    card(page).hover()
    was_favorite = "fav" in (card(page).get_attribute("class") or "").split()
    card(page).get_by_role("button", name="Favorite").click()
    expect(card(page)).to_have_class(has_favorite(not was_favorite))
    line.let_go()
    expect_page(page, there)
    expect_kept(page, app, not was_favorite)


@pytest.mark.parametrize(
    "is_first",
    [
        pytest.param(True, id="heart, then page"),
        pytest.param(False, marks=pytest.mark.exhaustive, id="page, then heart"),
    ],
)
def test_two_clicks_do_not_replace_each_other(page: Page, app: App, line: Line, is_first: bool) -> None:
    """Both reach the server at the same time."""
    see(page, "Generate")
    page.wait_for_timeout(1000)  # the page's own messages
    was_favorite = "fav" in (card(page).get_attribute("class") or "").split()
    line.is_slow_to_server = True
    gallery = page.locator("[data-testid=stTopNavLink]", has_text="Gallery")
    heart = card(page).get_by_role("button", name="Favorite")
    for button in (heart, gallery) if is_first else (gallery, heart):
        if button is heart:
            card(page).hover()
        button.click()
    deliver(page, line)
    expect_page(page, "Gallery")
    expect_kept(page, app, not was_favorite)
    expect_page(page, "Gallery")


def expect_kept(page: Page, app: App, is_favorite: bool) -> None:
    """The server has saved it, and nothing reverts it."""
    expect(card(page)).to_have_class(has_favorite(is_favorite))
    page.wait_for_timeout(2500)  # a click handled twice or lost would show now
    expect(card(page)).to_have_class(has_favorite(is_favorite))
    assert [each["is_favorite"] for each in api_tasks.media_of(app, PROMPT)] == [is_favorite]


def test_a_step_back_still_closes_the_viewer(page: Page) -> None:
    """Leaving an open viewer with the browser's Back closes it."""
    see(page, "Gallery")
    open_page(page, "Generate")
    card(page).locator("button.open").click()
    viewers = page.locator("dialog.viewer[open]")
    expect(viewers).to_contain_text(PROMPT)
    page.go_back()
    expect_page(page, "Gallery")
    expect(card(page)).to_be_visible()
    page.wait_for_timeout(500)
    expect(viewers).to_have_count(0)


@pytest.mark.exhaustive
def test_a_report_of_the_page_that_was_left_breaks_nothing(page: Page, line: Line) -> None:
    see(page, "Generate")
    write_prompt(page, "A row to press")
    press_generate(page)
    expect(results_of(page, "A row to press")).to_have_count(1, timeout=DONE_MS)
    row = page.locator(".st-key-queue summary", has_text="A row to press")
    expect(row).to_be_visible()
    page.wait_for_timeout(1000)  # the page's own messages
    line.is_slow_to_server = True
    page.locator("[data-testid=stTopNavLink]", has_text="Gallery").click()
    row.click()
    deliver(page, line)
    page.wait_for_timeout(2000)
    expect(page.get_by_text("Something went wrong")).to_have_count(0)
    expect(card(page).locator("img.in")).to_be_visible()
    expect_page(page, "Gallery")


OUTBOX = "globalThis[Symbol.for('kaimedia.outbox')]"


def test_an_old_click_fills_in_no_page(page: Page) -> None:
    """A late favorite still counts; a late *Reuse* would overwrite what was typed since."""
    see(page, "Gallery")
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
