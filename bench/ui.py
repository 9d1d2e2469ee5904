"""Generate with 20 running tasks and 1, 10 and 50 sessions: `python bench/ui.py`.

Sessions are lightweight clients over real WebSockets (`bench/sessions.py`). The app is compared, in the same run, with
`bench/bare_progress.py`: one `st.progress` per task in a fragment that runs every second. While no tasks run, also with
`bench/bare_elements.py`, which draws as many elements as the app does and nothing else. Tasks stay running because
the sandbox, a separate process, is slowed down a hundred times. The clients run on the same machine.

*Rerun*: the whole page, as requested by a clicked widget, from the message to "script finished", while all other
sessions are open. *Tick*: a timer's request for the fragment that shows the tasks, in every session; the app leaves out
those that would draw nothing new. *Idle*: no tasks run. CPU is the server's, minus its use without sessions.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.api import Server, served
from bench.gallery_rows import seed
from bench.processes import Meter, Sandbox, app_environment, clean_environment, free_port, get_json
from bench.sessions import opened, ticks_of

TASKS = 20
ROWS = 200
SLOW = 0.01
OPTIONS = ["--server.address=127.0.0.1", "--server.headless=true", "--browser.gatherUsageStats=false"]


@dataclass(slots=True)
class Watched:
    """Results for a number of sessions: seconds, and CPU seconds per session-minute."""

    reruns_s: list[float]
    ticks_s: list[float]
    n_ticks: int  # requested; `ticks_s` are those that ran
    cpu_s: float
    kb_a_tick: float


def ms(times_s: list[float], share: float) -> float:
    """The time not exceeded by that share, milliseconds."""
    ordered = sorted(times_s) or [float("nan")]
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


@contextlib.contextmanager
def app(folder: Path, sandbox: Sandbox) -> Iterator[Server]:
    """The app with some results and no running tasks."""
    database_url = f"sqlite:///{folder / 'k.db'}"
    seed(database_url, ROWS, folder / "media")
    port = free_port()
    environment = app_environment(folder, sandbox.url, database_url, KAIMEDIA_POLL_S="30")
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}", *OPTIONS]
    with served("app", port, command, dict(environment), folder / "app.log", "/api/health") as server:
        yield server


@contextlib.contextmanager
def bare(folder: Path, script: str, running: int = 0) -> Iterator[Server]:
    """A baseline of this folder, with that many fake tasks."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", f"bench/{script}", f"--server.port={port}", *OPTIONS]
    environment = clean_environment(BARE_TASKS=str(running))
    with served("bare", port, command, environment, folder / f"{script}{running}.log", "/_stcore/health") as server:
        yield server


