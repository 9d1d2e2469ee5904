"""The engine compared with a bare asyncio poller doing the same polls: `python bench/engine.py`.

For 1, 100 and 1,000 tasks in flight: CPU, memory, and the delay from provider-done to saved. The sandbox, the engine
and the poller are separate processes; both create the same tasks on a fresh sandbox, poll each every 3 s and save the
results. CPU (user and system) is counted from the first create to the last file, without the startup.
`--account` adds 1,000 tasks with polls limited to kie.ai's 10 per second.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import bare_poller
from bench.processes import ROOT, Meter, Sandbox, app_environment, get_json
from kaimedia import config as configuration
from kaimedia.context import AppContext, open_context
from kaimedia.domain import GenerationRequest, MediaQuery, Phase
from kaimedia.providers.http.pacing import Pacing
from kaimedia.providers.kie.http.transport import Transport

POLL_S = 3.0
SHORTEST_S, LONGEST_S = 10.0, 20.0  # how long the provider takes per task
CREATE_S = 0.025  # added per task, so that all are in flight at once
PATIENCE_S = 200.0


@dataclass(frozen=True, slots=True)
class Run:
    """What one side used. Delays from the provider's end of a task to our file; `poll_ms` CPU while only polling."""

    tasks: int
    in_flight: int
    polls: int
    cpu_s: float
    poll_ms: float | None
    start_mb: float
    peak_mb: float
    delays_s: list[float]
    took_s: float

    def delay_s(self, share: float) -> float:
        """The delay not exceeded by `share` of the tasks."""
        return sorted(self.delays_s)[min(len(self.delays_s) - 1, int(share * len(self.delays_s)))]


def prompts(count: int) -> list[str]:
    """That many different prompts, with the time the provider takes for each."""
    dice = random.Random(count)
    lead_s = CREATE_S * count
    took = (lead_s + dice.uniform(SHORTEST_S, LONGEST_S) for _ in range(count))
    return [f"bench {number} [fault:slow={took_s:.2f}]" for number, took_s in enumerate(took)]


