"""A task whose reply was lost, import by task ID, and the check of files, at two widths and in both color schemes."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, expect

from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.sandbox.options import SandboxOptions
from tests.contract.sandbox.wire import CREATE, body
from tests.e2e.conftest import App, start_app, stop_app
from tests.e2e.tabs import turn_to

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]
VIEWS = [
    pytest.param((1440, 900, "light")),
    pytest.param((390, 844, "light"), marks=pytest.mark.exhaustive),
    pytest.param((1440, 900, "dark"), marks=pytest.mark.exhaustive),
    pytest.param((390, 844, "dark"), marks=pytest.mark.exhaustive),
]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedSandbox]:
    options = SandboxOptions(speed=60.0, media="small", media_folder=tmp_path_factory.mktemp("sandbox"))
    server = EmbeddedSandbox(options)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, sandbox: EmbeddedSandbox) -> Iterator[App]:
    running = start_app(tmp_path_factory.mktemp("rescue"), KAIMEDIA_SANDBOX_URL=sandbox.base_url or "")
    yield running
    stop_app(running)


@dataclass
class View:
    """A tab for the tests of a file; `name` is in the prompts it sends."""

    page: Page
    width: int
    name: str

    def violations(self) -> list[str]:
        """By axe; tests/e2e/test_accessibility.py has these states on a desktop."""
        if self.name == "1440 light":
            return []
        expect(self.page.get_by_test_id("stToast")).to_have_count(0)  # its link has the toolkit's color
        self.page.evaluate(AXE_SCRIPT)
        found: dict[str, Any] = self.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        return [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found["violations"]]


@pytest.fixture(scope="module", params=VIEWS, ids=lambda param: f"{param[0]} {param[2]}")
def view(request: pytest.FixtureRequest, browser: Browser, app: App) -> Iterator[View]:
    width, height, scheme = request.param
    page = browser.new_page(viewport={"width": width, "height": height}, base_url=app.url, color_scheme=scheme)
    yield View(page, width, f"{width} {scheme}")
    page.close()


def answer(request: urllib.request.Request | str) -> Any:
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def made_elsewhere(sandbox: EmbeddedSandbox, prompt: str) -> str:
    """The id of a task that another program sent."""
    headers = {"Authorization": "Bearer a key", "Content-Type": "application/json"}
    data = json.dumps(body("gpt4o", prompt)).encode()
    return str(answer(urllib.request.Request(f"{sandbox.base_url}{CREATE['gpt4o']}", data, headers))["data"]["taskId"])


def id_of(sandbox: EmbeddedSandbox, prompt: str) -> str:
    """The provider's id of the task with this prompt."""
    tasks = answer(f"{sandbox.base_url}/_sandbox/account")["tasks"]
    (found,) = [task["task_id"] for task in tasks if task["prompt"] == prompt]
    return str(found)


def test_a_lost_reply_and_its_task(view: View, sandbox: EmbeddedSandbox) -> None:
    page = view.page
    page.goto("/")
    prompt = f"a lost boat {view.name} [fault:create_accepted_reset]"
    page.locator(".st-key-prompt textarea").fill(prompt)
    page.get_by_role("button", name="Generate image").click()
    row = page.locator("[class*='st-key-task_i_failed_']", has_text=view.name)
    expect(row).to_be_visible(timeout=30_000)
    row.locator("summary").click()
    facts = row.locator(".k-outcome")
    expect(facts).to_contain_text("between")
    expect(facts).to_contain_text("Its price")
    expect(facts.locator("dt", has_text="Balance after")).to_be_visible()
    assert view.violations() == []
    row.get_by_role("button", name="I have the task ID").click()
    field = row.get_by_role("textbox", name="Task ID from")
    field.fill("not-a-task")
    row.get_by_role("button", name="Track this task").click()
    expect(row.get_by_role("alert")).to_contain_text("has no such task")
    field.fill(id_of(sandbox, prompt))
    row.get_by_role("button", name="Track this task").click()
    done = page.locator("[class*='st-key-done_task_i_']", has_text=view.name)
    expect(done).to_be_visible(timeout=30_000)


@pytest.mark.exhaustive
def test_import(view: View, sandbox: EmbeddedSandbox) -> None:
    page = view.page
    made = made_elsewhere(sandbox, f"a fox made elsewhere {view.name}")
    turn_to(page, "Settings")
    card = page.locator(".st-key-card_rescue")
    expect(card).to_contain_text("Every result is saved.")
    assert view.violations() == []
    card.get_by_role("button", name="Import by task ID").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Import").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Enter 1 to 200 task IDs.")
    dialog.get_by_role("textbox", name="Task IDs from").fill(f"{made}\nnothing")
    dialog.get_by_role("button", name="Import").click()
    expect(dialog).to_contain_text("1 of 2 tasks in this app", timeout=30_000)
    expect(dialog).to_contain_text("There is no such task.")
    assert view.violations() == []
    assert page.evaluate("document.documentElement.scrollWidth") <= view.width
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    turn_to(page, "Gallery")
    found = page.get_by_role("button", name=f"a fox made elsewhere {view.name}")
    expect(found).to_be_visible(timeout=30_000)


def test_files_are_checked_and_repaired(view: View, app: App) -> None:
    page = view.page
    thumbnails = sorted(app.media.glob("*_thumb.webp"))
    assert thumbnails, "made by the tests before"
    thumbnails[0].unlink()
    turn_to(page, "Settings")
    card = page.locator(".st-key-card_integrity")
    card.get_by_role("button", name="Check files").click()
    expect(card.locator("dt", has_text="Thumbnails lost")).to_be_visible(timeout=30_000)
    box = card.locator("[data-testid=stElementContainer]:has(dl)").bounding_box()
    assert box and box["height"] > 20, "not hidden with the text for screen readers"
    assert view.violations() == []
    card.get_by_role("button", name="Repair").click()
    expect(card.locator("dt", has_text="Thumbnails remade")).to_be_visible(timeout=30_000)
    card.get_by_text("Which files").click()
    expect(card.locator(".k-names")).to_contain_text(thumbnails[0].name)
    assert view.violations() == [] and thumbnails[0].exists()
    assert page.evaluate("document.documentElement.scrollWidth") <= view.width
