"""A worker pool: one kind of step with its own threads, so that a large download never delays a poll."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kaimedia.domain import Phase, Task, TaskChange

log = logging.getLogger("kaimedia.jobs")

Handler = Callable[[Task], TaskChange]


@dataclass(frozen=True, slots=True)
class PoolConfig:
    """The phases a pool handles, its threads, tasks held per thread, and the longest run of a task, seconds."""

    name: str
    phases: frozenset[Phase]
    workers: int
    held_per_worker: int
    longest_run_s: float


SAVE = PoolConfig("save", frozenset({Phase.SAVING}), workers=4, held_per_worker=4, longest_run_s=24 * 3600)
POLL = PoolConfig(
    "poll",
    frozenset({Phase.WAITING, Phase.GENERATING, Phase.FAILED}),
    workers=8,
    held_per_worker=8,
    longest_run_s=120,
)
PREPARE = PoolConfig("prepare", frozenset({Phase.PREPARING}), workers=2, held_per_worker=2, longest_run_s=900)
SEND = PoolConfig("send", frozenset({Phase.QUEUED}), workers=8, held_per_worker=1, longest_run_s=180)


class WorkerPool:
    """Runs steps on a few daemon threads, started on first use, and tracks the tasks it holds.

    Daemon threads, because a stopping process must not wait for a download: the task resumes from its row.
    """

    def __init__(self, config: PoolConfig, handler: Handler, run: Callable[[WorkerPool, Task], None]) -> None:
        self.config = config
        self.handler = handler
        self._run = run
        self._held: dict[str, float | None] = {}  # task id -> monotonic start, None while it waits for a thread
        self._guard = threading.Lock()
        self._queue: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self._n_threads = 0
        self.is_behind = False  # set by the engine when it fills the pool: more tasks may be due than it took

    @property
    def is_low(self) -> bool:
        """Whether fewer tasks wait than it has threads, so that it may soon have nothing to do."""
        return self._queue.qsize() < self.config.workers

    @property
    def free_slots(self) -> int:
        """How many more tasks it can hold."""
        with self._guard:
            return self.config.workers * self.config.held_per_worker - len(self._held)

    def take(self, tasks: Iterable[Task]) -> None:
        """Queue claimed tasks for its threads."""
        for task in tasks:
            with self._guard:
                self._held[task.task_id] = None
            self._queue.put(task)
        self.start_threads()

    def start_threads(self) -> None:
        """Start the threads missing for the tasks held; if the system refuses one, the next call tries again."""
        with self._guard:
            while self._n_threads < min(self.config.workers, len(self._held)):
                name = f"kaimedia-{self.config.name}-{self._n_threads + 1}"
                try:
                    threading.Thread(target=self._work, name=name, daemon=True).start()
                except RuntimeError as error:
                    log.error("no thread for %s: %s", self.config.name, error)
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
        """The tasks whose lease should be renewed: waiting, or running within `longest_run_s`."""
        now = time.monotonic()
        with self._guard:
            return {
                task_id
                for task_id, began in self._held.items()
                if began is None or now - began < self.config.longest_run_s
            }
