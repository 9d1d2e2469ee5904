"""Test files that show whether two addresses are of one place, however they are spelled."""

from __future__ import annotations

import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from kaimedia.errors import StorageUnavailable
from kaimedia.media.durable import disk_errors

MARKS = ".probe"  # the same in every storage, since a bucket can be mounted as a folder
STALE_S = 3600.0


class Marks(Protocol):
    """Hidden test files with random names, at the same place below the address in every storage."""

    def leave(self) -> str:
        """Write a new mark; its name.

        Raises:
            StorageFull: it cannot be written.
            StorageUnavailable: the storage does not respond.
        """

    def shows(self, mark: str) -> bool:
        """Whether there is such a mark. Raises StorageUnavailable if that cannot be found out."""

    def remove(self, mark: str) -> None:
        """Delete a mark; a missing one is fine."""


def is_one_place(one: Marks, other: Marks) -> bool:
    """Whether a mark left at `one` shows at `other`."""
    mark = one.leave()
    try:
        return other.shows(mark)
    finally:
        one.remove(mark)


class FolderMarks:
    """Marks in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / MARKS

    def leave(self) -> str:
        """Also deletes marks that crashes left."""
        mark = secrets.token_hex(16)
        with disk_errors():
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / mark).touch(mode=0o600, exist_ok=False)
            for stale in self._folder.iterdir():
                with suppress(FileNotFoundError):
                    if stale.lstat().st_mtime < time.time() - STALE_S:
                        stale.unlink()
        return mark

    def shows(self, mark: str) -> bool:
        """Whether there is such a file."""
        try:
            (self._folder / mark).lstat()
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            raise StorageUnavailable(
                f"The folder {self._folder.parent} cannot be read ({os.strerror(error.errno or 0)})."
            ) from error
        return True

    def remove(self, mark: str) -> None:
        """Delete the file, and the folder of marks if it is empty."""
        with disk_errors():
            (self._folder / mark).unlink(missing_ok=True)
        with suppress(OSError):
            self._folder.rmdir()
