"""How large a file may become while it is fetched: a fixed limit, or whatever the disk has room for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from kaimedia.errors import StorageFull, TooLarge
from kaimedia.media.durable import disk_errors

MIB = 1024**2
GIB = 1024**3
CHECK_EVERY_BYTES = 16 * MIB
TRUSTED_BYTES = 64 * MIB  # so much is read of a file whose declared length does not fit: the length may be wrong


class SizeLimit(Protocol):
    """Asked before a body is read, and while it grows."""

    def announce(self, declared_bytes: int) -> None:
        """The sender says that so much will come. Raises as `grow` does, where that counts."""

    def grow(self, size_bytes: int) -> None:
        """The file is about to have that many bytes.

        Raises:
            TooLarge: It may never have so many.
            StorageFull: It may once there is room.
        """


class MaxBytes:
    """A fixed limit, for what people give us."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes

    def announce(self, declared_bytes: int) -> None:
        """See `SizeLimit`; a declared length counts."""
        self.grow(declared_bytes)

    def grow(self, size_bytes: int) -> None:
        """See `SizeLimit`."""
        if size_bytes > self._max_bytes:
            raise TooLarge(f"The file is larger than {self._max_bytes // MIB} MB.")


class DiskRoom:
    """What was paid may be as large as the disk allows with `reserve_bytes` left free; one for each file.

    `max_bytes` is there for bodies that never end: a server that sends rubbish must not keep the disk full.
    A declared length is the sender's claim: one that does not fit counts once `TRUSTED_BYTES` have come, one that no
    disk of ours would hold counts for nothing.
    """

    def __init__(self, free_bytes: Callable[[], int], *, reserve_bytes: int, max_bytes: int) -> None:
        self._free_bytes = free_bytes
        self._reserve_bytes = reserve_bytes
        self._max_bytes = max_bytes
        self._checked_bytes = 0
        self._declared_error: StorageFull | None = None
        self._declared_bytes = 0
        self.seen_bytes = 0  # how large the file would have been when it was refused, as far as is known

    def require(self, size_bytes: int) -> None:
        """Raises StorageFull when a file of that size has no room now."""
        if (room_bytes := self._room()) < size_bytes:
            raise _no_room(size_bytes, room_bytes)

    def announce(self, declared_bytes: int) -> None:
        """See `SizeLimit`."""
        self._declared_error, self._declared_bytes = None, declared_bytes
        if declared_bytes <= self._max_bytes and (room_bytes := self._room()) < declared_bytes:
            self._declared_error = _no_room(declared_bytes, room_bytes)

    def grow(self, size_bytes: int) -> None:
        """See `SizeLimit`; the disk is asked every 16 MB."""
        if size_bytes > self._max_bytes:
            raise self._too_large()
        if self._declared_error is not None and size_bytes > TRUSTED_BYTES:
            self.seen_bytes = self._declared_bytes
            raise self._declared_error
        if size_bytes < self._checked_bytes:  # another file now: the same one decoded
            self._checked_bytes = 0
        if self._checked_bytes and size_bytes - self._checked_bytes < CHECK_EVERY_BYTES:
            return
        self._checked_bytes = size_bytes
        if (room_bytes := self._room()) < 0:
            self.seen_bytes = max(self.seen_bytes, size_bytes + CHECK_EVERY_BYTES)
            raise _no_room(size_bytes, size_bytes + room_bytes)

    def _room(self) -> int:
        with disk_errors():
            return self._free_bytes() - self._reserve_bytes

    def _too_large(self) -> TooLarge:
        return TooLarge(
            f"The file is larger than {_shown(self._max_bytes)}, the limit that KAIMEDIA_RESULT_MAX_GB sets.",
            next_step="Raise KAIMEDIA_RESULT_MAX_GB, start again, and press Fetch again.",
        )


def _no_room(size_bytes: int, room_bytes: int) -> StorageFull:
    return StorageFull(
        f"The disk has no room for this file ({_shown(size_bytes)} or more, and {_shown(room_bytes)} free for it).",
    )


def _shown(size_bytes: int) -> str:
    size_bytes = max(0, size_bytes)
    return f"{size_bytes / GIB:,.1f} GB" if size_bytes >= GIB else f"{size_bytes / MIB:,.0f} MB"
