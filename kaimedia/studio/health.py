"""Health checks of the app, and the depth of its queue."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kaimedia.config import OFF, PROCRASTINATE, Config, EngineKind
from kaimedia.domain import Phase, utc_now
from kaimedia.domain.worker import Worker
from kaimedia.errors import DatabaseClosed, KaimediaError
from kaimedia.media.storage import Storage
from kaimedia.store.database.database import Database
from kaimedia.store.tasks.reader import TaskReader
from kaimedia.studio.file_counts import FileCounts, count_files
from kaimedia.studio.lookups import Lookup

HEARTBEAT_FRESH_S = 30.0


@dataclass(frozen=True, slots=True)
class Check:
    """One health check and its result."""

    name: str
    is_well: bool
    detail: str


@dataclass(frozen=True, slots=True)
class QueueSummary:
    """How many tasks have not ended, by phase, and how many separate workers run; None where the app runs the tasks."""

    counts: dict[Phase, int]
    workers: int | None


class HealthService:
    """Health checks of the app."""

    def __init__(
        self,
        config: Config,
        tasks: TaskReader,
        storage: Storage,
        engine_heartbeat: Callable[[], datetime | None],
        database: Database,
        running_workers: Callable[[], list[Worker]],
    ) -> None:
        self._config = config
        self._running_workers = running_workers
        self._storage = storage
        self._engine_heartbeat = engine_heartbeat
        self._database = database
        self._tasks = tasks
        self._queue_lookup = Lookup("kaimedia-queue", self._queue_state)

    def checks(self) -> tuple[Check, ...]:
        """Check everything a generation needs on our side: database, media storage, worker; not the provider."""
        return (
            _check("database", "writes are saved", self._probe_database),
            _check("media", "can be written, with room", self._storage.check_writable),
            self._worker(),
        )

    def _probe_database(self) -> None:
        self._database.check_file()
        self._database.probe_write(utc_now())

    def database_problem(self) -> DatabaseClosed | None:
        """Why nothing is sent while the app runs: the database file was deleted, replaced, or found damaged."""
        try:
            self._database.check_file()
        except DatabaseClosed as error:
            return error
        return None

    def back_up(self) -> Path | None:
        """Copy a SQLite database now; None for PostgreSQL.

        Raises:
            StoreUnavailable: it cannot be copied, or is damaged.
        """
        return self._database.back_up()

    def file_counts(self, *, is_deep: bool = False) -> FileCounts:
        """Compare the files in the media storage with the gallery; see `count_files`."""
        return count_files(self._database, self._storage, is_deep=is_deep)

    @property
    def engine(self) -> EngineKind:
        """What runs the tasks."""
        return self._config.engine

    def _separate_workers(self) -> Check:
        try:
            alive = self._running_workers()
        except KaimediaError as error:
            return Check("worker", False, error.message)
        if not alive:
            return Check("worker", False, "no worker runs; start `python -m kaimedia worker`")
        versions = ", ".join(sorted({worker.version for worker in alive}))
        age_s = min(_age_s(worker.seen_at, utc_now()) for worker in alive)
        return Check("worker", True, f"{len(alive)} of version {versions}, last seen {age_s:.1f} s ago")

    def _worker(self) -> Check:
        if self._config.engine == PROCRASTINATE:
            return self._separate_workers()
        if self._config.engine == OFF:
            return Check("worker", True, "not in this process; a separate `worker` runs the queue")
        heartbeat_at = self._engine_heartbeat()
        if heartbeat_at is None:
            return Check("worker", False, "has not started")
        age_s = (utc_now() - heartbeat_at).total_seconds()
        return Check("worker", age_s < HEARTBEAT_FRESH_S, f"last seen {max(age_s, 0.0):.1f} s ago")

    def heartbeat_age_s(self) -> float | None:
        """Seconds since the last heartbeat of this process's engine, or of the last seen worker; None without one."""
        if self._config.engine == PROCRASTINATE:
            heartbeat_at = max((worker.seen_at for worker in self._running_workers()), default=None)
        else:
            heartbeat_at = self._engine_heartbeat()
        return None if heartbeat_at is None else _age_s(heartbeat_at, utc_now())

    def _queue_state(self) -> QueueSummary:
        workers = len(self._running_workers()) if self._config.engine == PROCRASTINATE else None
        return QueueSummary(self._tasks.unfinished_counts(), workers)

    def queue_soon(self) -> Future[QueueSummary]:
        """A future of the state of the queue, so that callers need not wait for a hanging database.

        It may hold a StoreUnavailable.
        """
        return self._queue_lookup.request()


def _age_s(moment: datetime, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds())


def _check(name: str, detail: str, try_it: Callable[[], None]) -> Check:
    try:
        try_it()
    except KaimediaError as error:
        return Check(name, False, error.message)
    return Check(name, True, detail)
