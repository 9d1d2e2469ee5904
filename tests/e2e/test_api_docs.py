"""The API documentation page, in a browser without internet access."""

from __future__ import annotations

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import App

TOKEN = "a-token-for-the-page"
pytestmark = pytest.mark.e2e
SETTINGS = {"KAIMEDIA_API_TOKEN": TOKEN}
FAINT_TEXTS = """async () => (await axe.run(document, { runOnly: { type: 'rule', values: ['color-contrast'] } }))
  .violations.flatMap(({ nodes }) => nodes.map(({ html }) => html.slice(0, 160)))"""
BRIGHTNESS = (
    "() => getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0)"
)


def test_a_route_can_be_read_and_tried(page: Page) -> None:
    page.goto("/api/docs")
    field = page.get_by_label("API token")
    field.fill("wrong")
    field.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("not valid, or no longer valid")
    field.fill(TOKEN)
    field.press("Enter")
    route = page.locator("[id*='list_models']").first
    route.click()
    route.get_by_role("button", name="Execute").click()
    expect(route.locator(".live-responses-table")).to_contain_text("gpt4o-image")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_follows_the_systems_scheme_and_stays_legible(browser: Browser, app: App, scheme: str) -> None:
    page = browser.new_page(color_scheme=scheme, base_url=app.url)  # type: ignore[arg-type]
    page.goto("/api/docs")
    field = page.get_by_label("API token")
    field.fill(TOKEN)
    field.press("Enter")
    for method in ("get", "post", "patch", "delete"):
        route = page.locator(f".opblock-{method}").first
        route.locator(".opblock-summary-control").click()
        expect(route.locator(".opblock-body")).to_be_visible()
    assert (page.evaluate(BRIGHTNESS) < 200) is (scheme == "dark")
    page.evaluate(AXE_SCRIPT)
    assert page.evaluate(FAINT_TEXTS) == []
    page.close()
