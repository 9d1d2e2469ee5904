"""A browser tab with measurements of its page, traffic and memory."""

from __future__ import annotations

import base64
import contextlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, CDPSession, Page

WATCHING = Path(__file__).with_name("watching.js")
VIEWPORT = {"width": 1440, "height": 900}
PATIENCE_MS = 120_000
SETTLE_MS = 700
KINDS = {"Image": "images", "Script": "scripts, styles, fonts", "Stylesheet": "scripts, styles, fonts"}
KINDS |= {"Font": "scripts, styles, fonts"}


class Tab:
    """A page in its own browser context; `cdp` is its DevTools session."""

    def __init__(self, page: Page, cdp: CDPSession) -> None:
        self.page = page
        self.cdp = cdp
        self.n_bytes: Counter[str] = Counter()
        self._kind_of: dict[str, str] = {}
        cdp.on("Network.responseReceived", self._on_response)
        cdp.on("Network.loadingFinished", self._on_finished)
        for event in ("Network.webSocketFrameReceived", "Network.webSocketFrameSent"):
            cdp.on(event, self._on_frame)
        cdp.send("Network.enable")

    def load(self, url: str) -> dict[str, Any]:
        """Open a URL; milliseconds from the start of the navigation to `first` thumbnail and `full` window."""
        self.page.goto(url, wait_until="commit")
        return self._measured("bench.loading")

    def act(self, event: str, action: Any) -> dict[str, Any]:
        """Do something; milliseconds from the event to the next complete window, and what happened meanwhile."""
        self.page.evaluate("kind => bench.arm(kind)", event)
        action()
        return self._measured("bench.acting")

    def cpu_ms(self) -> float:
        """CPU milliseconds the tab's process has used."""
        return self._metrics()["ProcessTime"] * 1000

    def _metrics(self) -> dict[str, float]:
        return {each["name"]: each["value"] for each in self.cdp.send("Performance.getMetrics")["metrics"]}

    def _measured(self, promise: str) -> dict[str, Any]:
        measured: dict[str, Any] = self.page.evaluate(promise)
        if "failed" in measured:
            raise RuntimeError(f"{self.page.url}: {measured['failed']}")
        return measured

    def wheel(self, screens: int, px_per_s: int) -> None:
        """Scroll steadily with the wheel by that many screens."""
        gesture = {"x": 700, "y": 500, "yDistance": -screens * VIEWPORT["height"], "speed": px_per_s}
        self.cdp.send("Input.synthesizeScrollGesture", gesture | {"gestureSourceType": "mouse"})

    def memory(self) -> dict[str, float]:
        """After garbage collection: JavaScript heap in 10^6 bytes, live DOM nodes, nodes in the page."""
        for _ in range(2):
            self.cdp.send("HeapProfiler.collectGarbage")
        found = self._metrics()
        return {
            "heap_mb": found["JSHeapUsedSize"] / 1e6,
            "alive": found["Nodes"],
            "nodes": self.page.evaluate("bench.nodes()"),
        }

    def _on_response(self, event: dict[str, Any]) -> None:
        is_gallery_api = "/app/gallery/" in event["response"]["url"]
        self._kind_of[event["requestId"]] = "gallery API" if is_gallery_api else KINDS.get(event["type"], "other")

    def _on_finished(self, event: dict[str, Any]) -> None:
        self.n_bytes[self._kind_of.get(event["requestId"], "other")] += int(event["encodedDataLength"])

    def _on_frame(self, event: dict[str, Any]) -> None:
        frame = event["response"]
        is_binary = frame["opcode"] == 2
        self.n_bytes["websocket"] += len(base64.b64decode(frame["payloadData"]) if is_binary else frame["payloadData"])


@contextlib.contextmanager
def tab(browser: Browser) -> Iterator[Tab]:
    """A tab with an empty cache."""
    context = browser.new_context(viewport=VIEWPORT)
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(path=WATCHING)
    try:
        page = context.new_page()
        cdp = context.new_cdp_session(page)
        cdp.send("Performance.enable")
        yield Tab(page, cdp)
    finally:
        context.close()


def renderers_mb() -> float:
    """Resident memory of this process's browser tabs, including images, in 10^6 bytes."""
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if "--type=renderer" in process.cmdline():
                total += process.memory_info().rss / 1e6
    return total
