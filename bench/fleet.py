"""Several workers on PostgreSQL and a bucket, beside the embedded engine on the same: `python bench/fleet.py`.

1,000 tasks (`--tasks`) in flight at once, polled at most 10 times a second, as one account may: CPU of the workers and
of PostgreSQL, its transactions, and the delay from provider-done to saved. `--free` lifts the limit of polls. The limit
of creates is lifted always, so that all are in flight at once. Each engine has a database, a prefix in the bucket and a
sandbox of its own.

`--chaos SECONDS`: see `bench/fleet_chaos.py`. What this means for many accounts: `bench/fleet_plan.py`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


from bench.engine import prompts, saved_by_prompt
from bench.object_server import ObjectServer
from bench.postgres_server import Postgres
from bench.processes import ROOT, Meter, Sandbox, app_environment
from kaimedia import config as configuration
from kaimedia.context import open_context
from kaimedia.domain import GenerationRequest, Phase

POLL_S = 3.0
READS_PER_S = 10.0
FREE_READS_PER_S = 100_000.0


@dataclass(frozen=True, slots=True)
class Run:
    """What one engine used; delays from the provider's end of a task to our file."""

    tasks: int
    polls: int
    workers_cpu_s: float
    database_cpu_s: float
    commits: int
    peak_mb: float
    delays_s: list[float]
    took_s: float

    def delay_s(self, share: float) -> float:
        """The delay not exceeded by `share` of the tasks."""
        return sorted(self.delays_s)[min(len(self.delays_s) - 1, int(share * len(self.delays_s)))]


@contextmanager
def workers(
    number: int, environment: Mapping[str, str], log: Path, reads_per_s: float
) -> Iterator[list[subprocess.Popen[str]]]:
    """That many workers, running; each takes itself for the only one on its machine."""
    started = []
    try:
        for place in range(number):
            started.append(start_worker(environment, log, f"machine{place}", "--reads-per-s", str(reads_per_s)))
        for worker in started:
            assert worker.stdout is not None
            if worker.stdout.readline().strip() != "working":
                raise SystemExit(f"a worker did not start:\n{log.read_text()}")
        yield started
    finally:
        for worker in started:
            worker.terminate()
        for worker in started:
            worker.communicate(timeout=30)


def start_worker(environment: Mapping[str, str], log: Path, host: str, *options: str) -> subprocess.Popen[str]:
    """A worker process; does not wait until it is ready."""
    command = [sys.executable, "bench/fast_worker.py", "--host", host, *options]
    with log.open("ab") as errors:
        return subprocess.Popen(
            command, cwd=ROOT, env=dict(environment), stdout=subprocess.PIPE, stderr=errors, text=True
        )


def settings(
    folder: Path, sandbox: Sandbox, postgres: Postgres, objects: ObjectServer, name: str, engine: str
) -> dict[str, str]:
    """Those of an app with a database and a prefix of its own."""
    environment = app_environment(
        folder, sandbox.url, postgres.database(name), KAIMEDIA_POLL_S=f"{POLL_S:g}", KAIMEDIA_LOG="error"
    )
    own = {"KAIMEDIA_ENGINE": engine, "KAIMEDIA_SECRET_KEY": "of the benchmark"}
    return {**environment, **objects.settings(name), **own}


