"""The states of comparing models."""

from __future__ import annotations

import re

from playwright.sync_api import Page

from docs.snapshots.state import State, below, escape, press, ready, write
from docs.snapshots.works import COMPARED


def _shown(page: Page) -> None:
    ready(page)
    page.locator(".st-key-comparison .tile[data-state=done]").nth(2).wait_for()
    page.wait_for_timeout(900)
    below(page, ".st-key-comparison_place")


def _pair(page: Page) -> None:
    _shown(page)
    press(page, "Side by side")
    page.locator(".st-key-comparison .stage").wait_for()
    page.wait_for_timeout(900)


def _grid(page: Page) -> None:
    press(page, "Grid")
    page.locator(".st-key-comparison .tiles").wait_for()


def _composed(page: Page) -> None:
    write(page, COMPARED[0].works[0].prompt)
    press(page, "Compare", within=".st-key-model_picker")
    panel = page.get_by_role("dialog", name="Choose models to compare")
    for model in ("Nano Banana 2", "FLUX.2 Pro"):
        panel.get_by_role("option", name=re.compile(f"^{model}, ")).click()
    press(page, "Compare 3 models")
    page.locator(".st-key-compare_place").wait_for()
    page.wait_for_timeout(400)


def _stop(page: Page) -> None:
    press(page, "Stop comparing", within=".st-key-model_picker")
    page.locator(".st-key-compare_place").wait_for(state="detached")


def _past(page: Page) -> None:
    ready(page)
    press(page, "Past comparisons", within=".st-key-model_picker")
    page.get_by_role("dialog", name="Past comparisons").wait_for()
    page.wait_for_timeout(400)


STATES = (
    State("compare-models", "Three models chosen for a comparison.", "compared", "/", _composed, leave=_stop),
    State("compare-past", "The list of past comparisons.", "compared", "/", _past, back=escape),
    State("compare-results", "A comparison with its winner.", "compared", "/?compare=1", _shown),
    State("compare-pair", "Two results side by side, under the slider.", "compared", "/?compare=1", _pair, back=_grid),
    State("compare-blind", "A blind comparison of videos, before the choice.", "compared", "/?compare=2", _shown),
)
