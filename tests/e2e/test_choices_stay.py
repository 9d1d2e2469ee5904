"""Filters chosen in the gallery stay, whatever was opened before and while a task runs."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import api_tasks
from tests.e2e.conftest import App, start_app, stop_app
from tests.e2e.gallery import choose, open_more
from tests.e2e.tabs import show

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive, pytest.mark.xdist_group("e2e-choices"), pytest.mark.timeout(240)]

TIMED_REDRAWS_MS = 5_000  # two timed reruns while a task runs
Way = Callable[[Page], None]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, seeded_folder: Callable[[int], Path]) -> Iterator[App]:
    """An app with things in its gallery and a task that never seems to end."""
    folder = shutil.copytree(seeded_folder(60), tmp_path_factory.mktemp("choices"), dirs_exist_ok=True)
    running = start_app(folder, KAIMEDIA_SANDBOX_SPEED="0.01")
    api_tasks.submit(running, "a slow lighthouse")
    yield running
    stop_app(running)


def chosen_behind_filters(page: Page) -> None:
    """Choose one filter of each kind in the popover, then close it."""
    choose(page, "show", "Didn’t finish")
    expect(page.locator(".st-key-chip_show")).to_be_visible()
    choose(page, "date", "This year")
    expect(page.locator(".st-key-chip_date")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".st-key-pick_date [data-testid=stSelectbox]")).to_be_hidden()


def by_menu(page: Page) -> None:
    open_more(page, re.compile("Trash"))


def by_clear(page: Page) -> None:
    page.get_by_role("button", name="Clear filters").first.click()


def by_cross(page: Page) -> None:
    page.locator(".st-key-chip_show button").click()


WAYS: dict[str, tuple[Way, str, tuple[str, ...], tuple[str, ...]]] = {
    "menu": (by_menu, r"show=Trash$", ("show",), ("date",)),
    "clear": (by_clear, r"gallery$", (), ("show", "date")),
    "cross": (by_cross, r"gallery\?date=This\+year$", ("date",), ("show",)),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_filter_changed_outside_the_popover_is_not_reverted(tab: Page, way: str) -> None:
    act, address, there, gone = WAYS[way]
    show(tab, "Gallery")
    chosen_behind_filters(tab)
    act(tab)
    expect(tab).to_have_url(re.compile(address))
    tab.wait_for_timeout(TIMED_REDRAWS_MS)
    expect(tab).to_have_url(re.compile(address))
    for key in there:
        expect(tab.locator(f".st-key-chip_{key}")).to_be_visible()
    for key in gone:
        expect(tab.locator(f".st-key-chip_{key}")).to_have_count(0)
    if "?" in tab.url:
        tab.get_by_role("button", name="Clear filters").first.click()
    expect(tab).to_have_url(re.compile("gallery$"))
    expect(tab.get_by_role("button", name="Clear filters")).to_have_count(0)
