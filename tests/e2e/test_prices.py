"""The price before, the question above a sum, and the refusal of what the balance cannot pay; at two widths."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.axe import RULES, violations_on_phone
from tests.e2e.composer import choose_mode, running
from tests.e2e.conftest import App, Charging
from tests.e2e.tabs import turn_to
from tests.e2e.test_accessibility import violations
from tests.e2e.test_batches import write_batch
from tests.e2e.waiting import no_sideways
from tests.lists import change_prices

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-charging"), pytest.mark.timeout(240)]
SIZES = [(1440, 900), (390, 844)]


@pytest.fixture(scope="module")
def app(charging: Charging) -> App:
    """The app that two files share."""
    return charging.app


def says(page: Page, price: str) -> None:
    """Wait for a price on the line below the button."""
    expect(page.locator(".k-price > span", has_text=price)).to_be_visible()


def opened(browser: Browser, app: App, size: tuple[int, int], path: str) -> Page:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, base_url=app.url)
    page.goto(path)
    return page


@pytest.mark.parametrize(
    "size",
    [pytest.param(SIZES[0], id="desktop"), pytest.param(SIZES[1], marks=pytest.mark.exhaustive, id="phone")],
)
def test_price_question_and_refusal(browser: Browser, app: App, size: tuple[int, int]) -> None:
    page = opened(browser, app, size, "/settings")
    card = page.locator(".st-key-card_money")
    above = card.get_by_label("Ask above")
    expect(above).to_have_value(re.compile(r"^(500|100)\.00$"))
    if above.input_value() != "100.00":
        above.fill("100")
        above.press("Enter")
        card.get_by_role("button", name="Save prices").click()
        expect(page.get_by_text("Prices saved.")).to_be_visible()
    no_sideways(page)
    assert violations_on_phone(page) == []

    turn_to(page, "Generate")
    choose_mode(page, "Videos")
    says(page, "About 60 credits ($0.30)")
    page.get_by_role("radio", name="4k", exact=False).last.click()
    says(page, "About 180 credits ($0.90)")
    prompt = f"a heron {size[0]} px"
    page.locator(".st-key-prompt textarea").fill(prompt)
    page.locator(".st-key-prompt textarea").blur()
    page.locator(".k-price .k-tip").focus()
    expect(page.locator(".k-price-facts")).to_contain_text("based on the list price of")
    no_sideways(page)
    assert violations_on_phone(page) == []

    generate = page.locator(".st-key-generate button")
    generate.press("Enter")
    dialog = page.get_by_role("dialog", name="Spend this much?")
    expect(dialog.locator(".k-plan-total")).to_contain_text("About 180 credits ($0.90)")
    no_sideways(page)
    assert violations(page, RULES) == []
    dialog.get_by_role("button", name="Cancel").press("Enter")
    expect(dialog).to_be_hidden()
    expect(running(page, prompt)).to_have_count(0)
    generate.press("Enter")
    dialog.get_by_role("button", name="Generate", exact=True).press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.get_by_text(prompt).first).to_be_visible()

    write_batch(page, "\n".join(f"heron {number} of {size[0]}" for number in range(6)), 6)
    says(page, "About 1,080 credits ($5.40)")
    page.locator(".st-key-generate_many button").click()
    note = page.locator(".k-field-note[role=alert]")
    expect(note).to_contain_text("This costs at least 1,080 credits; your balance at kie.ai is")
    expect(note).to_contain_text("Nothing was sent. Top up at kie.ai (https://kie.ai/pricing)")
    no_sideways(page)
    assert violations(page, RULES) == []
    page.close()


@pytest.mark.exhaustive
def test_a_changed_price_is_read_and_said(browser: Browser, app: App, charging: Charging) -> None:
    change_prices(charging.provider, {"z-image": 2.0})
    page = opened(browser, app, SIZES[1], "/settings")
    card = page.locator(".st-key-card_money")
    card.get_by_role("button", name="Read kie.ai’s price list now").click()
    expect(card).to_contain_text("1: z-image", timeout=30_000)
    no_sideways(page)
    assert violations(page, RULES) == []
    page.close()
