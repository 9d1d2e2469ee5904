"""Reads a list of the provider in the background, at most once a day."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from kaimedia.domain import ListCheck
from kaimedia.errors import KaimediaError
from kaimedia.jobs.providers import Providers

log = logging.getLogger("kaimedia.studio")

EVERY = timedelta(days=1)
AGAIN_AFTER_FAILURE = timedelta(hours=1)
STALE_AFTER = timedelta(minutes=10)  # a reading that long without progress belongs to a process that is gone
_SLOW_CLOCK = timedelta(minutes=5)
_STOPS_WITHIN_S = 2.0


class DailyReading:
    """One reading at a time in this process; `read` itself sees to the others. Thread-safe.

    `what` is the list's name in the log, `check_of` says when that of a provider was read; times are from `now`.
    """

    def __init__(
        self,
        what: str,
        read: Callable[[], object],
        check_of: Callable[[str], ListCheck],
        providers: Providers,
        now: Callable[[], datetime],
    ) -> None:
        self._what = what
        self._read = read
        self._check_of = check_of
        self._providers = providers
        self._now = now
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None
        self._over = threading.Event()

    @property
    def is_over(self) -> bool:
        """True once the app closes: a reading should end after its current request."""
        return self._over.is_set()

    def begin_if_due(self) -> None:
        """Begin if the provider's key is there and the list is a day old, or a try failed an hour ago."""
        state = self._providers.state()
        if state.is_sandbox or state.problem is not None:
            return
        check = self._check_of(state.name)
        if self._is_recent(check.failed_at, AGAIN_AFTER_FAILURE):
            return
        if check.failed_at is not None or not self._is_recent(check.checked_at, EVERY):
            self.begin()

    def begin(self) -> None:
        """Read in the background; does nothing while this process already does."""
        with self._guard:
            if self.is_over or self._is_alive():
                return
            thread = threading.Thread(target=self._run, name=f"kaimedia-{self._what}", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # no more threads available
                log.warning("the list of %s is not read now: %s", self._what, error)
                return
            self._thread = thread

    def stop(self) -> None:
        """Begin nothing more."""
        self._over.set()
        if self._thread is not None:
            self._thread.join(_STOPS_WITHIN_S)

    def is_running(self, check: ListCheck) -> bool:
        """True while this or another process reads the list with this check."""
        return self._is_alive() or self._is_recent(check.started_at, STALE_AFTER)

    def _is_alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._read()
        except KaimediaError as error:
            log.warning("the list of %s was not read: %s", self._what, error)

    def _is_recent(self, moment: datetime | None, span: timedelta) -> bool:
        """False for a moment in the future, too: the clock was ahead then."""
        return moment is not None and -_SLOW_CLOCK < self._now() - moment < span
