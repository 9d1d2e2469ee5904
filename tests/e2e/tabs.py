"""A desktop tab, and the page that it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import Browser, Page, expect

from kaimedia.ui.page_list import HOME, PAGE_LIST
from tests.e2e.whole_job import open_page

if TYPE_CHECKING:
    from tests.e2e.conftest import App

PATHS = {page.title: "/" if page.name == HOME else f"/{page.name}" for page in PAGE_LIST}


class WatchedPage:
    """A page in a new browser context that records errors in the browser and calls to other hosts."""

    def __init__(self, browser: Browser, app: App) -> None:
        self._own = (app.url, app.url.replace("http", "ws"), "data:", "blob:")
        self.wrong: list[str] = []
        context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=app.url)
        self.page = context.new_page()
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", lambda request: self._note(request.url))

    def _note(self, url: str) -> None:
        if not url.startswith(self._own):
            self.wrong.append(f"outside: {url}")

    def close(self) -> None:
        """Close it and fail on what was recorded."""
        self.page.context.close()
        assert not self.wrong, self.wrong


def turn_to(page: Page, title: str) -> None:
    """Open a page of the app by its menu, on a phone by the tabs."""
    page.locator(":is([data-testid=stTopNavLink], .st-key-tabbar a):visible", has_text=title).click()
    expect(page.get_by_role("heading", level=1, name=title)).to_be_attached()


def show(tab: Page, title: str) -> None:
    """Show that page: by the menu where the app is open, by its address in a new tab."""
    if tab.url == "about:blank":
        tab.goto(PATHS[title])
    elif not tab.get_by_role("heading", level=1, name=title).count():
        open_page(tab, title)
