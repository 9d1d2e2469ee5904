"""The trash: its size, restoring from it and deleting forever."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from kaimedia.domain import DiskUse, GalleryView, MediaQuery, TrashState, utc_now
from kaimedia.media.storage import Storage
from kaimedia.store.media.files import MediaFiles
from kaimedia.store.media.overview import GalleryOverview
from kaimedia.store.media.trash import Trash
from kaimedia.store.observed_days import days_for
from kaimedia.studio.gallery import TRASH_RETENTION
from kaimedia.studio.missing_listing import MissingListing

REMOVED_AT_ONCE = 500  # items whose files are deleted before their rows; few, in case one is restored meanwhile


class TrashService:
    """Items that were deleted but not yet removed permanently."""

    def __init__(self, trash: Trash, overview: GalleryOverview, files: MediaFiles, storage: Storage) -> None:
        self._trash = trash
        self._overview = overview
        self._files = files
        self._storage = storage
        self.missing_listing = MissingListing(files, storage)

    def state(self) -> TrashState:
        """What is in the trash."""
        return self._trash.state()

    def restore_all(self) -> list[int]:
        """Restore everything from the trash. Returns the ids restored."""
        return self._trash.restore(self._overview.id_index(MediaQuery(view=GalleryView.TRASH)).ids)

    def delete_forever(self, media_ids: Collection[int]) -> int:
        """Permanently remove items in the trash and their files; returns how many. Other items are left alone.

        So are items of a task that may still deliver results, and items whose files cannot be deleted: their files
        go first, so that none is left without an item. Raises StorageUnavailable or StorageFull then.
        """
        return self._remove(media_ids)[0]

    def empty(self) -> int:
        """Like `delete_forever`, for everything in the trash."""
        return self._remove()[0]

    def purge(self, now: datetime | None = None) -> int:
        """Remove rows and files that were in the trash for `TRASH_RETENTION`; returns how many files.

        Days in the trash are counted here, so call it more than once a day.
        """
        now = now or utc_now()
        self._trash.count_days(now)
        return self._remove(before=now - TRASH_RETENTION)[1]

    def disk_use(self) -> DiskUse:
        """How much space the results take and how much is free, if the storage knows that.

        Missing files take none; which are missing is known from a comparison in the background.
        """
        files = self._files.sizes()
        missing = self.missing_listing.names()
        sizes = [(size, in_trash) for name, size, in_trash in files if name not in missing]
        media_bytes, trash_bytes = sum(size for size, _ in sizes), sum(size for size, in_trash in sizes if in_trash)
        return DiskUse(media_bytes, trash_bytes, self._storage.free_bytes())

    def _remove(self, media_ids: Collection[int] | None = None, *, before: datetime | None = None) -> tuple[int, int]:
        """Delete files, then their rows, some at a time; returns how many items and how many files.

        Items restored meanwhile stay, as ones without a file.
        """
        days = days_for(TRASH_RETENTION) if before else 0
        n_items, n_files = 0, 0
        while True:
            ids, names = self._trash.removable(REMOVED_AT_ONCE, media_ids, before=before, days=days)
            if not ids:
                return n_items, n_files
            self._storage.delete(names)
            removed, unused = self._trash.empty(ids, before=before, days=days)
            if not removed:
                return n_items, n_files
            self._storage.delete(set(unused) - set(names))
            n_items, n_files = n_items + removed, n_files + len(unused)
