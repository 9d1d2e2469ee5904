"""A lane: one kind of step with its own threads, so that a large file never holds up a look."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kaimedia.domain import Phase, Task, TaskChange

log = logging.getLogger("kaimedia.jobs")

Step = Callable[[Task], TaskChange]


@dataclass(frozen=True, slots=True)
class LanePlan:
    """What a lane does: the phases it takes, threads, tasks held per thread, and a step's longest time, seconds."""

    name: str
    phases: frozenset[Phase]
    workers: int
    held_per_worker: int
    longest_step_s: float


class Lane:
    """Runs steps on a few daemon threads, started when first needed, and knows which tasks it holds.

    Daemon threads, because a process that was told to stop must not wait for a download: its row goes on.
    """

    def __init__(self, plan: LanePlan, step: Step, run: Callable[[Lane, Task], None]) -> None:
        self.plan = plan
        self.step = step
        self._run = run
        self._held: dict[str, float | None] = {}  # task id -> monotonic start, None while it waits for a thread
        self._guard = threading.Lock()
        self._queue: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self._n_threads = 0

    @property
    def room(self) -> int:
        """How many more tasks it may hold."""
        with self._guard:
            return self.plan.workers * self.plan.held_per_worker - len(self._held)

    def take(self, tasks: Iterable[Task]) -> None:
        """Put claimed tasks on its threads."""
        for task in tasks:
            with self._guard:
                self._held[task.task_id] = None
            self._queue.put(task)
        self.start_threads()

    def start_threads(self) -> None:
        """Start the threads that are missing for the tasks held; the next call tries again where the system refuses."""
        with self._guard:
            while self._n_threads < min(self.plan.workers, len(self._held)):
                name = f"kaimedia-{self.plan.name}-{self._n_threads + 1}"
                try:
                    threading.Thread(target=self._work, name=name, daemon=True).start()
                except RuntimeError as error:
                    log.error("no thread for %s: %s", self.plan.name, error)
                    return
                self._n_threads += 1

    def _work(self) -> None:
        while True:
            task = self._queue.get()
            with self._guard:
                self._held[task.task_id] = time.monotonic()
            try:
                self._run(self, task)
            finally:
                with self._guard:
                    self._held.pop(task.task_id, None)

    def held(self) -> set[str]:
        """The tasks it holds, waiting or running."""
        with self._guard:
            return set(self._held)

    def alive(self) -> set[str]:
        """The tasks whose lease deserves renewal: waiting, or running no longer than a step may."""
        now = time.monotonic()
        with self._guard:
            return {
                task_id
                for task_id, began in self._held.items()
                if began is None or now - began < self.plan.longest_step_s
            }
