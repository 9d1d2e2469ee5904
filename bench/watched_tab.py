"""A Chromium tab that records layout shifts, long tasks, console messages and failed requests."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response

from bench.layout_shift import Shift, from_page
from tools.page_wait import wait_until_true

WATCH = Path(__file__).with_name("page_watch.js")
DEVICES: Mapping[str, Mapping[str, Any]] = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "device_scale_factor": 3,
        "is_mobile": True,
        "has_touch": True,
    },
}
PATIENCE_MS = 60_000
QUIET_MS = 1_500
FAILED_STATUS = 400
# A request canceled by the page, e.g. by a video element that has loaded enough.
GIVEN_UP = "net::ERR_ABORTED"
HIDDEN = ("debug", "verbose")  # hidden in the console by default
IS_DRAWN = """() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'
  && document.fonts.status === 'loaded'
  && [...document.images].every(image => image.complete)"""


@dataclass
class Seen:
    """The records of one visit."""

    shifts: list[Shift] = field(default_factory=list)
    long_tasks_ms: list[float] = field(default_factory=list)
    noise: list[str] = field(default_factory=list)  # console messages, failed requests, uncaught errors


class WatchedTab:
    """One page of a browser context; `seen` returns what happened since its last call."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._noise: list[str] = []
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self._noise.append(f"uncaught: {error}"))
        page.on("requestfailed", self._on_failed)
        page.on("response", self._on_response)

    def open(self, url: str) -> None:
        """Load a URL and wait until the page is stable."""
        self.page.goto(url, wait_until="load")
        self.settle()

    def settle(self) -> None:
        """Wait until the script has run and fonts and images are loaded, and then a moment longer."""
        wait_until_true(self.page, IS_DRAWN, timeout_s=PATIENCE_MS / 1000)
        self.page.wait_for_timeout(QUIET_MS)
        wait_until_true(self.page, IS_DRAWN, timeout_s=PATIENCE_MS / 1000)

    def seen(self) -> Seen:
        """What happened in this document since it was opened or since the last call."""
        found = self.page.evaluate("({ shifts: pageWatch.shifts.splice(0), longTasks: pageWatch.longTasks.splice(0) })")
        noise, self._noise = self._noise, []
        return Seen(from_page(found["shifts"]), found["longTasks"], noise)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type not in HIDDEN:
            self._noise.append(f"console {message.type}: {message.text[:300]} {message.location.get('url', '')[:200]}")

    def _on_failed(self, request: Request) -> None:
        if request.failure != GIVEN_UP:
            self._noise.append(f"{request.failure}: {request.url[:200]}")

    def _on_response(self, response: Response) -> None:
        if response.status >= FAILED_STATUS:
            self._noise.append(f"HTTP {response.status}: {response.url[:200]}")


@contextlib.contextmanager
def watched_tab(browser: Browser, device: str) -> Iterator[WatchedTab]:
    """A tab with an empty cache on a device of `DEVICES`."""
    context = browser.new_context(**DEVICES[device])
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(path=WATCH)
    try:
        yield WatchedTab(context.new_page())
    finally:
        context.close()
