"""How large a file may become while it is fetched: a fixed limit, or whatever the disk has space for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from kaimedia.errors import StorageFull, TooLarge
from kaimedia.media.durable import disk_errors

MIB = 1024**2
GIB = 1024**3
CHECK_EVERY_BYTES = 16 * MIB
TRUSTED_BYTES = 64 * MIB  # read even if the declared length does not fit, since that length may be wrong


class SizeLimit(Protocol):
    """Checked before a body is read and while the file grows."""

    def announce(self, declared_bytes: int) -> None:
        """The server declares this length. Raises like `grow` if the declared length matters."""

    def grow(self, size_bytes: int) -> None:
        """The file is about to have this many bytes.

        Raises:
            TooLarge: More than the limit allows.
            StorageFull: More than fits now; it may fit once there is space.
        """


class MaxBytes:
    """A fixed limit, for files from users."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes

    def announce(self, declared_bytes: int) -> None:
        """See `SizeLimit`; a declared length counts."""
        self.grow(declared_bytes)

    def grow(self, size_bytes: int) -> None:
        """See `SizeLimit`."""
        if size_bytes > self._max_bytes:
            raise TooLarge(f"The file is larger than {self._max_bytes // MIB} MB.")


class DiskSpaceLimit:
    """A limit for results: a file may be as large as the disk allows with `reserve_bytes` left free. One per file.

    `max_bytes` is for endless bodies: a server that sends garbage must not keep the disk full.
    A declared length may be wrong: one that does not fit counts once `TRUSTED_BYTES` have arrived, one above
    `max_bytes` is ignored.
    """

    def __init__(self, free_bytes: Callable[[], int], *, reserve_bytes: int, max_bytes: int) -> None:
        self._free_bytes = free_bytes
        self._reserve_bytes = reserve_bytes
        self._max_bytes = max_bytes
        self._checked_bytes = 0
        self._declared_error: StorageFull | None = None
        self._declared_bytes = 0
        self.seen_bytes = 0  # size of the refused file, as far as known

    def require(self, size_bytes: int) -> None:
        """Raises StorageFull if a file of this size does not fit now."""
        if (available_bytes := self._available()) < size_bytes:
            raise _out_of_space(size_bytes, available_bytes)

    def announce(self, declared_bytes: int) -> None:
        """See `SizeLimit`."""
        self._declared_error, self._declared_bytes = None, declared_bytes
        if declared_bytes <= self._max_bytes and (available_bytes := self._available()) < declared_bytes:
            self._declared_error = _out_of_space(declared_bytes, available_bytes)

    def grow(self, size_bytes: int) -> None:
        """See `SizeLimit`; free space is checked every 16 MB."""
        if size_bytes > self._max_bytes:
            raise self._too_large()
        if self._declared_error is not None and size_bytes > TRUSTED_BYTES:
            self.seen_bytes = self._declared_bytes
            raise self._declared_error
        if size_bytes < self._checked_bytes:  # a new file: the decoded content of the first
            self._checked_bytes = 0
        if self._checked_bytes and size_bytes - self._checked_bytes < CHECK_EVERY_BYTES:
            return
        self._checked_bytes = size_bytes
        if (available_bytes := self._available()) < 0:
            self.seen_bytes = max(self.seen_bytes, size_bytes + CHECK_EVERY_BYTES)
            raise _out_of_space(size_bytes, size_bytes + available_bytes)

    def _available(self) -> int:
        with disk_errors():
            return self._free_bytes() - self._reserve_bytes

    def _too_large(self) -> TooLarge:
        return TooLarge(
            f"The file is larger than {_shown(self._max_bytes)}, the limit that KAIMEDIA_RESULT_MAX_GB sets.",
            next_step="Raise KAIMEDIA_RESULT_MAX_GB, start again, and press Fetch again.",
        )


def _out_of_space(size_bytes: int, available_bytes: int) -> StorageFull:
    return StorageFull(
        "The disk does not have enough space for this file "
        f"({_shown(size_bytes)} or more; {_shown(available_bytes)} available).",
    )


def _shown(size_bytes: int) -> str:
    size_bytes = max(0, size_bytes)
    return f"{size_bytes / GIB:,.1f} GB" if size_bytes >= GIB else f"{size_bytes / MIB:,.0f} MB"
