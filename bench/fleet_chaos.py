"""Workers killed, PostgreSQL restarted and the bucket gone, while tasks run: `python bench/fleet.py --chaos 300`.

Every 20 s, half of the workers are killed with SIGKILL at once, and as many started. After a third of the time
PostgreSQL is restarted, after half of it the bucket is stopped for 60 s (a fifth of the time if that is shorter). Tasks
are submitted all the time, so that as many as given are unfinished. At the end, unknown outcomes are resolved as a user
would, and the provider's records are compared with the store.

*Taken over*: how long a task that a killed worker had claimed waited until another one had it. Each worker takes itself
for the only one on its machine, so that none can see that the process of another is gone.
"""

from __future__ import annotations

import random
import signal
import subprocess
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psycopg

from bench import fleet
from bench.engine import saved_by_prompt
from bench.object_server import ObjectServer
from bench.postgres_server import Postgres
from bench.processes import ROOT, Sandbox
from kaimedia import config as configuration
from kaimedia.context import AppContext, open_context
from kaimedia.domain import ErrorCode, GenerationRequest, Phase
from kaimedia.errors import KaimediaError
from kaimedia.jobs.owner import host_of

KILL_EVERY_S = 20.0
OUTAGE_S = 60.0
SETTLE_S = 300.0
LOOK_EVERY_S = 0.25
UNDER_WAY = (Phase.WAITING, Phase.GENERATING, Phase.SAVING, Phase.PREPARING)


@dataclass(slots=True)
class Figures:
    """The result; times in seconds."""

    tasks: int = 0
    accepted_by_provider: int = 0
    workers_killed: int = 0
    unknown_outcomes: int = 0
    paid_twice: int = 0
    paid_results_lost: int = 0
    stuck: int = 0
    taken_over: int = 0
    takeover_p50_s: float = 0.0
    takeover_p95_s: float = 0.0
    took_s: float = 0.0

    @property
    def is_clean(self) -> bool:
        """True when no money and no result was lost."""
        return self.paid_twice == self.paid_results_lost == self.stuck == 0


@dataclass(slots=True)
class Takeovers:
    """Watches the tasks that killed workers had claimed."""

    waiting: dict[str, tuple[str, float]] = field(default_factory=dict)  # task id: owner, and when it was killed
    took_s: list[float] = field(default_factory=list)

    def killed(self, postgres_url: str, host: str) -> None:
        """Note what a worker had claimed when it was killed just now."""
        for task_id, owner in _claimed(postgres_url):
            if host_of(owner) == host:
                self.waiting[task_id] = owner, time.monotonic()

    def look(self, postgres_url: str) -> None:
        """See which have another owner, or none, by now."""
        if self.waiting:
            held = dict(_claimed(postgres_url))
            for task_id, (owner, since) in list(self.waiting.items()):
                if held.get(task_id) != owner:
                    self.took_s.append(time.monotonic() - since)
                    del self.waiting[task_id]

    def share_s(self, share: float) -> float:
        """The time not exceeded by that share of them; 0 without any."""
        ordered = sorted(self.took_s)
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1) if ordered else 0.0


def _claimed(postgres_url: str) -> list[tuple[str, str]]:
    phases = [phase.value for phase in UNDER_WAY]
    with psycopg.connect(postgres_url.replace("+psycopg", "", 1), connect_timeout=5) as connection:
        query = "SELECT task_id, owner FROM tasks WHERE owner IS NOT NULL AND phase = ANY(%s)"
        return [(row[0], row[1]) for row in connection.execute(query, (phases,)).fetchall()]


