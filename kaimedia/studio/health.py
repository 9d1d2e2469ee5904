"""Health checks of the app, and the depth of its queue."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kaimedia.config import Config
from kaimedia.domain import Phase, utc_now
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


class HealthService:
    """Health checks of the app."""

    def __init__(
        self,
        config: Config,
        tasks: TaskReader,
        storage: Storage,
        engine_heartbeat: Callable[[], datetime | None],
        database: Database,
    ) -> None:
        self._config = config
        self._storage = storage
        self._engine_heartbeat = engine_heartbeat
        self._database = database
        self._queue_lookup = Lookup("kaimedia-queue", lambda: tasks.counts())

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

    def _worker(self) -> Check:
        if not self._config.engine_is_on:
            return Check("worker", True, "not in this process; a separate `worker` runs the queue")
        heartbeat_at = self._engine_heartbeat()
        if heartbeat_at is None:
            return Check("worker", False, "has not started")
        age_s = (utc_now() - heartbeat_at).total_seconds()
        return Check("worker", age_s < HEARTBEAT_FRESH_S, f"last seen {max(age_s, 0.0):.1f} s ago")

    def heartbeat_age_s(self) -> float | None:
        """Seconds since the last heartbeat of this process's engine; None without one."""
        heartbeat_at = self._engine_heartbeat()
        return None if heartbeat_at is None else max(0.0, (utc_now() - heartbeat_at).total_seconds())

    def queue_soon(self) -> Future[dict[Phase, int]]:
        """A future of the number of tasks in each phase, so that callers need not wait for a hanging database.

        It may hold a StoreUnavailable.
        """
        return self._queue_lookup.request()


def _check(name: str, detail: str, try_it: Callable[[], None]) -> Check:
    try:
        try_it()
    except KaimediaError as error:
        return Check(name, False, error.message)
    return Check(name, True, detail)
