"""The page of the API, in a browser that may not leave this machine."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

TOKEN = "a-token-for-the-page"
pytestmark = pytest.mark.e2e
SETTINGS = {"KAIMEDIA_API_TOKEN": TOKEN}


def test_one_reads_and_tries_a_route(page: Page) -> None:
    page.goto("/api/docs")
    field = page.get_by_label("API token")
    field.fill("wrong")
    field.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("not (or no longer) valid")
    field.fill(TOKEN)
    field.press("Enter")
    route = page.locator("[id*='list_models']").first
    route.click()
    route.get_by_role("button", name="Execute").click()
    expect(route.locator(".live-responses-table")).to_contain_text("gpt4o-image")