@contextmanager
def working(command: list[str], environment: dict[str, str] | None, log: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has reported that it is running; stopped afterwards."""
    with log.open("ab") as errors:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            assert process.stdout is not None
            if process.stdout.readline().strip() != "working":
                raise SystemExit(f"{command[0]} did not start:\n{log.read_text()}")
            yield process
        finally:
            process.terminate()
            process.communicate(timeout=30)


def run_engine(folder: Path, count: int, reads_per_s: float | None) -> Run:
    """The product: an app that submits tasks, and a worker process that runs them."""
    sandbox = Sandbox(folder, speed=1.0)
    url = f"sqlite:///{folder / 'bench.db'}"
    environment = dict(app_environment(folder, sandbox.url, url, KAIMEDIA_POLL_S=f"{POLL_S:g}", KAIMEDIA_LOG="error"))
    context = open_context(configuration.load(ROOT, environment), run_engine=False)
    try:
        for prompt in prompts(count):
            context.studio.tasks.submit(GenerationRequest("gpt4o-image", prompt, "1:1"))
        command = ["bench/fast_worker.py", *([] if reads_per_s is None else ["--reads-per-s", str(reads_per_s)])]
        with working(command, environment, folder / "worker.log") as worker:
            meter = Meter(worker.pid)
            began = time.monotonic()
            _until(lambda: context.studio.tasks.queue_depth()[Phase.DONE] == count)
            return _account(sandbox, meter, saved_by_prompt(context), began)
    finally:
        context.close()
        sandbox.close()


def run_bare(folder: Path, count: int, reads_per_s: float | None) -> Run:
    """The baseline: `bench/bare_poller.py`."""
    sandbox = Sandbox(folder, speed=1.0)
    to_submit = prompts(count)
    order = {
        "url": sandbox.url,
        "poll_s": POLL_S,
        "reads_per_s": reads_per_s,
        "folder": str(folder),
        "prompts": to_submit,
    }
    order_file = folder / "order.json"
    order_file.write_text(json.dumps(order), encoding="utf-8")
    try:
        with working(["bench/bare_poller.py", str(order_file)], None, folder / "bare.log") as poller:
            meter = Meter(poller.pid)
            began = time.monotonic()
            assert poller.stdout is not None
            line = poller.stdout.readline()
            if not line:
                raise SystemExit(f"the bare poller failed:\n{(folder / 'bare.log').read_text()}")
            return _account(sandbox, meter, json.loads(line), began)
    finally:
        sandbox.close()


def _until(is_over: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not is_over():
        if time.monotonic() > until:
            raise SystemExit(f"not all tasks were saved within {PATIENCE_S:g} s")
        time.sleep(0.25)


def saved_by_prompt(context: AppContext) -> dict[str, float]:
    """When each finished task was saved, seconds since 1970, by its prompt."""
    saved: dict[str, float] = {}
    cursor = None
    while True:
        page = context.studio.gallery.page(MediaQuery(limit=200, cursor=cursor))
        saved |= {item.prompt: item.completed_at.timestamp() for item in page.items if item.completed_at}
        cursor = page.next_cursor
        if cursor is None:
            return saved


def _account(sandbox: Sandbox, meter: Meter, saved: dict[str, float], began: float) -> Run:
    """Stop measuring and compare the saved results with the provider's records."""
    meter.stop()
    cpu_s, took_s = meter.cpu_s, time.monotonic() - began
    account = get_json(f"{sandbox.url}/_sandbox/account")
    entries = account["tasks"]
    if sorted(saved) != sorted(entry["prompt"] for entry in entries):
        raise SystemExit("not every task was paid once and saved once")
    all_accepted = max(entry["created_ms"] for entry in entries) // 1000 + 1
    first_done = min(entry["done_ms"] for entry in entries) // 1000
    poll_count = sum(n for second, n in account["polls_by_second"] if all_accepted <= second < first_done)
    return Run(
        tasks=len(entries),
        in_flight=_most_at_once(entries),
        polls=account["polls"],
        cpu_s=cpu_s,
        poll_ms=meter.cpu_between_s(all_accepted, first_done) / poll_count * 1000 if poll_count else None,
        start_mb=meter.start_mb,
        peak_mb=meter.peak_mb,
        delays_s=[saved[entry["prompt"]] - entry["done_ms"] / 1000 for entry in entries],
        took_s=took_s,
    )


def _most_at_once(entries: list[dict[str, Any]]) -> int:
    steps = sorted([(e["created_ms"], 1) for e in entries] + [(e["done_ms"], -1) for e in entries])
    most = now = 0
    for _, step in steps:
        now += step
        most = max(most, now)
    return most


def one_poll_ms(count: int = 500) -> dict[str, float]:
    """CPU milliseconds per poll, in this process, by caller; without the sandbox's share."""
    with tempfile.TemporaryDirectory() as name:
        sandbox = Sandbox(Path(name), speed=1.0)
        transport = Transport(sandbox.url, sandbox.url, "bench-key", pace=Pacing(is_on=False))
        session = requests.Session()
        session.trust_env = False
        session.headers["Authorization"] = "Bearer bench-key"
        parts = urlsplit(sandbox.url)
        host = bare_poller.Host(parts.hostname or "", parts.port or 80)
        path = "/api/v1/gpt4o-image/record-info"
        try:
            order = {"prompt": "one poll [fault:stuck]", "size": "1:1"}
            query = {"taskId": str((transport.post_once("/api/v1/gpt4o-image/generate", order).data or {})["taskId"])}

            async def ask_bare() -> None:
                for _ in range(count):
                    json.loads(await host.ask("GET", f"{path}?taskId={query['taskId']}"))

            def ask_session() -> None:
                for _ in range(count):
                    session.get(sandbox.url + path, params=query, timeout=30).json()

            def ask_transport() -> None:
                for _ in range(count):
                    transport.get(path, query)

            asking: dict[str, Callable[[], None]] = {
                "asyncio streams": lambda: asyncio.run(ask_bare()),
                "requests.Session": ask_session,
                "kie/transport.py": ask_transport,
            }
            return {who: _cpu_s(ask) / count * 1000 for who, ask in asking.items()}
        finally:
            session.close()
            transport.close()
            sandbox.close()


def _cpu_s(work: Callable[[], None]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def show(name: str, run: Run, per: Run | None = None) -> None:
    """One line of the table; with `per` the ratios to it."""
    poll = "–" if run.poll_ms is None else f"{run.poll_ms:.2f}"
    ratios = "" if per is None else f"{run.cpu_s / max(per.cpu_s, 0.01):.1f} × / {run.peak_mb / per.peak_mb:.1f} ×"
    print(
        f"| {run.tasks:,} | {name} | {run.in_flight:,} | {run.polls:,} | {run.cpu_s:.2f} | {ratios} | {poll} "
        f"| {run.start_mb:.0f} | {run.peak_mb:.0f} | {run.delay_s(0.5):.2f} | {run.delay_s(0.95):.2f} "
        f"| {run.took_s:.0f} |",
        flush=True,
    )


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, nargs="*", default=[1, 100, 1000])
    parser.add_argument("--account", action="store_true", help="also 1,000 tasks with 10 reads per second")
    chosen = parser.parse_args()
    for program, poll_ms in one_poll_ms().items():
        print(f"one poll with {program:17} {poll_ms:.2f} ms CPU")
    print("\n| tasks | program | most in flight | polls | CPU s | CPU / peak MB to bare | ms CPU per poll ", end="")
    print("| MB at start | MB peak | delay p50 s | p95 s | took s |\n|" + "---|" * 12)
    rows = [(count, None) for count in chosen.tasks] + ([(1000, 10.0)] if chosen.account else [])
    for count, reads_per_s in rows:
        # With the account's limits both mostly wait, so they can run at the same time.
        at_once = 1 if reads_per_s is None else 2
        with (
            tempfile.TemporaryDirectory() as ours,
            tempfile.TemporaryDirectory() as theirs,
            ThreadPoolExecutor(at_once) as sides,
        ):
            running = sides.submit(run_bare, Path(theirs), count, reads_per_s)
            engine = sides.submit(run_engine, Path(ours), count, reads_per_s).result()
            bare = running.result()
        show("bare" if reads_per_s is None else f"bare, {reads_per_s:g} reads/s", bare)
        show("engine" if reads_per_s is None else f"engine, {reads_per_s:g} reads/s", engine, bare)
    return 0


if __name__ == "__main__":
    sys.exit(main())
