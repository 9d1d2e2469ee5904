"""A model that only the provider's list has, from the button in Settings to the finished video, at two widths."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, expect

from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.sandbox.options import SandboxOptions
from tests.e2e.composer import model_button, open_picker
from tests.e2e.conftest import App, start_app, stop_app
from tests.e2e.tabs import turn_to
from tests.lists import KLING, LUMEN

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]
VIEWS = pytest.mark.parametrize(
    ("size", "scheme"),
    [
        ((1440, 900), "light"),
        pytest.param((390, 844), "light", marks=pytest.mark.exhaustive),
        pytest.param((1440, 900), "dark", marks=pytest.mark.exhaustive),
        pytest.param((390, 844), "dark", marks=pytest.mark.exhaustive),
    ],
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app on a sandbox whose list has one id more, and one less."""
    folder = tmp_path_factory.mktemp("listed")
    options = SandboxOptions(
        speed=60.0,
        media="small",
        media_folder=folder / "sandbox",
        removed_models=("nano-banana-2",),
        added_models={LUMEN: KLING},
    )
    sandbox = EmbeddedSandbox(options)
    running = start_app(folder, KAIMEDIA_SANDBOX_URL=sandbox.start())
    yield running
    stop_app(running)
    sandbox.stop()


def violations(page: Page) -> list[str]:
    page.evaluate(AXE_SCRIPT)
    found: dict[str, Any] = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found["violations"]]


@pytest.mark.exhaustive
@VIEWS
def test_a_new_model_is_found_marked_and_used(browser: Browser, app: App, size: tuple[int, int], scheme: Any) -> None:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, base_url=app.url, color_scheme=scheme)
    page.goto("/settings")
    card = page.locator(".st-key-card_models")
    is_typical = (*size, scheme) == (1440, 900, "light")  # tests/e2e/test_accessibility.py has the first two states
    card.get_by_role("button", name="Check the sandbox’s model list now").click()
    expect(card).to_contain_text(f"1: {LUMEN}", timeout=30_000)
    expect(card).to_contain_text("1: nano-banana-2")
    expect(card.get_by_role("button")).to_be_enabled()
    assert is_typical or violations(page) == []

    turn_to(page, "Generate")
    page.locator(".st-key-prompt textarea").fill(f"a lumen {size} {scheme}")
    panel = open_picker(page)
    page.keyboard.type("lumen")
    option = panel.locator("[role=option]", has_text=LUMEN)
    expect(option).to_have_attribute("aria-label", re.compile("price unknown, .*Not yet known here$"))
    expect(option).to_contain_text("Unknown")
    assert is_typical or violations(page) == []
    page.keyboard.press("Enter")
    expect(model_button(page)).to_contain_text(LUMEN)
    banner = page.locator(".k-banner-amber", has_text="Not yet known here")
    expect(banner).to_contain_text("The price is unknown. Whatever it returns is saved.")
    assert violations(page) == []
    page.get_by_role("button", name="Generate video").click()
    expect(page.locator(".st-key-stage .card img.in").first).to_be_visible(timeout=60_000)
    page.close()
