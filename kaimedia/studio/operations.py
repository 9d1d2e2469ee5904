"""What is known of the processes that run tasks, and of the tasks that wait for them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from kaimedia.domain import Phase, utc_now
from kaimedia.domain.worker import QueueState, Worker
from kaimedia.jobs.engine import LEASE_S
from kaimedia.jobs.owner import short_name
from kaimedia.store.job_queue.jobs import QueuedJobs, QueueFigures
from kaimedia.store.tasks.queue_states import QueueStates
from kaimedia.store.workers import Workers

# More workers make these faster. How many tasks are sent, and how often records are read, is limited by the account.
WORKER_PHASES = (Phase.PREPARING, Phase.SAVING)


class OperationsService:
    """Reads the state of all processes on the database. Every method may raise `StoreUnavailable`."""

    def __init__(self, workers: Workers, queue_states: QueueStates, jobs: QueuedJobs) -> None:
        self._workers = workers
        self._queue_states = queue_states
        self._jobs = jobs

    def announced_workers(self) -> list[Worker]:
        """The workers of the last day, killed ones too."""
        return self._workers.announced()

    def running_workers(self) -> list[Worker]:
        """The workers seen a short time ago."""
        now = utc_now()
        return [worker for worker in self._workers.announced() if worker.is_running(now)]

    def queue(self, now: datetime) -> QueueState:
        """The tasks that are due and not claimed."""
        return self._queue_states.read(now)

    def jobs(self) -> QueueFigures | None:
        """The jobs of workers that share a job queue; None if the database has none."""
        return self._jobs.figures()


def lease_age_s(queue: QueueState, now: datetime) -> float:
    """Seconds since the lease that ends first was given or renewed; 0 without leases."""
    if queue.first_lease_until is None:
        return 0.0
    return max(0.0, (now - (queue.first_lease_until - timedelta(seconds=LEASE_S))).total_seconds())


def workers_text(workers: Iterable[Worker], now: datetime, *, is_brief: bool = False) -> str:
    """The workers, each with version, kind and when it was last seen; `is_brief` leaves parts of their names out."""
    texts = [
        f"{short_name(worker.name) if is_brief else worker.name} (version {worker.version}, {worker.engine}, "
        f"seen {max(0.0, (now - worker.seen_at).total_seconds()):.0f} s ago)"
        for worker in workers
    ]
    return f"{len(texts)} running: {'; '.join(texts)}" if texts else "none is running"
