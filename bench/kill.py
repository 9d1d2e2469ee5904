"""kill -9 at random instants, then the provider's records against our store: `python bench/kill.py`.

A worker process with at least 100 tasks in flight is killed repeatedly, at startup and while it sends, polls,
downloads and writes. At the end, unknown outcomes are resolved as a user would (with the provider task id from the
records, or dismissed), a last worker finishes, and both are compared. Prints the figures; exits with 1 if
anything was paid twice, lost, or is stuck, or if a stored file is not whole or belongs to nothing. `--storage s3` saves
into a bucket of an S3 server, which is started for it.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.object_server import ObjectServer
from bench.processes import ROOT, Sandbox, app_environment
from bench.stored_files import unknown_files, wrong_files
from kaimedia import config as configuration
from kaimedia.context import AppContext, open_context
from kaimedia.domain import ErrorCode, GenerationRequest, Phase, Task

SETTLE_S = 240.0


@dataclass(frozen=True, slots=True)
class Figures:
    """The result. `in_flight_least` is the smallest number of unfinished tasks seen at a kill."""

    kills: int
    kills_while_sending: int
    in_flight_least: int
    in_flight_most: int
    tasks: int
    accepted_by_provider: int
    unknown_outcomes: int
    unknown_and_paid: int
    paid_twice: int
    paid_results_lost: int
    files_wrong: int
    files_unknown: int
    stuck: int
    took_s: float

    @property
    def is_clean(self) -> bool:
        """True when no money and no result was lost."""
        losses = (self.paid_twice, self.paid_results_lost, self.files_wrong, self.files_unknown, self.stuck)
        return not any(losses)


class KillRun:
    """One run: a sandbox, an app that only submits tasks, and workers that are killed."""

    def __init__(
        self, folder: Path, database_url: str, *, seed: int, in_flight: int, settings: Mapping[str, str]
    ) -> None:
        self.random = random.Random(seed)
        self.in_flight = in_flight
        self.sandbox = Sandbox(folder, speed=10.0)
        environment = app_environment(folder, self.sandbox.url, database_url, KAIMEDIA_POLL_S="0.3")
        self.environment = {**environment, **settings}
        self.config = configuration.load(ROOT, self.environment)
        self.context: AppContext = open_context(self.config, run_engine=False)
        self.reference = self.context.studio.references.add("kling-2.5-turbo", _picture())
        self.log = (folder / "worker.log").open("ab")
        self.submitted = 0

    def request(self) -> GenerationRequest:
        """The next task to submit; each prompt is used once, so that a second payment shows."""
        self.submitted += 1
        prompt = f"kill run, image number {self.submitted}"
        kind = self.random.random()
        if kind < 0.7:
            return GenerationRequest("gpt4o-image", prompt, "1:1", variants=self.random.choice((1, 1, 2)))
        if kind < 0.85:
            return GenerationRequest("runway", prompt, "16:9", duration_s=5)
        return GenerationRequest("kling-2.5-turbo", prompt, "16:9", duration_s=5, references=(self.reference,))

    def unfinished(self) -> int:
        """Unfinished tasks."""
        counts = self.context.studio.tasks.queue_depth()
        return sum(n for phase, n in counts.items() if phase not in (Phase.DONE, Phase.FAILED))

    def fill(self) -> int:
        """Submit as many tasks as are missing; return the number of unfinished ones."""
        missing = self.in_flight - self.unfinished()
        for _ in range(max(0, missing)):
            self.context.studio.tasks.submit(self.request())
        return self.in_flight + max(0, -missing)

    def start_worker(self) -> subprocess.Popen[str]:
        """Start a worker process; does not wait until it is ready."""
        command = [sys.executable, str(ROOT / "bench" / "fast_worker.py")]
        return subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=self.log, text=True
        )

    def kill_one(self) -> tuple[int, bool]:
        """Start, wait a random while, kill. Returns the tasks in flight and whether a paid call was running."""
        worker = self.start_worker()
        assert worker.stdout is not None
        if self.random.random() < 0.9:
            worker.stdout.readline()
            until = time.monotonic() + self.random.uniform(0.0, 2.5)
        else:
            until = time.monotonic() + self.random.uniform(0.2, 1.0)
        while time.monotonic() < until:
            self.fill()
            time.sleep(min(0.05, max(0.0, until - time.monotonic())))
        unfinished = self.unfinished()
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        worker.stdout.close()
        return unfinished, self.context.studio.tasks.queue_depth()[Phase.SENDING] > 0

    def settle(self) -> tuple[int, int, int]:
        """Let a last worker finish; resolve unknown outcomes from the records. Returns (unknown, paid, stuck)."""
        worker = self.start_worker()
        unknown: set[str] = set()
        paid: set[str] = set()
        until = time.monotonic() + SETTLE_S
        while time.monotonic() < until:
            by_prompt = {entry["prompt"]: entry["task_id"] for entry in self.sandbox.accounts()}
            for task in self.context.studio.tasks.shown():
                if task.error_code is ErrorCode.OUTCOME_UNKNOWN:
                    unknown.add(task.task_id)
                    if provider_task_id := by_prompt.get(task.request.prompt):
                        paid.add(task.task_id)
                        self.context.studio.tasks.resolve(task.task_id, provider_task_id)
                    else:
                        self.context.studio.tasks.dismiss(task.task_id)
            if self.unfinished() == 0:
                break
            time.sleep(0.5)
        stuck = self.unfinished()
        worker.terminate()
        worker.communicate(timeout=30)
        return len(unknown), len(paid), stuck

    def all_tasks(self) -> list[Task]:
        """All tasks in the store."""
        found: list[Task] = []
        cursor = None
        while True:
            page = self.context.studio.tasks.page(limit=500, cursor=cursor)
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                return found

    def close(self) -> None:
        """Stop everything."""
        self.context.close()
        self.sandbox.close()
        self.log.close()


def _picture() -> bytes:
    from io import BytesIO

    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (64, 64), "navy").save(out, "PNG")
    return out.getvalue()


def run(
    folder: Path,
    database_url: str,
    *,
    kills: int,
    in_flight: int,
    seed: int = 1,
    show: bool = False,
    settings: Mapping[str, str] | None = None,
) -> Figures:
    """Kill `kills` workers, settle, compare. `settings` are more of the app, such as where the media are."""
    began = time.monotonic()
    kill_run = KillRun(folder, database_url, seed=seed, in_flight=in_flight, settings=settings or {})
    try:
        kill_run.fill()
        loads, while_sending = [], 0
        for number in range(kills):
            load, was_sending = kill_run.kill_one()
            loads.append(load)
            while_sending += was_sending
            if show and (number + 1) % 10 == 0:
                print(f"{number + 1} kills, {kill_run.submitted} tasks, {time.monotonic() - began:.0f} s", flush=True)
        unknown, unknown_paid, stuck = kill_run.settle()
        entries = kill_run.sandbox.accounts()
        paid = Counter(entry["prompt"] for entry in entries)
        tasks = kill_run.all_tasks()
        saved = {task.request.prompt for task in tasks if task.phase is Phase.DONE}
        return Figures(
            kills=kills,
            kills_while_sending=while_sending,
            in_flight_least=min(loads),
            in_flight_most=max(loads),
            tasks=len(tasks),
            accepted_by_provider=len(entries),
            unknown_outcomes=unknown,
            unknown_and_paid=unknown_paid,
            paid_twice=sum(1 for n in paid.values() if n > 1),
            paid_results_lost=sum(1 for prompt in paid if prompt not in saved),
            files_wrong=wrong_files(kill_run.context),
            files_unknown=unknown_files(kill_run.context),
            stuck=stuck,
            took_s=round(time.monotonic() - began, 1),
        )
    finally:
        kill_run.close()


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--in-flight", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", help="a PostgreSQL URL; SQLite in a temporary folder otherwise")
    parser.add_argument("--storage", choices=("folder", "s3"), default="folder", help="where the files are saved")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, ExitStack() as open_things:
        folder = Path(name)
        url = chosen.database or f"sqlite:///{folder / 'kill.db'}"
        settings = {}
        if chosen.storage == "s3":
            settings = open_things.enter_context(ObjectServer(folder / "objects")).settings("kill")
        figures = run(
            folder,
            url,
            kills=chosen.kills,
            in_flight=chosen.in_flight,
            seed=chosen.seed,
            show=True,
            settings=settings,
        )
    for key, value in asdict(figures).items():
        print(f"{key:22} {value}")
    return 0 if figures.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
