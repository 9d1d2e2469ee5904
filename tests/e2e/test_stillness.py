"""While a page loads nothing jumps and nothing fails, on any device, with an empty cache and again."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from bench.layout_shift import causes, score, worst_window
from bench.watched_tab import DEVICES, WatchedTab, watched_tab
from tests.e2e.conftest import App

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-stillness"), pytest.mark.timeout(240)]
PAGES = ("/", "/gallery", "/settings")
MOST_SHIFT = 0.1  # "good", as Web Vitals counts it
VISIBILITY = "() => getComputedStyle(document.querySelector('.stMainBlockContainer')).visibility"
# As a part of the page would be that loads its code later.
ADD_SLIVER = """() => document.querySelector('.stMainBlockContainer').insertAdjacentHTML(
  'beforeend', '<div data-testid="stSkeleton"></div>')"""


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("path", PAGES)
def test_nothing_jumps_or_fails_while_a_page_loads(app: App, browser: Browser, device: str, path: str) -> None:
    with watched_tab(browser, device) as tab:
        for visit in ("cold", "warm"):
            tab.open(app.url + path)
            seen = tab.seen()
            assert not seen.noise, (visit, seen.noise)
            worst = worst_window(seen.shifts)
            assert score(worst) <= MOST_SHIFT, (visit, causes(worst)[:5])


def test_a_page_once_shown_is_not_hidden_again_by_a_part_that_loads_later(app: App, browser: Browser) -> None:
    with watched_tab(browser, "desktop") as tab:
        tab.open(f"{app.url}/settings")
        assert _is_shown(tab)
        tab.page.evaluate(ADD_SLIVER)
        tab.page.wait_for_timeout(300)
        assert _is_shown(tab)


def _is_shown(tab: WatchedTab) -> bool:
    return bool(tab.page.evaluate(VISIBILITY) == "visible")
