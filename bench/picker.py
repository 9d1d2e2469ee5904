"""The model picker with all models and with six: `python bench/picker.py`.

*Rerun*: the whole of Generate, from the message to "script finished", in turn on both apps (`bench/few_models.py` is
the one with six models); CPU is the server's for one of them. *Open*: in a browser, from the press on the button to the
second frame after it, by when the list is painted.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.api import Server, served
from bench.processes import Meter, Sandbox, app_environment, free_port
from bench.sessions import Session, opened
from docs.snapshots.camera import SIZES, browser

MOST_OPEN_MS = 150
MOST_RATIO = 1.2
OPTIONS = ["--server.address=127.0.0.1", "--server.headless=true", "--browser.gatherUsageStats=false"]
PRESS = """() => new Promise(done => {
  const host = document.querySelector('.st-key-model_picker [data-testid=stBidiComponentIsolated]')
  const began = performance.now()
  host.shadowRoot.querySelector('.opener').click()
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(performance.now() - began))))
})"""


@contextlib.contextmanager
def app(folder: Path, sandbox: Sandbox, command: list[str]) -> Iterator[Server]:
    """An app of its own, without results."""
    folder.mkdir()
    port = free_port()
    environment = dict(app_environment(folder, sandbox.url, f"sqlite:///{folder / 'k.db'}"))
    full = [sys.executable, *command, f"--server.port={port}", *OPTIONS]
    with served(folder.name, port, full, environment, folder / "app.log", "/api/health") as server:
        yield server


async def measure_reruns(all_models: Server, few: Server, rounds: int) -> None:
    """Reruns of both apps in turn, and the ratio of their medians."""
    times_s: dict[str, list[float]] = {}
    cpu_s: dict[str, float] = {}
    async with opened(all_models.port, 1) as (first,), opened(few.port, 1) as (second,):
        pairs: list[tuple[Server, Session]] = [(all_models, first), (few, second)]
        for number in range(rounds + 5):
            for server, session in pairs:
                meter = Meter(server.process.pid)
                took_s = await session.rerun()
                meter.stop()
                if number >= 5:  # the first ones fill caches
                    times_s.setdefault(server.name, []).append(took_s)
                    cpu_s[server.name] = cpu_s.get(server.name, 0.0) + meter.cpu_s
    medians = {name: statistics.median(times) * 1000 for name, times in times_s.items()}
    for name, median in medians.items():
        print(f"rerun, {name} models: {median:.1f} ms, CPU {cpu_s[name] / rounds * 1000:.1f} ms")
    ratio = medians["all"] / medians["six"]
    fastest = min(times_s["all"]) / min(times_s["six"])
    print(f"rerun with all models to six: {ratio:.2f} × (fastest of each: {fastest:.2f} ×; at most {MOST_RATIO} ×)")


def measure_opening(server: Server, rounds: int) -> None:
    """From the press to the visible list, on a desktop and a phone."""
    with browser() as chromium:
        for size, (width, height) in SIZES.items():
            context = chromium.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
            page = context.new_page()
            page.goto(f"http://127.0.0.1:{server.port}/")
            page.locator(".st-key-model_picker .opener .name").wait_for()
            page.wait_for_timeout(2000)
            times_ms = []
            for _ in range(rounds):
                times_ms.append(page.evaluate(PRESS))
                page.keyboard.press("Escape")
                page.wait_for_timeout(250)
            median = statistics.median(times_ms)
            print(
                f"open, {size}: first {times_ms[0]:.0f} ms, median {median:.0f} ms, fastest {min(times_ms):.0f} ms: "
                f"{median / MOST_OPEN_MS:.2f} × of the {MOST_OPEN_MS} ms allowed"
            )
            context.close()


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30)
    chosen = parser.parse_args()
    print(f"load before: {', '.join(f'{load:.1f}' for load in os.getloadavg())}")
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        sandbox = Sandbox(folder, speed=1)
        stack.callback(sandbox.close)
        every = stack.enter_context(app(folder / "all", sandbox, ["-m", "streamlit", "run", "app.py"]))
        few = stack.enter_context(app(folder / "six", sandbox, ["bench/few_models.py"]))
        asyncio.run(measure_reruns(every, few, chosen.rounds))
        measure_opening(every, chosen.rounds)
    print(f"load after: {', '.join(f'{load:.1f}' for load in os.getloadavg())}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
