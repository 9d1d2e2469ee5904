"""The interface of media storage; `local.py` implements it for a folder, an object store can be added."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

MIN_FREE_BYTES = 200 * 1024**2
RESERVE_BYTES = 100 * 1024**2  # always left free; less than MIN_FREE_BYTES, so that a new task's result still fits


class Storage(Protocol):
    """A flat set of finished files named by `names.py`; the bytes under a name never change.

    Every method that takes a name raises `UnsafePath` for one that is not ours.
    """

    def new_temp(self, suffix: str = "") -> Path:
        """A new empty file to write into, never served, on the same file system as the finished files."""

    def put(self, temp: Path, name: str, *, defer_sync: bool = False) -> None:
        """Turn a temporary file into a finished one, durably and atomically; `temp` no longer exists afterwards.

        With `defer_sync` it becomes durable only when the last file is put without it.

        Raises:
            StorageFull: no space left, or the storage cannot be written right now.
        """

    def path(self, name: str) -> Path | None:
        """The local path of a finished file, None if it does not exist."""

    def exists(self, name: str) -> bool:
        """Whether the finished file exists."""

    def open(self, name: str) -> BinaryIO:
        """Open the finished file for reading.

        Raises:
            ResultExpired: it does not exist (any more).
        """

    def delete(self, name: str, *, defer_sync: bool = False) -> None:
        """Delete the finished file; a missing one is fine. `defer_sync` works as in `put`."""

    def names(self) -> Iterator[str]:
        """Names of all finished files, in no particular order."""

    def free_bytes(self) -> int:
        """Free space for new files, in bytes."""

    def has_space(self, min_bytes: int = MIN_FREE_BYTES) -> bool:
        """Whether there is space for new results: `min_bytes` and 5 % of the storage (at most 2 GB) are free."""

    def check_ready(self) -> None:
        """Check that a result could be saved, without writing anything; called before every paid request.

        Raises:
            StorageFull: not enough space, or the storage cannot be written.
        """

    def check_writable(self) -> None:
        """Write and delete a test file, and check that results still fit.

        Raises:
            StorageFull: not enough space, see `has_space`, or the storage cannot be written.
        """

    def sweep(self, older_than_s: float) -> int:
        """Delete temporary files older than that; returns how many. Finished files are never touched."""
