"""The states of Spending."""

from __future__ import annotations

from playwright.sync_api import Page

from docs.snapshots.state import State, see


def drawn(page: Page) -> None:
    """Wait for both charts."""
    for card in ("spend_days", "spend_balance"):
        page.locator(f".st-key-{card} [data-testid=stVegaLiteChart] :is(canvas, svg)").first.wait_for()
    page.wait_for_timeout(400)


def _tables(page: Page) -> None:
    drawn(page)
    for card in ("spend_days", "spend_balance"):
        page.locator(f".st-key-{card} summary").click()
        page.locator(f".st-key-{card} .k-table").wait_for()
    page.locator(".st-key-spend_balance").scroll_into_view_if_needed()


def _collections(page: Page) -> None:
    drawn(page)
    page.locator(".st-key-spending_by").get_by_role("radio", name="API token", exact=True).click()
    page.get_by_text("API token 3f9a1c04e7bd").wait_for()


STATES = (
    State("spending", "Thirty days, by day and by model.", "spent", "/spending", drawn),
    State("spending-tables", "The charts as tables, and where the balance differs.", "spent", "/spending", _tables),
    State("spending-tokens", "By API token.", "spent", "/spending", _collections, on_phone=False),
    State("spending-empty", "Before the first task.", "new", "/spending", see(".k-empty")),
)
