"""How many tasks were sent from a database, kept outside of it: a database that knows of fewer was set back."""

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
except ImportError:  # Windows: one process at a time, as for the rest
    fcntl = None  # type: ignore[assignment]

log = logging.getLogger(__name__)

_DIGITS = 20
_NUMBER = re.compile(rb"\d{20}\n")


class SendCounter:
    """One small file for each database, named after its id, in a folder of the data folder.

    A number is one write of 21 bytes at the beginning of the file, so that no crash leaves half of one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def has_any(self) -> bool:
        """Whether anything was ever sent with this folder."""
        with suppress(OSError):
            return any((self.known(file.name) or 0) > 0 for file in self._folder.iterdir())
        return False

    def known(self, database_id: str) -> int | None:
        """The highest number recorded; None when there is none that can be read."""
        try:
            found = (self._folder / database_id).read_bytes()
        except OSError:
            return None
        return int(found) if _NUMBER.fullmatch(found) else None

    def record(self, database_id: str, number: int) -> None:
        """Keep `number`, on the disk before this returns, unless a higher one is kept already.

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
                next_step=f"Make {self._folder} writable, with room; waiting tasks are sent then.",
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
