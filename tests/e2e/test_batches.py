"""A batch in a browser: written, confirmed, paused, resumed, followed to its end; on a desktop and a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.axe import RULES, violations_on_phone
from tests.e2e.composer import DONE_MS
from tests.e2e.conftest import App
from tests.e2e.tabs import WatchedPage
from tests.e2e.test_accessibility import violations
from tests.e2e.waiting import no_sideways

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-shared"), pytest.mark.timeout(240)]
CARD = "[class*=st-key-batch_task_i_]"


@pytest.fixture(scope="module")
def app(shared_app: App) -> App:
    """The app that several files share."""
    return shared_app


def write_batch(page: Page, text: str, tasks: int) -> None:
    page.get_by_role("switch", name="Batch").press("Space")
    prompt = page.locator(".st-key-prompt textarea")
    expect(prompt).to_have_attribute(
        "placeholder", "One prompt on each line.\nChoices: a {red|blue} car at {dawn|noon}"
    )
    prompt.fill(text)
    prompt.blur()
    expect(page.locator(".st-key-generate_many button")).to_contain_text(f"Generate {tasks}…")


@pytest.mark.parametrize(
    "size", [(1440, 900), pytest.param((390, 844), marks=pytest.mark.exhaustive)], ids=["desktop", "phone"]
)
def test_a_batch_from_the_form_to_its_end(browser: Browser, app: App, size: tuple[int, int]) -> None:
    watched = WatchedPage(browser, app)
    page = watched.page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto("/")
    name = f"a {{red|blue}} boat on a {size[0]} px wide lake [fault:slow=600]"
    write_batch(page, f"{name}\na kite over dunes [fault:slow=600]", 3)
    expect(page.locator(".k-price > span")).to_contain_text("3 prompts · Free in the sandbox")
    no_sideways(page)
    assert violations_on_phone(page) == []

    page.locator(".st-key-generate_many button").click()
    dialog = page.get_by_role("dialog", name="Submit 3 tasks?")
    expect(dialog.locator(".k-plan li")).to_have_count(3)
    assert violations_on_phone(page) == []
    dialog.get_by_role("button", name="Submit 3", exact=True).press("Enter")
    expect(dialog).to_be_hidden()

    card = page.locator(CARD, has_text=f"a red boat on a {size[0]} px wide lake")
    expect(card).to_contain_text("of 3 done")
    card.locator("summary").press("Enter")
    expect(card.locator(".k-batch-tasks li")).to_have_count(3)
    no_sideways(page)
    assert violations(page, RULES) == []
    expect(card).to_contain_text("3 of 3 done", timeout=DONE_MS)
    card.get_by_role("button", name="Dismiss").press("Enter")
    expect(card).to_have_count(0)
    watched.close()
