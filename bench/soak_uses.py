"""Everything users, scripts and strangers do during a soak test; each kind runs on its own thread."""

from __future__ import annotations

import asyncio
import io
import json
import os
import random
import socket
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Error, Page

from bench.processes import App, get_json, post_json
from bench.sessions import opened
from bench.watched_tab import DEVICES
from kaimedia.ui.page_list import PAGE_NAMES

PAGES = ("/", *(f"/{name}" for name in PAGE_NAMES[1:]))
PROMPTS = (
    "Layered paper waves under a red sun",
    "Aurora over a still lake",
    "a crowd [fault:policy]",
    "a red fox in snow",
)
TASK_EVERY_S = 4.0
VIDEO_EACH = 6  # every sixth task is a video
LIBRARY = 400  # items; for each added item, one is moved to the trash
EXPECTED = (400, 401, 403, 404, 405, 413, 421, 422)  # status codes for strangers


NAMES = ("browser", "tasks", "scripts", "gallery", "tabs", "strangers")


class Uses:
    """What was done, by name, and what went wrong. `names` are those of `NAMES` that run; `stop` ends them."""

    def __init__(self, app: App, names: Collection[str] = NAMES) -> None:
        self._app = app
        self._over = threading.Event()
        self.done: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()
        self._dice = random.Random(8)
        self._is_browsing = "browser" in names
        work: dict[str, Callable[[], None]] = {"tasks": self._tasks, "scripts": self._scripts, "gallery": self._gallery}
        work |= {"tabs": self._tabs, "strangers": self._strangers}
        self._threads = [
            threading.Thread(target=self._repeat, args=(each,), daemon=True)
            for name, each in work.items()
            if name in names
        ]

    def start(self) -> None:
        """Start everything except the browser, which is `browse`."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop, and wait for running actions."""
        self._over.set()
        for thread in self._threads:
            thread.join(60)

    def _repeat(self, work: Callable[[], None]) -> None:
        while not self._over.is_set():
            try:
                work()
            except (OSError, AssertionError, ValueError) as error:
                self.wrong[f"{work.__name__.strip('_')}: {type(error).__name__} {str(error)[:100]}"] += 1
                self._over.wait(1)

    def browse(self, browser: Browser, until: float) -> None:
        """Users with a browser, one after another, until that time of the monotonic clock."""
        number = 0
        while time.monotonic() < until:
            if not self._is_browsing:
                time.sleep(1)
                continue
            number += 1
            device = DEVICES["phone" if number % 3 == 0 else "desktop"]
            context = browser.new_context(base_url=self._app.url, **device)
            context.set_default_timeout(20_000)
            try:
                self._visit(context.new_page(), number)
                self.done["browser visits"] += 1
            except Error as error:
                self.wrong[f"browser: {error.message.splitlines()[0][:120]}"] += 1
            finally:
                context.close()

    def _visit(self, page: Page, number: int) -> None:
        page.goto("/")
        page.locator(".st-key-prompt textarea").fill(self._dice.choice(PROMPTS))
        if number % 3 == 0:
            self._bring_reference(page)
        if number % 2 == 0:
            page.locator(".st-key-generate button").click()
            page.wait_for_timeout(2000)
        page.goto("/gallery")
        page.locator(".card img.in").first.wait_for()
        page.locator(".card button").first.click()
        page.locator("dialog[open]").wait_for()
        page.keyboard.press("Escape")
        page.mouse.wheel(0, 3000)
        page.wait_for_timeout(500)
        page.goto("/settings")
        page.locator(".st-key-settings").wait_for()

    def _bring_reference(self, page: Page) -> None:
        """Upload an image, after expanding the field if needed."""
        field = page.locator("input[type=file]").first
        if not field.count():
            page.locator(".st-key-composer summary", has_text="Reference").first.click()
        reference = {"name": "reference.png", "mimeType": "image/png", "buffer": image()}
        field.set_input_files([reference])  # type: ignore[list-item]
        page.wait_for_timeout(500)
        self.done["references by a page"] += 1

    def _tasks(self) -> None:
        """A script that generates images and videos, and keeps the library at the same size."""
        self.done["tasks"] += 1
        number = self.done["tasks"]
        if number % VIDEO_EACH:
            ask = {"prompt": self._dice.choice(PROMPTS), "model": "gpt4o-image", "aspect_ratio": "1:1"}
            post_json(f"{self._app.url}/api/images/generate", ask)
        else:
            ask = {"prompt": "Neon sun over an endless grid", "model": "veo3_fast", "aspect_ratio": "16:9"}
            image = get_json(f"{self._app.url}/api/media?limit=1&type=image")["items"][0]["id"]
            post_json(f"{self._app.url}/api/videos/generate", {**ask, "image_media_id": image})
            self.done["references by the API"] += 1
        page = get_json(f"{self._app.url}/api/media?limit=5&sort_by=oldest")
        for item in page["items"][: max(0, page["total"] - LIBRARY)]:
            self._send("DELETE", f"/api/media/{item['id']}")
        self._over.wait(TASK_EVERY_S)

    def _scripts(self) -> None:
        """REST as scripts use it."""
        listed = get_json(f"{self._app.url}/api/media?limit=50")
        item = self._dice.choice([each for each in listed["items"] if each["status"] == "completed"])
        for path in ("/api/tasks", "/api/health", "/api/models", f"/api/media/{item['id']}", "/api/settings"):
            self._send("GET", path)
        self._send("PATCH", f"/api/media/{item['id']}", {"is_favorite": not item["is_favorite"]})
        self._over.wait(0.2)

    def _gallery(self) -> None:
        """Requests to the gallery API, and for thumbnails."""
        words = self._dice.choice(("", "&q=lake", "&q=fox", "&kind=video", "&q=neon"))
        document = get_json(f"{self._app.url}/app/gallery/page?limit=60{words}")
        get_json(f"{self._app.url}/app/gallery/index?to=2099-01-{self._dice.randrange(1, 28):02}")
        for path in thumbnails(document)[:10]:
            self._send("GET", path)
        self.done["gallery pages"] += 1
        self._over.wait(0.3)

    def _tabs(self) -> None:
        """Sessions that are opened, kept open for a while, and closed, without a browser."""

        async def live() -> None:
            for page in ("", *PAGE_NAMES[1:]):
                async with opened(self._app.port, 2, page) as sessions:
                    await asyncio.sleep(2)
                    await sessions[0].rerun()
                self.done["tabs"] += 2

        asyncio.run(live())
        self._over.wait(1)

    def _strangers(self) -> None:
        """Requests of unauthorized clients."""
        name = f"/{os.urandom(4).hex()}.php"
        for method, path, headers in (
            ("GET", name, {}),
            ("GET", "/api/media", {"Host": "evil.example"}),
            ("POST", "/api/images/generate", {"Origin": "https://evil.example"}),
            ("PUT", f"/_stcore/upload_file/{os.urandom(8).hex()}/x", {}),
            ("GET", "/static/media/../../kaimedia.db", {}),
        ):
            self._send(method, path, {"prompt": "x" * 10_000} if method != "GET" else None, headers)
            self.done["strangers' requests"] += 1
        for half in (
            b"",
            b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n",
            self._upgrade("https://evil.example"),
            self._upgrade(None),
        ):
            with socket.create_connection(("127.0.0.1", self._app.port), timeout=5) as line:
                line.sendall(half)
                self._over.wait(0.3)
            self.done["strangers' sockets"] += 1

    def _upgrade(self, origin: str | None) -> bytes:
        lines = ["GET /_stcore/stream HTTP/1.1", f"Host: 127.0.0.1:{self._app.port}", "Connection: Upgrade"]
        lines += ["Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="]
        lines += [f"Origin: {origin}"] if origin else []
        return "\r\n".join([*lines, "", ""]).encode()

    def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        payload = None if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **(headers or {})}
        request = urllib.request.Request(f"{self._app.url}{path}", payload, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                answer.read()
        except urllib.error.HTTPError as error:
            error.close()
            if error.code not in EXPECTED or (path.startswith("/api") and headers is None):
                self.wrong[f"{error.code} to {method} {path.split('?')[0]}"] += 1
        self.done["calls"] += 1


def thumbnails(document: Any) -> list[str]:
    """URLs of media anywhere in a gallery API document."""
    if isinstance(document, str):
        return [document] if "/static/media/" in document else []
    parts = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    return [found for part in parts for found in thumbnails(part)]


def image() -> bytes:
    """A unique reference image."""
    out = io.BytesIO()
    Image.new("RGB", (800, 450), tuple(os.urandom(3))).save(out, "PNG")
    return out.getvalue()