def measure(
    folder: Path, postgres: Postgres, objects: ObjectServer, *, engine: str, number: int, count: int, reads_per_s: float
) -> Run:
    """Run `count` tasks on `number` workers with that engine; `off` is the embedded one in a worker process."""
    own = folder / f"{engine}-{reads_per_s:g}"
    own.mkdir()
    sandbox = Sandbox(own, speed=1.0)
    environment = settings(own, sandbox, postgres, objects, f"fleet_{engine}_{reads_per_s:.0f}", engine)
    context = open_context(configuration.load(ROOT, environment), run_engine=False)
    try:
        for prompt in prompts(count):
            context.studio.tasks.submit(GenerationRequest("gpt4o-image", prompt, "1:1"))
        with workers(number, environment, own / "workers.log", reads_per_s) as running:
            meters = [Meter(worker.pid) for worker in running]
            server, commits, began = Meter(postgres.pid), postgres.commits(), time.monotonic()
            until = began + 200 + 3 * count / reads_per_s
            while context.studio.tasks.queue_depth()[Phase.DONE] < count:
                if time.monotonic() > until:
                    raise SystemExit(f"not all were saved in time:\n{(own / 'workers.log').read_text()[-3000:]}")
                time.sleep(0.5)
            for meter in (*meters, server):
                meter.stop()
            used_s, took_s = [meter.cpu_s for meter in meters], time.monotonic() - began
            saved, entries = saved_by_prompt(context), sandbox.accounts()
            if sorted(saved) != sorted(entry["prompt"] for entry in entries):
                raise SystemExit("not every task was paid once and saved once")
            return Run(
                tasks=count,
                polls=sandbox.polls(),
                workers_cpu_s=sum(used_s),
                database_cpu_s=server.cpu_s,
                commits=postgres.commits() - commits,
                peak_mb=sum(meter.peak_mb for meter in meters),
                delays_s=[saved[entry["prompt"]] - entry["done_ms"] / 1000 for entry in entries],
                took_s=took_s,
            )
    finally:
        context.close()
        sandbox.close()


def show(name: str, run: Run, reads_per_s: float, per: Run | None = None) -> None:
    """One line of the table; with `per` the ratios to it."""
    ratio = "" if per is None else f"{run.workers_cpu_s / per.workers_cpu_s:.1f} ×"
    delays = (
        ""
        if per is None
        else f"{run.delay_s(0.5) / per.delay_s(0.5):.2f} × · {run.delay_s(0.95) / per.delay_s(0.95):.2f} ×"
    )
    reads = "free" if reads_per_s >= FREE_READS_PER_S else f"{reads_per_s:g}"
    print(
        f"| {run.tasks:,} | {reads} | {name} | {run.polls:,} | {run.workers_cpu_s:.1f} | {ratio} "
        f"| {run.database_cpu_s:.1f} | {run.commits / run.took_s:.0f} | {run.peak_mb:.0f} "
        f"| {run.delay_s(0.5):.1f} · {run.delay_s(0.95):.1f} | {delays} | {run.took_s:.0f} |",
        flush=True,
    )


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--free", action="store_true", help="only without the account's limit of polls")
    parser.add_argument("--chaos", type=float, metavar="SECONDS", help="kill workers and interrupt servers instead")
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as name,
        closing(Postgres(Path(name))) as postgres,
        ObjectServer(Path(name) / "objects") as objects,
    ):
        if chosen.chaos:
            from bench import fleet_chaos  # it uses this module

            return fleet_chaos.main(Path(name), postgres, objects, chosen.chaos, chosen.tasks, chosen.workers)
        print(
            "| tasks | polls/s allowed | engine | polls | workers' CPU, s | to embedded | PostgreSQL's CPU, s ", end=""
        )
        print("| transactions/s | workers' memory, MB | done to saved, p50 · p95, s | to embedded | took, s |")
        print("|" + "---|" * 12, flush=True)
        reads_per_s = FREE_READS_PER_S if chosen.free else READS_PER_S
        common = {"count": chosen.tasks, "reads_per_s": reads_per_s}
        embedded = measure(Path(name), postgres, objects, engine="off", number=1, **common)
        show("embedded, 1 worker", embedded, reads_per_s)
        fleet = measure(Path(name), postgres, objects, engine="procrastinate", number=chosen.workers, **common)
        show(f"procrastinate, {chosen.workers} workers", fleet, reads_per_s, embedded)
    return 0


if __name__ == "__main__":
    sys.exit(main())
