"""The API documentation page, in a browser without internet access."""

from __future__ import annotations

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from tests.e2e.waiting import IS_STILL, SCHEMES, noted
from tools.page_wait import wait_until_true

TOKEN = "a-token-for-the-page"
pytestmark = pytest.mark.e2e
SETTINGS = {"KAIMEDIA_API_TOKEN": TOKEN}
FAINT_TEXTS = """async () => (await axe.run(document, { runOnly: { type: 'rule', values: ['color-contrast'] } }))
  .violations.flatMap(({ nodes }) => nodes.map(({ html }) => html.slice(0, 160)))"""
BRIGHTNESS = (
    "() => getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0)"
)


def test_a_route_can_be_tried_with_a_token(page: Page) -> None:
    page.goto("/api/docs")
    field = page.get_by_label("API token")
    field.fill("wrong")
    field.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("not valid, or no longer valid")
    field.fill(TOKEN)
    field.press("Enter")
    route = page.locator("[id*='get_settings']").first
    if not route.locator(".opblock-body").is_visible():
        route.click()
    route.get_by_role("button", name="Execute").click()
    expect(route.locator(".live-responses-table")).to_contain_text("gpt4o-image")


@pytest.mark.exhaustive
def test_every_method_is_legible_in_the_systems_scheme(page: Page) -> None:
    page.goto("/api/docs")
    field = page.get_by_label("API token")
    field.fill(TOKEN)
    field.press("Enter")
    for method in ("get", "post", "patch", "delete"):
        route = page.locator(f".opblock-{method}").first
        route.locator(".opblock-summary-control").click()
        expect(route.locator(".opblock-body")).to_be_visible()
    page.evaluate(AXE_SCRIPT)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        wait_until_true(page, IS_STILL)
        with noted(scheme):
            assert (page.evaluate(BRIGHTNESS) < 200) is (scheme == "dark")
            assert page.evaluate(FAINT_TEXTS) == []
