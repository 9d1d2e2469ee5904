"""Count sent tasks outside the database: a database with a lower count was replaced by an older copy."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kaimedia.errors import StoreUnavailable

try:
    import fcntl
except ImportError:  # Windows: only one process at a time is supported
    fcntl = None  # type: ignore[assignment]

log = logging.getLogger(__name__)

_DIGITS = 20
_NUMBER = re.compile(rb"\d{20}\n")


class SendCounter:
    """One small file per database, named after its id, in a folder within the data folder.

    A number is a single write of 21 bytes at the start of the file, so that a crash cannot leave half of it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def has_any(self) -> bool:
        """Whether anything was ever sent with this data folder."""
        with suppress(OSError):
            return any((self.known(file.name) or 0) > 0 for file in self._folder.iterdir())
        return False

    def known(self, database_id: str) -> int | None:
        """The highest number recorded; None if there is none or it cannot be read."""
        try:
            found = (self._folder / database_id).read_bytes()
        except OSError:
            return None
        return int(found) if _NUMBER.fullmatch(found) else None

    def record(self, database_id: str, number: int) -> None:
        """Save `number` to the disk before returning, unless a higher one is already saved.

        Raises:
            StoreUnavailable: The folder cannot be written.
        """
        try:
            with self._locked(database_id) as descriptor:
                found = os.pread(descriptor, _DIGITS + 1, 0)
                if not _NUMBER.fullmatch(found) or int(found) < number:
                    os.pwrite(descriptor, b"%0*d\n" % (_DIGITS, number), 0)
                    os.fsync(descriptor)
        except OSError as error:
            log.warning("the send counter in %s: %s", self._folder, error.strerror)
            raise StoreUnavailable(
                f"The data folder cannot be written ({error.strerror}), so nothing is sent.",
                next_step=f"Make {self._folder} writable, with free space; then waiting tasks are sent.",
            ) from error

    @contextmanager
    def _locked(self, database_id: str) -> Iterator[int]:
        file = self._folder / database_id
        is_new = not file.exists()
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            if fcntl is not None:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            if is_new:
                _sync_folder(self._folder)
            yield descriptor
        finally:
            os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
