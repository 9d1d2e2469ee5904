"""The database restored at random instants, then the provider's records: `python bench/restore.py`.

A worker sends, polls and downloads throughout. At random times a copy is taken; later the worker is killed and the
copy replaces the database: with the `restore` command, by hand as a plain file with the old journals left beside it,
as a file-system snapshot of the database, or as a snapshot of the whole data folder. At the end, tasks on hold are
dismissed, as by a user who knows that the original has paid. Prints the figures; exits with 1 if anything was paid
twice.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.processes import ROOT, Sandbox, app_environment
from kaimedia import config as configuration
from kaimedia.context import AppContext, open_context, open_database
from kaimedia.domain import ErrorCode, GenerationRequest, Phase

WAYS = ("restore", "by hand", "snapshot", "whole folder")
SETTLE_S = 120.0


@dataclass(slots=True)
class Figures:
    """The result. `unsent_in_copies` is the maximum that would be sent twice if copies were not recognized."""

    restores: int = 0
    by_way: dict[str, int] = field(default_factory=dict)
    tasks_submitted: int = 0
    unsent_in_copies: int = 0
    held: int = 0
    restores_that_held: int = 0
    paid: int = 0
    paid_twice: int = 0
    unknown_outcomes: int = 0
    stuck: int = 0
    took_s: float = 0.0


class RestoreRun:
    """One run: a sandbox, an app that only submits, and workers that are killed."""

    def __init__(self, folder: Path, *, seed: int, in_flight: int) -> None:
        self.random = random.Random(seed)
        self.in_flight = in_flight
        self.folder = folder
        self.sandbox = Sandbox(folder, speed=10.0)
        file = folder / "data" / "kaimedia.db"
        self.environment = app_environment(folder, self.sandbox.url, f"sqlite:///{file}", KAIMEDIA_POLL_S="0.3")
        self.environment["KAIMEDIA_DATA"] = str(folder / "data")
        self.config = configuration.load(ROOT, self.environment)
        self.file = file
        self.log = (folder / "worker.log").open("ab")
        self.context: AppContext = open_context(self.config, run_engine=False)
        self.figures = Figures()

    def fill(self) -> None:
        """Submit as many tasks as are missing; each prompt is used once, so that a second payment shows."""
        depth = self.context.studio.tasks.queue_depth()
        unended = sum(n for phase, n in depth.items() if phase not in (Phase.DONE, Phase.FAILED))
        for _ in range(self.in_flight - unended + self.context.studio.holds.count()):
            self.figures.tasks_submitted += 1
            prompt = f"restore run, image number {self.figures.tasks_submitted}"
            self.context.studio.tasks.submit(GenerationRequest("gpt4o-image", prompt, "1:1"))

    def start_worker(self) -> subprocess.Popen[str]:
        """A running worker."""
        command = [sys.executable, str(ROOT / "bench" / "fast_worker.py")]
        worker = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=self.log, text=True
        )
        assert worker.stdout is not None
        worker.stdout.readline()
        return worker

    def restore_once(self, number: int) -> None:
        """Run, copy at a random time, continue, get killed at another, and continue from the copy."""
        way = WAYS[number % len(WAYS)]
        self.fill()
        worker = self.start_worker()
        time.sleep(self.random.uniform(0.0, 0.8))
        copy = self._take(way, worker)
        time.sleep(self.random.uniform(0.0, 1.5))
        self.fill()
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        self.context.close()
        self._put(way, copy)
        self.context = open_context(self.config, run_engine=False)
        held = self.context.studio.holds.count()
        depth = self.context.studio.tasks.queue_depth()
        self.figures.unsent_in_copies += depth[Phase.QUEUED] + depth[Phase.PREPARING]
        self.figures.held += held
        self.figures.restores_that_held += held > 0
        self.figures.by_way[way] = self.figures.by_way.get(way, 0) + 1
        self.figures.restores += 1
        if self.random.random() < 0.5:
            self.context.studio.holds.dismiss()

    def _take(self, way: str, worker: subprocess.Popen[str]) -> Path:
        copy = self.folder / "copies" / str(self.figures.restores)
        if way in ("restore", "by hand"):
            made = self.context.database.back_up()
            assert made is not None
            return made
        os.kill(worker.pid, signal.SIGSTOP)  # a snapshot is taken at one instant
        try:
            copy.mkdir(parents=True)
            # In another process: closing the file in this one would release the locks SQLite holds here.
            files = [self.file.with_name(self.file.name + ending) for ending in ("", "-wal", "-shm")]
            source = [f"{self.file.parent}/."] if way == "whole folder" else [path for path in files if path.exists()]
            subprocess.run(["cp", "-R", *source, copy], check=True)
        finally:
            os.kill(worker.pid, signal.SIGCONT)
        return copy

    def _put(self, way: str, copy: Path) -> None:
        if way == "restore":
            open_database(self.config).replace_with(copy)
        elif way == "by hand":
            shutil.copyfile(copy, self.file)
        elif way == "snapshot":
            for ending in ("", "-wal", "-shm"):
                path = self.file.with_name(self.file.name + ending)
                path.unlink(missing_ok=True)
                if (copy / path.name).exists():
                    shutil.copyfile(copy / path.name, path)
        else:
            shutil.rmtree(self.file.parent)
            shutil.copytree(copy, self.file.parent)

    def settle(self) -> None:
        """Dismiss tasks on hold, let a last worker finish the rest, and count."""
        self.context.studio.holds.dismiss()
        worker = self.start_worker()
        unknown: set[str] = set()
        until = time.monotonic() + SETTLE_S
        left = 1
        while left and time.monotonic() < until:
            for task in self.context.studio.tasks.shown():
                if task.error_code is ErrorCode.OUTCOME_UNKNOWN:
                    unknown.add(task.task_id)
                    self.context.studio.tasks.dismiss(task.task_id)
            depth = self.context.studio.tasks.queue_depth()
            left = sum(n for phase, n in depth.items() if phase not in (Phase.DONE, Phase.FAILED))
            time.sleep(0.3)
        worker.terminate()
        worker.communicate(timeout=30)
        paid = Counter(entry["prompt"] for entry in self.sandbox.accounts())
        self.figures.stuck = left
        self.figures.unknown_outcomes = len(unknown)
        self.figures.paid = sum(paid.values())
        self.figures.paid_twice = sum(1 for n in paid.values() if n > 1)

    def close(self) -> None:
        """Stop everything."""
        self.context.close()
        self.sandbox.close()
        self.log.close()


def run(folder: Path, *, restores: int, in_flight: int, seed: int = 1, show: bool = False) -> Figures:
    """Restore that many times, finish, compare."""
    began = time.monotonic()
    restore_run = RestoreRun(folder, seed=seed, in_flight=in_flight)
    try:
        for number in range(restores):
            restore_run.restore_once(number)
            if show and (number + 1) % 5 == 0:
                print(f"{number + 1} restores, {time.monotonic() - began:.0f} s", flush=True)
        restore_run.settle()
        restore_run.figures.took_s = round(time.monotonic() - began, 1)
        return restore_run.figures
    finally:
        restore_run.close()


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--restores", type=int, default=50)
    parser.add_argument("--in-flight", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        figures = run(Path(name), restores=chosen.restores, in_flight=chosen.in_flight, seed=chosen.seed, show=True)
    for key, value in asdict(figures).items():
        print(f"{key:22} {value}")
    return 0 if figures.paid_twice == 0 and figures.stuck == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
