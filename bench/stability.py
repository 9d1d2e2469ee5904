"""Layout shifts, response to clicks, and console errors: `python bench/stability.py`.

Opens the app on its sandbox in Chromium, on a desktop and a phone, with a cold and a warm cache, with an empty and a
full library, and records layout shifts (Cumulative Layout Shift, as in Web Vitals), how long the main thread was
blocked, console messages and failed requests. Then Generate while tasks submitted by the API run, fail and end, and
while Generate is clicked twelve times. Exits with 1 if a limit is exceeded.

`--quick` uses one device and few states (about 1 minute); `--only WORD...` selects rows whose names contain each word
(`--only generate phone`). Chromium is expected at /usr/bin/chromium.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.gallery_rows import seed
from bench.layout_shift import causes, score, worst_window
from bench.processes import App, get_json, post_json
from bench.start import chromium
from bench.watched_tab import DEVICES, Seen, WatchedTab, watched_tab
from kaimedia.ui.page_list import HOME, PAGE_LIST

# A task on Generate: an element whose class holds the task's id (32 hexadecimal digits).
TASKS = '[class*="st-key-task_"]'
GENERATE_BUTTON = ".st-key-generate button"
PROMPT = ".st-key-prompt textarea"
PAGES = {page.title: "/" if page.name == HOME else f"/{page.name}" for page in PAGE_LIST}
LIBRARIES = ("empty", "full")
FULL_ROWS = 400
PRESSES = 12
PRESS_PATIENCE_MS = 10_000
TASKS_PATIENCE_S = 120.0
SHOWN_CAUSES = 5
SHOWN_FROM = 0.005  # shifts below this are not explained

MOST_CLS = 0.1
MOST_MEDIAN_S = 0.25
MOST_WORST_S = 0.5


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    name: str
    seen: Seen

    @property
    def shift(self) -> float:
        """Its Cumulative Layout Shift."""
        return score(worst_window(self.seen.shifts))


@dataclass(frozen=True, slots=True)
class Press:
    """One click on Generate: until a row with its prompt was painted, and until that was the task's row."""

    shown_s: float
    took_s: float
    is_there: bool
    in_view: bool


class Measurement:
    """The rows measured so far. `wanted` are words the name of a row must contain."""

    def __init__(self, browser: Any, libraries: dict[str, App], wanted: Sequence[str]) -> None:
        self._browser = browser
        self._apps = libraries
        self._wanted = wanted
        self.rows: list[Row] = []
        self.presses: dict[str, list[Press]] = {}

    def visits(self, device: str, library: str, page: str) -> None:
        """A page with a cold cache, with a warm one, and by a click from another page."""
        first, again, click = (f"{page}, {device}, {library}, {how}" for how in ("cold", "warm", "by a click"))
        if not any(map(self._is_wanted, (first, again, click))):
            return
        app = self._apps[library]
        with watched_tab(self._browser, device) as tab:
            tab.open(app.url + PAGES[page])
            self._add(first, tab.seen())
            tab.open(app.url + PAGES[page])
            self._add(again, tab.seen())
        if not self._is_wanted(click):
            return
        with watched_tab(self._browser, device) as tab:
            other = next(each for each in PAGES if each != page)
            tab.open(app.url + PAGES[other])
            tab.seen()
            _follow(tab, page)
            self._add(click, tab.seen())

    def scrolling(self, device: str) -> None:
        """Scroll the full gallery by wheel, six windows down and up."""
        name = f"Gallery, {device}, full, scrolled"
        if self._is_wanted(name):
            with watched_tab(self._browser, device) as tab:
                tab.open(self._apps["full"].url + PAGES["Gallery"])
                tab.seen()
                height = DEVICES[device]["viewport"]["height"]
                tab.page.mouse.move(DEVICES[device]["viewport"]["width"] / 2, height / 2)
                for step in [height / 3] * 18 + [-height / 3] * 18:
                    tab.page.mouse.wheel(0, step)
                    tab.page.wait_for_timeout(60)
                tab.settle()
                self._add(name, tab.seen())

    def working(self, device: str, library: str) -> None:
        """Generate, open and idle, while tasks arrive, run, fail and end."""
        name = f"Generate, {device}, {library}, tasks run and end"
        if self._is_wanted(name):
            app = self._apps[library]
            with watched_tab(self._browser, device) as tab:
                for number in range(3):
                    ask(app, f"Layered paper waves under a red sun, {number}")
                ask(app, "Neon sun over an endless grid", "videos")
                ask(app, "a crowd [fault:policy]")
                tab.open(
                    app.url
                )  # opened after the task was submitted, because a page without running tasks does not poll
                ask(app, "Coral reef seen from above")
                until_ended(tab, app)
                tab.settle()
                self._add(name, tab.seen())

    def pressing(self, device: str, library: str) -> None:
        """Click Generate repeatedly, each time after the previous task is visible."""
        name = f"Generate, {device}, {library}, {PRESSES} presses"
        if self._is_wanted(name):
            app = self._apps[library]
            with watched_tab(self._browser, device) as tab:
                tab.open(app.url)
                tab.seen()
                self.presses[name] = [_press(tab, number) for number in range(PRESSES)]
                until_ended(tab, app)
                tab.settle()
                self._add(name, tab.seen())

    def _is_wanted(self, name: str) -> bool:
        return all(word.lower() in name.lower() for word in self._wanted)

    def _add(self, name: str, seen: Seen) -> None:
        if self._is_wanted(name):
            self.rows.append(Row(name, seen))
            print(f"{name}: {self.rows[-1].shift:.3f}", file=sys.stderr, flush=True)