def ask(app_port: int, count: int) -> None:
    """Start tasks and wait until all of them run."""
    url = f"http://127.0.0.1:{app_port}/api"
    for number in range(count):
        body = json.dumps({"prompt": f"a paper boat, number {number}", "model": "gpt4o-image"}).encode()
        request = urllib.request.Request(f"{url}/images/generate", body, {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=30).close()
    until = time.monotonic() + 60
    while time.monotonic() < until:
        tasks = get_json(f"{url}/tasks?limit={count}")["items"]
        if all(task["status"] == "processing" for task in tasks):
            return
        time.sleep(0.5)
    raise SystemExit("the tasks did not start")


def floor_cpu(server: Server, seconds: float) -> float:
    """CPU seconds per second without open sessions."""
    meter = Meter(server.process.pid)
    time.sleep(seconds)
    meter.stop()
    return meter.cpu_s / seconds


async def watch(server: Server, count: int, seconds: float, floor: float) -> Watched:
    """Open the sessions, let them tick, then repeatedly rerun the whole page in the first one."""
    async with opened(server.port, count) as sessions:
        await asyncio.sleep(2)
        ticks_of(sessions)
        before = sum(session.n_bytes for session in sessions)
        meter = Meter(server.process.pid)
        began = time.monotonic()
        await asyncio.sleep(seconds)
        took_s = time.monotonic() - began
        meter.stop()
        ticks_s, n_ticks = ticks_of(sessions)
        kb = (sum(session.n_bytes for session in sessions) - before) / 1000 / max(1, n_ticks)
        cpu_s = max(0.0, meter.cpu_s - floor * took_s) / took_s * 60 / count
        reruns_s = []
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            reruns_s.append(await sessions[0].rerun())
            await asyncio.sleep(0.25)
    await asyncio.sleep(0.5)
    return Watched(reruns_s, ticks_s, n_ticks, cpu_s, kb)


def line(what: str, count: int, who: str, seen: Watched, base: Watched | None = None) -> None:
    """One row of the table."""
    is_ticking = seen.n_ticks > 0
    cells = [f"{ms(seen.reruns_s, 0.5):.0f} · {ms(seen.reruns_s, 0.95):.0f}"]
    cells.append(f"{ms(seen.ticks_s, 0.5):.0f} · {ms(seen.ticks_s, 0.95):.0f}" if seen.ticks_s else "")
    cells.append(f"{len(seen.ticks_s)} of {seen.n_ticks}" if is_ticking else "")
    cells.append(f"{seen.kb_a_tick:.1f}" if is_ticking else "")
    cells.append(f"{seen.cpu_s:.2f}")
    ratios = ["", "", ""]
    if base:
        ratios[0] = f"{ms(seen.reruns_s, 0.5) / ms(base.reruns_s, 0.5):.1f} ×"
        ratios[1] = f"{ms(seen.ticks_s, 0.5) / ms(base.ticks_s, 0.5):.1f} ×" if seen.ticks_s and base.ticks_s else ""
        ratios[2] = f"{seen.cpu_s / base.cpu_s:.1f} ×" if base.cpu_s > 0.05 else ""
    print(f"| {what} | {count} | {who} | {' | '.join(cells)} | {' | '.join(ratios)} |", flush=True)


def measure(what: str, baseline: Server, others: dict[str, Server], counts: list[int], seconds: float) -> None:
    """The baseline and the others by name in turn, for each number of sessions."""
    servers = {"bare": baseline} | others
    floors = {name: floor_cpu(server, min(10.0, seconds)) for name, server in servers.items()}
    for count in counts:
        base = asyncio.run(watch(baseline, count, seconds, floors["bare"]))
        line(what, count, "bare", base)
        for name, server in others.items():
            line(what, count, name, asyncio.run(watch(server, count, seconds, floors[name])), base)
    figures = ", ".join(f"{name} {cpu_s * 60:.2f}" for name, cpu_s in floors.items())
    print(f"\nCPU seconds a minute with no session open, {what}: {figures}\n", file=sys.stderr, flush=True)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, nargs="*", default=[1, 10, 50])
    parser.add_argument("--seconds", type=float, default=10.0, help="of watching, and again of reruns, for each row")
    chosen = parser.parse_args()
    print(f"load before: {', '.join(f'{load:.1f}' for load in os.getloadavg())}")
    print("| | sessions | program | rerun p50 · p95, ms | tick p50 · p95, ms | ticks that ran ", end="")
    print("| KB per tick | CPU s per session-minute | rerun to bare | tick | CPU |\n|" + "---|" * 11)
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        sandbox = Sandbox(folder, speed=SLOW)
        stack.callback(sandbox.close)
        ours = stack.enter_context(app(folder, sandbox))
        with bare(folder, "bare_progress.py") as quiet, bare(folder, "bare_elements.py") as elements:
            measure("idle", quiet, {"elements": elements, "app": ours}, chosen.sessions, chosen.seconds)
        ask(ours.port, TASKS)
        with bare(folder, "bare_progress.py", TASKS) as busy:
            measure("20 running", busy, {"app": ours}, chosen.sessions, chosen.seconds)
    print(f"load after: {', '.join(f'{load:.1f}' for load in os.getloadavg())}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
