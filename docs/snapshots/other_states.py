"""The states of Settings and the sign-in page."""

from __future__ import annotations

import re

from playwright.sync_api import Page

from docs.snapshots.state import State, escape, nothing, press, see, wait_for_dialog


def _settings(page: Page) -> None:
    page.locator(".st-key-card_storage").wait_for()
    press(page, "Refresh")
    page.get_by_text(re.compile("^Connected")).wait_for()
    _close_toasts(page)


def _close_toasts(page: Page) -> None:
    toasts = page.locator("[data-testid=stToast]")
    toasts.first.wait_for()
    page.mouse.move(0, 0)  # one under the pointer would stay
    page.wait_for_timeout(600)
    for close in toasts.get_by_role("button").all():
        close.click()
    page.mouse.move(0, 0)
    page.wait_for_timeout(800)


def _sandbox(page: Page) -> None:
    page.locator(".st-key-card_storage").wait_for()


def _bad_key(page: Page) -> None:
    page.get_by_label(re.compile("API key")).first.fill("no key")
    press(page, "Save key")
    page.locator(".k-field-note").wait_for()
    page.mouse.move(0, 0)


def _refused(page: Page) -> None:
    press(page, "Refresh")
    page.get_by_text("This key was rejected").first.wait_for()
    _close_toasts(page)


def _changed(page: Page) -> None:
    page.locator(".st-key-card_images").get_by_role("radio", name="3:2", exact=True).click()
    page.get_by_text("Unsaved changes").wait_for()


def _reset(page: Page) -> None:
    press(page, "Reset to defaults")
    wait_for_dialog(page, "Reset to defaults?")


def _import(page: Page) -> None:
    press(page, "Import by task ID")
    wait_for_dialog(page, "Import by task ID")


def _files(page: Page) -> None:
    press(page, "Check files")
    card = page.locator(".st-key-card_integrity")
    card.locator("dt", has_text="Checked").wait_for()
    _close_toasts(page)
    card.scroll_into_view_if_needed()


def _webhooks(page: Page) -> None:
    card = page.locator(".st-key-card_webhooks")
    card.get_by_label("Address of the new webhook").fill("https://hooks.invalid/studio")  # a name that never exists
    press(page, "Add webhook")
    card.locator("code", has_text="whsec_").wait_for()
    press(page, "Send a test")
    card.get_by_text("could not be reached").first.wait_for()
    card.locator("details summary").click()
    card.get_by_role("button", name="Send again").wait_for()
    _close_toasts(page)
    card.scroll_into_view_if_needed()


def _no_webhooks(page: Page) -> None:
    press(page, "Remove", within=".st-key-card_webhooks")
    page.locator(".st-key-card_webhooks").get_by_text("Nothing is sent").wait_for()


def _server(page: Page) -> None:
    card = page.locator(".st-key-card_server")
    card.locator("pre").wait_for()
    card.scroll_into_view_if_needed()


NOTICE = ".st-key-disk_notice button"
STATES = (
    State("settings", "Connected, with all cards.", "full", "/settings", _settings),
    State(
        "settings-sandbox", "Without a key: the sandbox.", "new", "/settings", _sandbox, on_phone=False, back=nothing
    ),
    State("settings-changed", "Unsaved changes.", "new", "/settings", _changed, on_phone=False),
    State("settings-bad-key", "An invalid key.", "new", "/settings", _bad_key),
    State("settings-refused", "A refused key.", "refused", "/settings", _refused, on_phone=False),
    State(
        "settings-reset",
        "Confirmation before resetting to the defaults.",
        "new",
        "/settings",
        _reset,
        on_phone=False,
        back=escape,
    ),
    State("settings-import", "Importing tasks by their IDs.", "new", "/settings", _import, back=escape),
    State("settings-webhooks", "A webhook whose receiver is down.", "new", "/settings", _webhooks, leave=_no_webhooks),
    State("settings-files", "The files compared with the gallery.", "full", "/settings", _files),
    State("login", "The sign-in page.", "login", "/", see(".st-key-sign_in")),
    State("generate-temporary-disk", "A host that erases its disk.", "temporary", "/", see(NOTICE)),
    State("settings-temporary-disk", "What keeps everything on such a host.", "temporary", "/settings", _server),
)