def _follow(tab: WatchedTab, page: str) -> None:
    """Open a page with the app's navigation, which is collapsed on a phone."""
    link = _link_in_window(tab, page)
    if link is None:
        tab.page.get_by_test_id("stExpandSidebarButton").click()
        tab.page.wait_for_timeout(700)
        link = _link_in_window(tab, page)
    assert link is not None, f"no way to {page}"
    link.click()
    tab.page.wait_for_url(f"**{PAGES[page]}")
    tab.page.wait_for_timeout(300)
    tab.settle()


def _link_in_window(tab: WatchedTab, page: str) -> Locator | None:
    width = (tab.page.viewport_size or {"width": 0})["width"]
    for link in tab.page.get_by_role("link", name=page, exact=True).all():
        box = link.bounding_box()
        if box and box["x"] >= 0 and box["x"] + box["width"] <= width and link.is_visible():
            return link
    return None


def _press(tab: WatchedTab, number: int) -> Press:
    field = tab.page.locator(PROMPT)
    field.fill(f"A paper boat on a still lake, number {number} at {time.monotonic():.3f}")
    tab.page.evaluate("given => pageWatch.armPress(...given)", [GENERATE_BUTTON, TASKS, PRESS_PATIENCE_MS])
    tab.page.locator(GENERATE_BUTTON).click()
    found = tab.page.evaluate("pageWatch.pressed")
    tab.page.wait_for_timeout(300)
    return Press(found["shown_ms"] / 1000, found["took_ms"] / 1000, found["is_there"], found["in_view"])


def ask(app: App, prompt: str, kind: str = "images") -> str:
    """Generate one image (or a video, with `videos`) with the API; return the task id."""
    request = {"images": {"model": "gpt4o-image", "aspect_ratio": "1:1"}, "videos": {"model": "veo3_fast"}}[kind]
    return str(post_json(f"{app.url}/api/{kind}/generate", {"prompt": prompt, **request})["task_id"])


def until_ended(tab: WatchedTab, app: App) -> None:
    """Keep the page open until no task is running."""
    until = time.monotonic() + TASKS_PATIENCE_S
    while time.monotonic() < until:
        running = sum(
            len(get_json(f"{app.url}/api/tasks?status={status}")["items"]) for status in ("pending", "processing")
        )
        if not running:
            return
        tab.page.wait_for_timeout(500)
    raise SystemExit(f"tasks did not end within {TASKS_PATIENCE_S:g} s")


