"""Tells the other processes on a database that this one runs tasks."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime

from kaimedia.domain.worker import ANNOUNCED_EVERY_S, Worker
from kaimedia.errors import StoreError
from kaimedia.store.workers import Workers

log = logging.getLogger("kaimedia.engine")


class Announcer:
    """Keeps one row about this process up to date, by one small write every `ANNOUNCED_EVERY_S` seconds.

    `version` is the app's, `engine` the kind of engine; `takeovers` and `storage_errors` return counts since the start.
    Used by a single thread.
    """

    def __init__(
        self,
        workers: Workers,
        version: str,
        engine: str,
        *,
        takeovers: Callable[[], int],
        storage_errors: Callable[[], int],
    ) -> None:
        self._workers = workers
        self._version = version
        self._engine = engine
        self._takeovers = takeovers
        self._storage_errors = storage_errors
        self._started_at: datetime | None = None
        self._due_s = 0.0

    def announce(self, name: str, now: datetime) -> None:
        """Write the row if the last write is long enough ago. An error is logged: running tasks matters more."""
        if time.monotonic() < self._due_s:
            return
        self._due_s = time.monotonic() + ANNOUNCED_EVERY_S
        self._started_at = self._started_at or now
        counts = self._takeovers(), self._storage_errors()
        try:
            self._workers.announce(Worker(name, self._version, self._engine, self._started_at, now, *counts))
        except StoreError as error:
            log.warning("not announced: %s", error)

    def leave(self, name: str) -> None:
        """Delete the row: this process stops on purpose."""
        if self._started_at is None:
            return
        try:
            self._workers.leave(name)
        except StoreError as error:
            log.warning("still announced for a while: %s", error)
