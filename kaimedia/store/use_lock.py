"""Who uses a SQLite file: every app and worker together, or one restore alone."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from kaimedia.errors import StoreUnavailable

try:
    import fcntl
except ImportError:  # Windows: there a file in use cannot be renamed anyhow
    fcntl = None  # type: ignore[assignment]


PATIENCE_S = 5.0


class UseLock:
    """An advisory lock on a file beside the database; the system gives it back when a process dies."""

    def __init__(self, file: Path) -> None:
        self._file = file.with_name(f".{file.name}.lock")
        self._descriptor: int | None = None

    def share(self) -> None:
        """Say that this process uses the database.

        Raises:
            StoreUnavailable: It is being restored this moment.
        """
        until = time.monotonic() + PATIENCE_S
        while not self._take(alone=False):
            if time.monotonic() < until:  # another starter may be alone with it for a moment
                time.sleep(0.05)
                continue
            raise StoreUnavailable("The database is being restored.", next_step="Try again in a few seconds.")

    def try_alone(self) -> bool:
        """Whether nobody else uses it; it is then held alone until `share` or `release`."""
        return fcntl is not None and self._take(alone=True) and self._descriptor is not None

    def take_alone(self) -> None:
        """Keep everybody else out until `release`.

        Raises:
            StoreUnavailable: Somebody uses the database.
        """
        if not self._take(alone=True):
            raise StoreUnavailable(
                "The database is in use by the app or a worker.",
                next_step="Stop them, then try again; or restore in the app, under Settings. Nothing was changed.",
            )

    def release(self) -> None:
        """Give it back; harmless when it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _take(self, *, alone: bool) -> bool:
        if fcntl is None:
            return True
        if self._descriptor is None:
            with suppress(OSError):  # a folder that cannot be written: a restore will say so
                self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
                self._descriptor = os.open(self._file, flags, 0o600)
        if self._descriptor is None:
            return True
        try:
            fcntl.flock(self._descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
