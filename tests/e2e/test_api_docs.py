"""The page of the API, in a browser that may not leave this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import App, start_app, stop_app

TOKEN = "a-token-for-the-page"
pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app that wants a token."""
    running = start_app(tmp_path_factory.mktemp("app"), KAIMEDIA_API_TOKEN=TOKEN)
    yield running
    stop_app(running)


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
