"""Where media files live; `local.py` is a folder, an object store can follow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

MIN_FREE_BYTES = 200 * 1024**2
RESERVE_BYTES = 100 * 1024**2  # stays free whatever is saved; fewer than a new task asks for, so that its result fits


class Storage(Protocol):
    """A flat set of finished files under names of `names.py`; a name once put never changes its bytes.

    Every method that takes a name raises `UnsafePath` for one that is not ours.
    """

    def new_temp(self, suffix: str = "") -> Path:
        """A fresh empty file to write into, never served, on the same file system as the finished ones."""

    def put(self, temp: Path, name: str, *, more_follow: bool = False) -> None:
        """Make a temporary file a finished one, durably and at once; `temp` is gone afterwards.

        With `more_follow` it is durable only when the last one is put without it.

        Raises:
            StorageFull: no room left, or the place cannot be written just now.
        """

    def path(self, name: str) -> Path | None:
        """The local path of a finished file, None when there is none."""

    def exists(self, name: str) -> bool:
        """Whether the finished file is there."""

    def open(self, name: str) -> BinaryIO:
        """The finished file for reading.

        Raises:
            ResultExpired: it is not there (any more).
        """

    def delete(self, name: str, *, more_follow: bool = False) -> None:
        """Remove the finished file; a missing one is fine. With `more_follow` it is durable as `put` says."""

    def names(self) -> Iterator[str]:
        """Names of all finished files, in no order."""

    def free_bytes(self) -> int:
        """Room left for new files, bytes."""

    def has_room(self, min_bytes: int = MIN_FREE_BYTES) -> bool:
        """Whether new results may be asked for: `min_bytes` and 5 % of the place (but at most 2 GB) are free."""

    def check_ready(self) -> None:
        """See that a result could be kept, without writing anything: asked before every paid call.

        Raises:
            StorageFull: not enough room, or the place cannot be written.
        """

    def check_writable(self) -> None:
        """Write and remove a probe, and see that results still fit.

        Raises:
            StorageFull: not enough room, see `has_room`, or the place cannot be written.
        """

    def sweep(self, older_than_s: float) -> int:
        """Drop temporary files that old; returns how many. Finished files are never touched."""
