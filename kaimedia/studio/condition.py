"""Whether the house can do its work, and how much of it there is."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from kaimedia.domain import Phase, utc_now
from kaimedia.errors import DatabaseClosed, KaimediaError
from kaimedia.jobs.providers import KeyCheck
from kaimedia.studio.file_counts import FileCounts, count_files
from kaimedia.studio.lookups import Lookup
from kaimedia.studio.parts import Parts

BEAT_IS_FRESH_S = 30.0
BALANCE_IS_FRESH_S = 60.0


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must work: `words` say what was found."""

    name: str
    is_well: bool
    words: str


class ConditionDesk:
    """The part of `Studio` for those who watch over it."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._balance_lookup = Lookup("kaimedia-balance", lambda: parts.providers.check_key())
        self._queue_lookup = Lookup("kaimedia-queue", lambda: parts.tasks.counts())

    def checks(self) -> tuple[Check, ...]:
        """Try everything a generation needs on our side: database, media folder, worker. The provider is not asked."""
        return (
            _check("database", "writes are kept", self._probe_database),
            _check("media", "can be written, with room", self._parts.storage.check_writable),
            self._worker(),
        )

    def _probe_database(self) -> None:
        self._parts.database.check_file()
        self._parts.tasks.probe_write(utc_now())

    def database_problem(self) -> DatabaseClosed | None:
        """Why nothing is sent although the app runs: the database file was deleted, replaced, or found damaged."""
        try:
            self._parts.database.check_file()
        except DatabaseClosed as error:
            return error
        return None

    def back_up(self) -> Path | None:
        """Copy a SQLite database now; None for PostgreSQL.

        Raises:
            StoreUnavailable: it cannot be copied, or is damaged.
        """
        return self._parts.database.back_up()

    def file_counts(self, *, is_deep: bool = False) -> FileCounts:
        """Whether the files in the media folder are those that the gallery names; see `count_files`."""
        return count_files(self._parts.media, self._parts.config.media_folder, is_deep=is_deep)

    def _worker(self) -> Check:
        if not self._parts.config.engine_is_on:
            return Check("worker", True, "not in this process; a `worker` beside it does the work")
        beat_at = self._parts.engine_beat()
        if beat_at is None:
            return Check("worker", False, "has not begun")
        age_s = (utc_now() - beat_at).total_seconds()
        return Check("worker", age_s < BEAT_IS_FRESH_S, f"last seen {max(age_s, 0.0):.1f} s ago")

    def beat_age_s(self) -> float | None:
        """Seconds since the worker of this process was last seen; None without one."""
        beat_at = self._parts.engine_beat()
        return None if beat_at is None else max(0.0, (utc_now() - beat_at).total_seconds())

    def queue_soon(self) -> Future[dict[Phase, int]]:
        """How many tasks stand in each phase, to come: whoever must not wait for a silent database goes on without.

        The answer may be a StoreUnavailable.
        """
        return self._queue_lookup.ask()

    def balance(self) -> tuple[KeyCheck, bool]:
        """The provider's balance as last told, and whether it is being asked anew; never waits for the provider.

        One older than a minute is asked for in the background.
        """
        known = self._parts.providers.state().check
        if known.checked_at and 0 <= (utc_now() - known.checked_at).total_seconds() < BALANCE_IS_FRESH_S:
            return known, False
        self._balance_lookup.ask()
        return known, True


def _check(name: str, words: str, try_it: Callable[[], None]) -> Check:
    try:
        try_it()
    except KaimediaError as error:
        return Check(name, False, error.message)
    return Check(name, True, words)
