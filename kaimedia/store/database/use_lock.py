"""A lock on the use of a SQLite file: shared by every app and worker, or exclusive for a restore."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from kaimedia.errors import StoreUnavailable

try:
    import fcntl
except ImportError:  # Windows: a file in use cannot be renamed there anyway
    fcntl = None  # type: ignore[assignment]


PATIENCE_S = 5.0


class UseLock:
    """An advisory lock on a file next to the database; the system releases it when a process dies."""

    def __init__(self, file: Path) -> None:
        self._file = file.with_name(f".{file.name}.lock")
        self._descriptor: int | None = None

    def acquire_shared(self) -> None:
        """Take the lock shared: this process uses the database.

        Raises:
            StoreUnavailable: It is being restored right now.
        """
        until = time.monotonic() + PATIENCE_S
        while not self._take(exclusive=False):
            if time.monotonic() < until:  # a starting process may hold it exclusively for a moment
                time.sleep(0.05)
                continue
            raise StoreUnavailable("The database is being restored.", next_step="Try again in a few seconds.")

    def try_exclusive(self) -> bool:
        """Try to take the lock exclusively, until `acquire_shared` or `release`; False if another process uses it."""
        return fcntl is not None and self._take(exclusive=True) and self._descriptor is not None

    def acquire_exclusive(self) -> None:
        """Take the lock exclusively until `release`.

        Raises:
            StoreUnavailable: The database is in use.
        """
        if not self._take(exclusive=True):
            raise StoreUnavailable(
                "The database is in use by the app or a worker.",
                next_step="Stop them, then try again; or restore in the app, under Settings. Nothing was changed.",
            )

    def release(self) -> None:
        """Release the lock; harmless if it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _take(self, *, exclusive: bool) -> bool:
        if fcntl is None:
            return True
        if self._descriptor is None:
            with suppress(OSError):  # if the folder cannot be written, a restore reports it
                self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
                self._descriptor = os.open(self._file, flags, 0o600)
        if self._descriptor is None:
            return True
        try:
            fcntl.flock(self._descriptor, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
