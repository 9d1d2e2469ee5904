"""Startup of the app compared with `streamlit hello`: time, memory, first page in a browser: `python bench/start.py`.

Each round starts three servers in sequence with the same options: the app in an empty folder, the app again in that
folder, and `streamlit hello`. The app's page is ready when Generate can be clicked, that of `hello` when its heading
is visible. `--no-browser` skips the pages; they are left out too where there is no Chromium.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.processes import ROOT, Meter, clean_environment, free_port
from tools.chromium import program

OPTIONS = ["--server.address=127.0.0.1", "--server.headless", "true", "--browser.gatherUsageStats", "false"]
CHROMIUM = program()
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE_S = 90.0
SETTLE_S = 1.0


@dataclass(frozen=True, slots=True)
class Start:
    """One start. Times since the command (`page_s` since opening the page), memory of all its processes."""

    health_s: float
    served_s: float
    cpu_s: float
    idle_mb: float
    page_s: float | None = None
    used_mb: float | None = None


LABELS = {
    "health_s": "`/_stcore/health` answers, s",
    "served_s": "`/` answers, s",
    "cpu_s": "CPU until 1 s later, s",
    "idle_mb": "memory then, MB",
    "page_s": "opened in a browser: usable after, s",
    "used_mb": "memory after that page, MB",
}


@dataclass(frozen=True, slots=True)
class Server:
    """A server to start: arguments of `streamlit`, folder, environment, and what its page must show."""

    arguments: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str]
    role: str
    words: str


def app(folder: Path) -> Server:
    """The app on the sandbox, with its data in `folder`."""
    environment = clean_environment(
        KAIMEDIA_PROVIDER="sandbox",
        KAIMEDIA_DATA=str(folder / "data"),
        KAIMEDIA_MEDIA_URL=str(folder / "media"),
        KAIMEDIA_DATABASE_URL=f"sqlite:///{folder / 'start.db'}",
    )
    return Server(("run", "app.py"), ROOT, environment, "button", "Generate")


def hello(folder: Path) -> Server:
    """Streamlit's demo, without our settings."""
    return Server(("hello",), folder, clean_environment(), "heading", "Welcome to Streamlit!")


@contextlib.contextmanager
def started(server: Server, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The server process, possibly not ready yet; stopped afterwards."""
    command = [sys.executable, "-m", "streamlit", *server.arguments, *OPTIONS, "--server.port", str(port)]
    process = subprocess.Popen(
        command, cwd=server.folder, env=server.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answers(url: str) -> bool:
    """True if the URL returns 200 now."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def measure(server: Server, browser: Any | None) -> Start:
    """Start once."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    began = time.monotonic()
    with started(server, port) as process:
        meter = Meter(process.pid)
        waiting = {"health_s": f"{url}/_stcore/health", "served_s": f"{url}/"}
        measured: dict[str, float] = {}
        while waiting:
            for name in [name for name, address in waiting.items() if answers(address)]:
                measured[name] = time.monotonic() - began
                del waiting[name]
            if process.poll() is not None or time.monotonic() - began > PATIENCE_S:
                raise SystemExit(f"streamlit {' '.join(server.arguments)} did not start")
            time.sleep(0.01)
        time.sleep(SETTLE_S)
        meter.stop()
        measured |= {"cpu_s": meter.cpu_s, "idle_mb": meter.resident_mb()}
        if browser is not None:
            measured["page_s"] = open_page(browser, url, server)
            time.sleep(SETTLE_S)
            measured["used_mb"] = meter.resident_mb()
    return Start(**measured)


def open_page(browser: Any, url: str, server: Server) -> float:
    """Seconds until a new visitor sees the page content."""
    context = browser.new_context()
    try:
        page = context.new_page()
        began = time.monotonic()
        page.goto(url, wait_until="commit")
        page.get_by_role(server.role, name=server.words).first.wait_for(state="visible", timeout=PATIENCE_S * 1000)
        return time.monotonic() - began
    finally:
        context.close()


@contextlib.contextmanager
def chromium(is_wanted: bool) -> Iterator[Any | None]:
    """The installed browser, or None."""
    if not is_wanted:
        yield None
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


def show(starts: Mapping[str, list[Start]]) -> None:
    """Medians side by side, and their ratio."""
    names = list(starts)
    print(f"\n| median of {len(starts[names[-1]])} | {' | '.join(names)} | {names[0]} / hello | again / hello |")
    print("|" + "---|" * (len(names) + 3))
    for field in fields(Start):
        seen = [[getattr(start, field.name) for start in starts[name]] for name in names]
        if None in seen[0]:
            continue
        middle = [statistics.median(values) for values in seen]
        form = "{:.0f}" if field.name.endswith("_mb") else "{:.2f}"
        measured = " | ".join(form.format(value) for value in middle)
        print(f"| {LABELS[field.name]} | {measured} | {middle[0] / middle[2]:.2f} × | {middle[1] / middle[2]:.2f} × |")


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-browser", action="store_true")
    chosen = parser.parse_args()
    starts: dict[str, list[Start]] = {"first start": [], "started again": [], "hello": []}
    with chromium(not chosen.no_browser and bool(CHROMIUM)) as browser:
        for number in range(chosen.rounds):
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                for who, server in zip(starts, (app(folder), app(folder), hello(folder)), strict=True):
                    starts[who].append(measure(server, browser))
                    print(f"round {number + 1}, {who}: {starts[who][-1]}", file=sys.stderr, flush=True)
    show(starts)
    return 0


if __name__ == "__main__":
    sys.exit(main())