class Chaos:
    """One run."""

    def __init__(
        self,
        folder: Path,
        postgres: Postgres,
        objects: ObjectServer,
        *,
        in_flight: int,
        number: int,
        database: str = "chaos",
    ) -> None:
        self._dice = random.Random(1)
        self._postgres = postgres
        self._objects = objects
        self._in_flight = in_flight
        self._log = folder / "chaos.log"
        self.sandbox = Sandbox(folder, speed=4.0)
        self._environment = fleet.settings(folder, self.sandbox, postgres, objects, database, "procrastinate")
        self._url = self._environment["KAIMEDIA_DATABASE_URL"]
        self.context: AppContext = open_context(configuration.load(ROOT, self._environment), run_engine=False)
        self._workers: dict[str, subprocess.Popen[str]] = {}
        self._started = 0
        self._submitted = 0
        self.takeovers = Takeovers()
        self.figures = Figures()
        for _ in range(number):
            self._start()

    def _start(self) -> None:
        self._started += 1
        host = f"machine{self._started}"
        options = ("--reads-per-s", "1000")
        self._workers[host] = fleet.start_worker(self._environment, self._log, host, *options)

    def kill_half(self) -> None:
        """Kill half of the workers at once, and start as many."""
        victims = self._dice.sample(sorted(self._workers), max(1, len(self._workers) // 2))
        for host in victims:
            self._workers[host].send_signal(signal.SIGKILL)
        for host in victims:
            worker = self._workers.pop(host)
            worker.communicate()
            with suppress(psycopg.OperationalError):  # PostgreSQL may be restarting at this moment
                self.takeovers.killed(self._url, host)
            self.figures.workers_killed += 1
            self._start()

    def fill(self) -> None:
        """Submit what is missing; during an outage, nothing can be submitted."""
        with suppress(KaimediaError):
            counts = self.context.studio.tasks.queue_depth()
            unfinished = sum(number for phase, number in counts.items() if phase not in (Phase.DONE, Phase.FAILED))
            for _ in range(self._in_flight - unfinished):
                self._submitted += 1
                prompt = f"chaos {self._submitted} [fault:slow={self._dice.uniform(20, 120):.0f}]"
                self.context.studio.tasks.submit(GenerationRequest("gpt4o-image", prompt, "1:1"))
        self._look()

    def _look(self) -> None:
        with suppress(psycopg.OperationalError):
            self.takeovers.look(self._url)

    def run(self, duration_s: float, *, kill_every_s: float = KILL_EVERY_S, has_outages: bool = True) -> Figures:
        """Kill and interrupt for that long, let the rest finish, compare."""
        began = time.monotonic()
        outage = threading.Thread(target=self._outages, args=(duration_s,), daemon=True)
        if has_outages:
            outage.start()
        next_kill = began + kill_every_s
        while time.monotonic() - began < duration_s:
            self.fill()
            if time.monotonic() >= next_kill:
                self.kill_half()
                next_kill += kill_every_s
            time.sleep(LOOK_EVERY_S)
        if has_outages:
            outage.join()
        self._settle()
        self._compare()
        self.figures.took_s = round(time.monotonic() - began, 1)
        return self.figures

    def _outages(self, duration_s: float) -> None:
        time.sleep(duration_s / 3)
        self._postgres.restart()
        print("PostgreSQL was restarted", flush=True)
        time.sleep(duration_s / 6)
        self._objects.stop()
        time.sleep(min(OUTAGE_S, duration_s / 5))
        self._objects.start()
        print("the bucket is back", flush=True)

    def _settle(self) -> None:
        unknown: set[str] = set()
        until = time.monotonic() + SETTLE_S
        while time.monotonic() < until:
            by_prompt = {entry["prompt"]: entry["task_id"] for entry in self.sandbox.accounts()}
            for task in self.context.studio.tasks.shown():
                if task.error_code is ErrorCode.OUTCOME_UNKNOWN:
                    unknown.add(task.task_id)
                    if provider_task_id := by_prompt.get(task.request.prompt):
                        self.context.studio.tasks.resolve(task.task_id, provider_task_id)
                    else:
                        self.context.studio.tasks.dismiss(task.task_id)
            self._look()
            if not self._unfinished():
                break
            time.sleep(0.5)
        self.figures.unknown_outcomes = len(unknown)
        self.figures.stuck = self._unfinished()

    def _unfinished(self) -> int:
        counts = self.context.studio.tasks.queue_depth()
        return sum(number for phase, number in counts.items() if phase not in (Phase.DONE, Phase.FAILED))

    def _compare(self) -> None:
        saved = saved_by_prompt(self.context)
        paid = Counter(entry["prompt"] for entry in self.sandbox.accounts())
        figures = self.figures
        figures.tasks = sum(self.context.studio.tasks.queue_depth().values())
        figures.accepted_by_provider = sum(paid.values())
        figures.paid_twice = sum(1 for number in paid.values() if number > 1)
        figures.paid_results_lost = sum(1 for prompt in paid if prompt not in saved)
        figures.taken_over = len(self.takeovers.took_s)
        figures.takeover_p50_s, figures.takeover_p95_s = (self.takeovers.share_s(share) for share in (0.5, 0.95))

    def close(self) -> None:
        """Stop everything."""
        for worker in self._workers.values():
            worker.terminate()
        for worker in self._workers.values():
            worker.communicate(timeout=30)
        self.context.close()
        self.sandbox.close()


def main(
    folder: Path, postgres: Postgres, objects: ObjectServer, duration_s: float, in_flight: int, number: int
) -> int:
    """Run, and print the figures; 1 if anything was paid twice, lost, or is stuck."""
    chaos = Chaos(folder, postgres, objects, in_flight=in_flight, number=number)
    try:
        figures = chaos.run(duration_s)
    finally:
        chaos.close()
    print("| " + " | ".join(asdict(figures)) + " |\n|" + "---|" * len(asdict(figures)))
    print("| " + " | ".join(f"{value:,}" for value in asdict(figures).values()) + " |")
    return 0 if figures.is_clean else 1
