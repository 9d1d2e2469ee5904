"""The Spending page in a browser: the same numbers as over REST, by keyboard, on a desktop and a phone."""

from __future__ import annotations

import csv
import json
import re
import urllib.request
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e import api_tasks
from tests.e2e.axe import violations_on_phone
from tests.e2e.conftest import App
from tests.e2e.tabs import WatchedPage
from tests.e2e.waiting import no_sideways

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]
SETTINGS = {"KAIMEDIA_SANDBOX_SPEED": "60", "KAIMEDIA_SANDBOX_MEDIA": "small"}


def spending(app: App, by: str) -> Any:
    with urllib.request.urlopen(f"{app.url}/api/spending?by={by}", timeout=20) as response:
        return json.load(response)


def rows(card: Locator) -> list[list[str]]:
    """The cells of the table in a card, without the share and what is money."""
    found: list[list[str]] = card.locator("tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.firstChild.textContent))"
    )
    return found


def downloaded(page: Page, name: str) -> str:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=name, exact=True).press("Enter")
    return Path(waiting.value.path()).read_text(encoding="utf-8")


@pytest.mark.exhaustive
def test_the_page_says_what_was_spent(browser: Browser, app: App) -> None:
    watched = WatchedPage(browser, app)
    page = watched.page
    page.goto("/spending")
    expect(page.get_by_role("heading", name="Nothing was spent yet")).to_be_visible()
    api_tasks.make(app, "a boat on a lake")
    api_tasks.make(app, "a kite over dunes", kind="videos")

    page.reload()
    expect(page.get_by_text("The sandbox is free: nothing was charged.")).to_be_visible()
    known = spending(app, "model")
    total = known["total"]["credits"]
    expect(page.locator(".k-figures b").first).to_have_text(f"{total:g} credits")
    chart = page.locator(".st-key-spend_days [role=graphics-document]")
    said = re.compile(f"^Credits by day, images and videos: {total:g} credits in all")
    expect(chart).to_have_attribute("aria-label", said)
    where = page.locator(".st-key-spend_breakdown")
    expect(where.locator("tbody tr")).to_have_count(2)
    assert [(label, credits) for label, _, _, credits in rows(where)] == [
        (item["label"], f"{item['credits']:g}") for item in known["items"]
    ]
    where.get_by_role("radio", name="Kind").press("Space")
    expect(where.locator("tbody tr").first).to_contain_text("Videos")
    assert violations_on_phone(page) == []

    found = json.loads(downloaded(page, "JSON"))
    assert found["total"] == known["total"] and found["models"] == known["models"]
    lines = list(csv.DictReader(StringIO(downloaded(page, "CSV"))))
    assert sum(float(line["credits"]) for line in lines) == total

    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator(".st-key-tabbar").get_by_role("link", name="Spending")).to_be_visible()
    page.locator(".st-key-spend_days summary").press("Enter")
    expect(page.locator(".st-key-spend_days .k-table")).to_be_visible()
    no_sideways(page)
    assert violations_on_phone(page) == []
    watched.close()


@pytest.mark.exhaustive
def test_a_period_without_tasks_is_empty_and_the_choice_stays(browser: Browser, app: App) -> None:
    api_tasks.make(app, "a lantern")
    watched = WatchedPage(browser, app)
    page = watched.page
    page.goto("/spending")
    page.get_by_role("radio", name="All", exact=True).click()
    expect(page.locator(".k-figures b").first).not_to_have_text("0 credits")
    page.get_by_role("radio", name="Month", exact=True).click()
    expect(page.locator(".st-key-spending_month")).to_be_visible()
    page.get_by_role("link", name="Settings").first.click()
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()
    page.get_by_role("link", name="Spending").first.click()
    expect(page.get_by_role("radio", name="Month", exact=True)).to_be_checked()
    watched.close()
