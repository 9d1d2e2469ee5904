"""Settings in a browser: saved and used, and the key of a provider."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.sandbox.options import SandboxOptions
from kaimedia.ui.page_list import PAGE_LIST
from tests.e2e.conftest import App, start_app, stop_app
from tests.e2e.waiting import no_sideways

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-settings"), pytest.mark.timeout(240)]

KEY = "canary-key-5f3a9c1e7b2d4860"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A provider that accepts only one key; the app uses it once that key is saved."""
    folder = tmp_path_factory.mktemp("provider")
    server = EmbeddedSandbox(SandboxOptions(api_key=KEY, media="small", media_folder=folder))
    yield server.start()
    server.stop()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, provider: str) -> Iterator[App]:
    """An app that would use that provider."""
    running = start_app(tmp_path_factory.mktemp("settings"), KIE_API_URL=provider, KIE_UPLOAD_URL=provider)
    yield running
    stop_app(running)


def test_settings_are_saved_and_used_and_on_a_phone_no_page_scrolls_sideways(tab: Page) -> None:
    tab.goto("/settings")
    expect(tab.get_by_role("heading", name="Settings")).to_be_visible()
    tab.get_by_role("radio", name="3:2", exact=True).click()
    tab.get_by_role("radio", name="4", exact=True).click()
    tab.get_by_role("button", name="Save changes").click()
    expect(tab.get_by_text("Settings saved.")).to_be_visible()

    tab.set_viewport_size({"width": 390, "height": 844})
    tabs = tab.locator(".st-key-tabbar a")
    parts = {"Generate": ".st-key-prompt textarea", "Gallery": ".st-key-gallery_bar", "Settings": ".st-key-card_key"}
    for title, part in parts.items():
        expect(tabs).to_have_count(len(PAGE_LIST))
        tabs.filter(has_text=title).click()
        expect(tab.locator(part).first).to_be_visible()
        no_sideways(tab)
        if title == "Generate":
            expect(tab.locator(".st-key-generate button")).to_contain_text("Generate 4 images")
            expect(tab.get_by_role("radio", name="3:2")).to_be_checked()

    tab.get_by_role("button", name="Reset to defaults").click()
    tab.get_by_role("dialog").get_by_role("button", name=re.compile("Reset|Restore")).click()
    expect(tab.get_by_text("Defaults restored.")).to_be_visible()
    tab.set_viewport_size({"width": 1440, "height": 900})


def test_a_wrong_key_is_reported_at_the_field_and_not_saved(tab: Page, app: App) -> None:
    """The last one: afterward the app no longer uses the sandbox."""
    field = tab.get_by_label(re.compile("API key")).first
    tab.goto("/settings")
    field.fill("wrong-key-000000000")
    tab.get_by_role("button", name="Save key").click()
    expect(tab.get_by_text("This key was rejected").first).to_be_visible()
    field.fill(KEY)
    tab.get_by_role("button", name="Save key").click()
    expect(tab.get_by_text("Connected").first).to_be_visible()
    expect(field).to_have_value("")
    assert KEY not in tab.content()
    expect(tab.get_by_text(KEY[-4:]).first).to_be_visible()
    tab.get_by_role("link", name="Generate").first.click()
    expect(tab.locator(".st-key-prompt textarea")).to_be_visible()
    expect(tab.get_by_text("Sandbox:")).to_have_count(0)
    data = b"".join(path.read_bytes() for path in app.folder.rglob("*") if path.is_file())
    assert len(data) > 100_000 and KEY.encode() not in data
