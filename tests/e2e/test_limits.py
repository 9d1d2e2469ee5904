"""Spending limits in a browser: set by keyboard, seen on the price line, and lifted; at two widths."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.axe import RULES, violations_on_phone
from tests.e2e.conftest import App, Charging
from tests.e2e.tabs import turn_to
from tests.e2e.test_accessibility import violations
from tests.e2e.waiting import no_sideways

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-charging"), pytest.mark.timeout(240)]
SIZES = [(1440, 900), pytest.param((390, 844), marks=pytest.mark.exhaustive)]


@pytest.fixture(scope="module")
def app(charging: Charging) -> App:
    """The app that two files share."""
    return charging.app


def set_limit(page: Page, label: str, amount: str) -> None:
    """Enter an amount, "" for none, and save, in the settings."""
    card = page.locator(".st-key-card_limits")
    field = card.get_by_label(label, exact=True)
    field.fill(amount)
    field.press("Enter")
    save = card.get_by_role("button", name="Save limits")
    expect(save).to_be_enabled()
    save.press("Enter")
    expect(page.get_by_text("Limits saved." if amount else "Limits lifted.").last).to_be_visible()
    expect(save).to_be_disabled()


@pytest.mark.parametrize("size", SIZES, ids=["desktop", "phone"])
def test_a_limit_is_set_refuses_and_is_lifted(browser: Browser, app: App, size: tuple[int, int]) -> None:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, base_url=app.url)
    page.goto("/settings")
    set_limit(page, "One task", "5")
    no_sideways(page)
    assert violations_on_phone(page) == []

    turn_to(page, "Generate")
    expect(page.locator(".k-price > span", has_text="over the limit for one task")).to_be_visible()
    page.get_by_label("Prompt", exact=True).fill("a paper boat on a still lake")
    page.locator(".st-key-generate button").click()
    refusal = page.locator("[role=alert]", has_text="The limit for one task is 5 credits; this may cost 6 credits.")
    expect(refusal).to_be_visible()
    no_sideways(page)
    assert violations(page, RULES) == []

    turn_to(page, "Settings")
    set_limit(page, "One task", "")
    set_limit(page, "Each day", "1000")
    expect(page.locator(".st-key-card_limits", has_text="0 of 1,000 credits used")).to_be_visible()
    turn_to(page, "Generate")
    expect(page.locator(".k-price > span", has_text="credits")).to_be_visible()
    expect(page.locator(".k-price > span", has_text="limit")).to_have_count(0)
    turn_to(page, "Settings")
    set_limit(page, "Each day", "")
