"""Measurements of a gallery with a given number of rows: opening, filters, scrolling, the gallery API."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from bench import static_page
from bench.api import Server
from bench.browsers import SETTLE_MS, Tab, renderers_mb, tab
from bench.gallery_tables import SCREENS, Findings
from bench.load import Call, Seen, load
from bench.processes import Meter
from bench.sessions import opened

WHEEL_PX_S = 3600
PRESS_MS = 80  # a person's press of a mouse button; without it, button and click come at once
LONG = 10_000  # with at least this many rows, scrolling is measured
PLAIN_ROWS = 2000  # of the static page for comparison
WORDS = (
    ("many matches", ("the", "in", "on")),
    ("one in eight", ("cinematic", "watercolor", "isometric")),
    ("few matches", ("ramen neon dutch", "owl mars macro", "whale greenhouse oil")),
    ("no match", ("zebra", "quark", "xylophone")),
)
T = TypeVar("T")


class Bench(Findings):
    """Everything about one number of rows."""

    def __init__(self, browser: Any, rows: int, ours: Server, static: Server) -> None:
        super().__init__(rows)
        self.browser = browser
        self.ours = ours
        self.url = f"http://127.0.0.1:{ours.port}"
        self.plain = f"http://127.0.0.1:{static.port}/pages"

    def prepare(self, pages: Path, files: list[tuple[str, int, int]]) -> None:
        """Warm the server up; write the static pages."""
        with tab(self.browser) as one:
            one.load(f"{self.url}/gallery")
            one.page.wait_for_timeout(SETTLE_MS)
            (pages / "window.html").write_text(static_page.placed(one.page.evaluate("bench.drawn()")))
        (pages / "all.html").write_text(static_page.flowing(files))
        (pages / "some.html").write_text(static_page.flowing(files[:PLAIN_ROWS]))
        (pages / "names.txt").write_text("\n".join(name for name, _, _ in files[:1000]))

    def open_all(self) -> None:
        """One round of openings."""
        for name, address in (("static", f"{self.plain}/window.html"), ("whole", f"{self.plain}/all.html")):
            with tab(self.browser) as one:
                self._record(f"{name} cold", one.load(address))
                self._record(f"{name} warm", one.load(address))
        with tab(self.browser) as one:
            meter = Meter(self.ours.process.pid)
            self._record("cold", one.load(f"{self.url}/gallery"))
            self._record("mounted", one.page.evaluate("bench.mounting"))
            one.page.wait_for_timeout(SETTLE_MS)
            meter.stop()
            self.seen["cpu of an opening"].append(meter.cpu_s * 1000)
            for kind, n_bytes in one.n_bytes.items():
                self.seen[f"KB {kind}"].append(n_bytes / 1000)
            self._record("warm", one.load(f"{self.url}/gallery"))
        with tab(self.browser) as one:
            self._open_settings(one)
            link = one.page.get_by_role("link", name="Gallery").first
            self._record("pressed", one.act("click", lambda: link.click(delay=PRESS_MS)))
        with tab(self.browser) as one:
            self._open_settings(one)
            self._record("inside", one.act("click", lambda: one.page.get_by_role("link", name="Gallery").first.click()))
            one.page.get_by_role("link", name="Settings").first.click()
            one.page.get_by_role("button", name="Save changes").wait_for()
            one.page.wait_for_timeout(SETTLE_MS)
            self._record("back", one.act("click", lambda: one.page.get_by_role("link", name="Gallery").first.click()))

    def _open_settings(self, one: Tab) -> None:
        one.page.goto(f"{self.url}/settings")
        one.page.get_by_role("button", name="Save changes").wait_for()
        one.page.wait_for_timeout(SETTLE_MS)

    def find(self, turn: int) -> None:
        """Filters and searches, none repeated; then a jump to the middle."""
        with tab(self.browser) as one:
            page = one.page
            one.load(f"{self.url}/gallery")
            page.wait_for_timeout(SETTLE_MS)
            meter = Meter(self.ours.process.pid)
            acts = 0
            for kind in ("Images", "Videos"):
                self._act(one, "filter", "click", lambda kind=kind: page.get_by_role("radio", name=kind).click())
                acts += 1
            page.get_by_role("radio", name="All").click()
            page.wait_for_timeout(SETTLE_MS)
            box = page.get_by_placeholder("Search prompts")
            for name, words in WORDS:
                word = words[turn % len(words)]
                self._act(one, f"search {name}", "keydown", lambda word=word: (box.fill(word), box.press("Enter")))
                one.act(
                    "keydown", lambda: (box.fill(""), box.press("Enter"))
                )  # the previous filter is cached by the grid
                page.wait_for_timeout(SETTLE_MS)
                acts += 2
            page.wait_for_timeout(SETTLE_MS)
            meter.stop()
            self.seen["cpu of an act"].append(meter.cpu_s * 1000 / (acts + 1))
        if self.rows >= LONG:
            with tab(self.browser) as one:
                one.load(f"{self.url}/gallery")
                one.page.wait_for_timeout(SETTLE_MS)
                rail = one.page.get_by_role("slider", name="Jump to a date").bounding_box()
                assert rail
                spot = rail["x"] + rail["width"] / 2, rail["y"] + rail["height"] / 2
                self._act(one, "jump", "pointerdown", lambda: one.page.mouse.click(*spot))

    def scroll(self) -> None:
        """Scroll 40 screens by wheel, 80 more twice as fast; then 40 of the static page."""
        if self.rows < LONG:
            return
        with tab(self.browser) as one:
            self._scroll_once(one, f"{self.url}/gallery")
            for name in ("after 80", "after 120"):
                one.wheel(SCREENS, 2 * WHEEL_PX_S)
                one.page.wait_for_timeout(SETTLE_MS)
                self._measure_memory(one, name)
        with tab(self.browser) as one:
            self._scroll_once(one, f"{self.plain}/some.html", "static ")

    def _scroll_once(self, one: Tab, address: str, of: str = "") -> None:
        one.load(address)
        one.page.wait_for_timeout(2 * SETTLE_MS)
        self._measure_memory(one, f"{of}before")
        self._frames(one, f"{of}frames")
        self._measure_memory(one, f"{of}after 40")

    def serve(self) -> None:
        """The gallery API with one client; a single rerun of the page."""
        requests = {
            f"page, {name}": [f"page?limit=60&q={word.replace(' ', '+')}" for word in words] for name, words in WORDS
        }
        requests["page, no filter"] = ["page?limit=60"]
        requests["page, videos"] = ["page?limit=60&kind=video"]
        for name, paths in requests.items():
            seen = ask(self.ours.port, [f"/app/gallery/{path}" for path in paths], seconds=1.5)
            assert not seen.errors, seen.errors
            self.seen[f"{name} p50"], self.seen[f"{name} p95"] = [seen.ms(0.5)], [seen.ms(0.95)]
        # The id index is cached: each of these is a different filter that matches everything.
        calls = [f"/app/gallery/index?to=2099-{month:02}-28" for month in range(1, 10)]
        self.seen["id index, all"] = [ask(self.ours.port, [call], seconds=0.001).ms(0.99) for call in calls]
        apart(self._rerun)

    async def _rerun(self) -> None:
        async with opened(self.ours.port, 1, "gallery") as (session,):
            for _ in range(3):
                await session.rerun()
            meter = Meter(self.ours.process.pid)
            self.seen["rerun"] = [await session.rerun() * 1000 for _ in range(20)]
            meter.stop()
            self.seen["cpu of a rerun"] = [meter.cpu_s * 1000 / 20]

    def _act(self, one: Tab, name: str, event: str, action: Callable[[], Any]) -> None:
        measured = one.act(event, action)
        self.seen[name].append(measured["full"])
        requested = measured["calls"].get("page") or measured["calls"].get("items")
        kind = name.partition(" ")[0]
        if requested:
            self.seen[f"{kind} sent"].append(measured["sent"])
            self.seen[f"{kind} requested"].append(requested[0])
            self.seen[f"{kind} answered"].append(requested[1])
            self.seen[f"{kind} full"].append(measured["full"])
        one.page.wait_for_timeout(SETTLE_MS)

    def _record(self, name: str, measured: dict[str, Any]) -> None:
        self.seen[f"{name} first"].append(measured["first"])
        self.seen[f"{name} full"].append(measured["full"])

    def _frames(self, one: Tab, name: str) -> None:
        one.page.evaluate("bench.startFrames()")
        before_ms = one.cpu_ms()
        one.wheel(SCREENS, WHEEL_PX_S)
        self.seen[f"{name} cpu"].append((one.cpu_ms() - before_ms) / SCREENS)
        self.seen[name] += one.page.evaluate("bench.stopFrames()")

    def _measure_memory(self, one: Tab, name: str) -> None:
        for what, value in one.memory().items():
            self.seen[f"{what} {name}"].append(value)
        self.seen[f"renderer_mb {name}"].append(renderers_mb())


def apart(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine on a thread: the browser already runs an event loop in this one."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(lambda: asyncio.run(work())).result()


def ask(port: int, paths: list[str], seconds: float) -> Seen:
    """One client that repeats a request and accepts gzip, as browsers do."""
    calls = [Call(path, headers={"Accept-Encoding": "gzip"}) for path in paths]
    with ThreadPoolExecutor(1) as threads:
        seen = threads.submit(load, port, calls, users=1, seconds=seconds).result()
    return seen