def plan(measurement: Measurement, is_quick: bool) -> Iterator[Callable[[], None]]:
    """All measurements, in order."""
    devices = ["desktop"] if is_quick else list(DEVICES)
    libraries = ["full"] if is_quick else LIBRARIES
    for device in devices:
        for library in libraries:
            for page in PAGES:
                yield lambda device=device, library=library, page=page: measurement.visits(device, library, page)
        yield lambda device=device: measurement.scrolling(device)
        for library in libraries:
            if not is_quick:
                yield lambda device=device, library=library: measurement.working(device, library)
            yield lambda device=device, library=library: measurement.pressing(device, library)


def show(measurement: Measurement) -> None:
    """The tables, and what moved most."""
    print("\n| page, device, library, visit | CLS | long tasks | longest, ms | console and failed requests |")
    print("|---|---|---|---|---|")
    for row in measurement.rows:
        blocked_ms, noise = row.seen.long_tasks_ms, len(row.seen.noise)
        print(f"| {row.name} | {row.shift:.3f} | {len(blocked_ms)} | {max(blocked_ms, default=0):.0f} | {noise} |")
    if measurement.presses:
        print("\n| press to a row | median, s | worst, s | the task's own: median | worst | shown | in the window |")
        print("|---|---|---|---|---|---|---|")
    for name, presses in measurement.presses.items():
        rows, took = [press.shown_s for press in presses], [press.took_s for press in presses]
        shown, in_view = (sum(getattr(press, what) for press in presses) for what in ("is_there", "in_view"))
        print(
            f"| {name} | {statistics.median(rows):.2f} | {max(rows):.2f} "
            f"| {statistics.median(took):.2f} | {max(took):.2f} | {shown} of {len(took)} | {in_view} of {len(took)} |"
        )
    for row in measurement.rows:
        if row.shift >= SHOWN_FROM:
            print(f"\n{row.name}: what moved in the worst window ({row.shift:.3f})")
        for value, moved in causes(worst_window(row.seen.shifts))[: SHOWN_CAUSES if row.shift >= SHOWN_FROM else 0]:
            print(f"  {value:.3f}  {moved.node}  {list(moved.before)} -> {list(moved.after)}")
        for line, count in Counter(row.seen.noise).items():
            print(f"  {row.name}: {line} ({count} ×)")


def beyond(measurement: Measurement) -> list[str]:
    """The exceeded limits, one line each."""
    found = [f"{row.name}: CLS {row.shift:.3f} > {MOST_CLS}" for row in measurement.rows if row.shift > MOST_CLS]
    found += [f"{row.name}: {len(row.seen.noise)} messages" for row in measurement.rows if row.seen.noise]
    for name, presses in measurement.presses.items():
        took = [press.shown_s for press in presses]
        if statistics.median(took) > MOST_MEDIAN_S:
            found.append(f"{name}: median {statistics.median(took):.2f} s > {MOST_MEDIAN_S} s")
        if max(took) > MOST_WORST_S:
            found.append(f"{name}: worst {max(took):.2f} s > {MOST_WORST_S} s")
        if not all(press.is_there for press in presses):
            found.append(f"{name}: a task was never shown")
    return found


def main() -> int:
    """Run from the command line; returns 1 if a limit is exceeded."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one device, few states")
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD", help="rows whose names hold each word")
    chosen = parser.parse_args()
    print(f"load before: {', '.join(f'{load:.1f}' for load in os.getloadavg())}")
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        browser = stack.enter_context(chromium(True))
        apps = {}
        for library in LIBRARIES:
            folder = Path(name) / library
            folder.mkdir()
            if library == "full":
                seed(f"sqlite:///{folder / 'kaimedia.db'}", FULL_ROWS, folder / "media")
            apps[library] = stack.enter_context(App(folder, KAIMEDIA_PROVIDER="sandbox"))
        measurement = Measurement(browser, apps, chosen.only)
        for measure in plan(measurement, chosen.quick):
            measure()
    show(measurement)
    found = beyond(measurement)
    print("\n" + "\n".join([f"beyond the limits ({len(found)}):", *found] if found else ["within all limits"]))
    print(f"load after: {', '.join(f'{load:.1f}' for load in os.getloadavg())}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
