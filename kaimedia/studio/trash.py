"""The trash: how full it is, and what leaves it for good."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from kaimedia.domain import DiskUse, MediaQuery, Shelf, TrashState, utc_now
from kaimedia.errors import StorageFull
from kaimedia.store.observed_days import days_for
from kaimedia.studio.gallery import TRASH_KEPT
from kaimedia.studio.parts import Parts


class TrashDesk:
    """The part of `Studio` about what was deleted."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def trash(self) -> TrashState:
        """What lies in the trash."""
        return self._parts.media.trash()

    def restore_all(self) -> list[int]:
        """Bring everything back from the trash. Returns the ids brought back."""
        return self._parts.media.restore(self._parts.media.outline(MediaQuery(shelf=Shelf.TRASH)).ids)

    def delete_forever(self, media_ids: Collection[int]) -> int:
        """Remove items that are in the trash, and their files; returns how many. Others are left alone.

        So is what belongs to a task that may still yield something.
        """
        removed, names = self._parts.media.purge_trash(media_ids)
        self._remove(names)
        return removed

    def empty_trash(self) -> int:
        """The same with everything in the trash."""
        removed, names = self._parts.media.purge_trash()
        self._remove(names)
        return removed

    def purge_deleted(self, now: datetime | None = None) -> int:
        """Remove rows and files that were in the trash for `TRASH_KEPT`; returns how many files went.

        Their days are counted here, so this is to be called more often than once a day.
        """
        now = now or utc_now()
        self._parts.media.count_days(now)
        names = self._parts.media.purge(now - TRASH_KEPT, days=days_for(TRASH_KEPT))
        self._remove(names)
        return len(names)

    def disk_use(self) -> DiskUse:
        """How much room the results take and how much there is; None where the place cannot tell.

        Files that are gone take none.
        """
        try:
            free_bytes = self._parts.storage.free_bytes()
        except OSError:
            free_bytes = None
        try:
            there = set(self._parts.storage.names())
        except StorageFull:
            there = set()
        sizes = [(size, in_trash) for name, size, in_trash in self._parts.media.sizes() if name in there]
        return DiskUse(sum(size for size, _ in sizes), sum(size for size, in_trash in sizes if in_trash), free_bytes)

    def _remove(self, names: Sequence[str]) -> None:
        for place, name in enumerate(names, start=1):
            self._parts.storage.delete(name, more_follow=place < len(names))
