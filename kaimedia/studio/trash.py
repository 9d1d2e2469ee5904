"""The trash: its size, restoring from it and deleting forever."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection, Sequence, Set
from datetime import UTC, datetime

from kaimedia.domain import DiskUse, GalleryView, MediaQuery, Modality, TrashState, utc_now
from kaimedia.errors import StorageUnavailable
from kaimedia.media.names import new_name
from kaimedia.media.storage import Storage
from kaimedia.store.media.files import MediaFiles
from kaimedia.store.media.overview import GalleryOverview
from kaimedia.store.media.trash import Trash
from kaimedia.store.observed_days import days_for
from kaimedia.studio.gallery import TRASH_RETENTION

log = logging.getLogger(__name__)

LISTING_IS_FRESH_S = 600.0
_NO_FILE = new_name(Modality.IMAGE, datetime(2000, 1, 1, tzinfo=UTC), "png", "no file")


class TrashService:
    """Items that were deleted but not yet removed permanently."""

    def __init__(self, trash: Trash, overview: GalleryOverview, files: MediaFiles, storage: Storage) -> None:
        self._trash = trash
        self._overview = overview
        self._files = files
        self._storage = storage
        self._guard = threading.Lock()
        self._listed_s: float | None = None  # monotonic
        self._missing_names: Set[str] = frozenset()

    def state(self) -> TrashState:
        """What is in the trash."""
        return self._trash.state()

    def restore_all(self) -> list[int]:
        """Restore everything from the trash. Returns the ids restored."""
        return self._trash.restore(self._overview.id_index(MediaQuery(view=GalleryView.TRASH)).ids)

    def delete_forever(self, media_ids: Collection[int]) -> int:
        """Permanently remove items in the trash and their files; returns how many. Other items are left alone.

        So are items of a task that may still deliver results. Raises StorageUnavailable, with nothing removed.
        """
        self._check_storage()
        removed, names = self._trash.empty(media_ids)
        self._remove(names)
        return removed

    def empty(self) -> int:
        """Like `delete_forever`, for everything in the trash."""
        self._check_storage()
        removed, names = self._trash.empty()
        self._remove(names)
        return removed

    def purge(self, now: datetime | None = None) -> int:
        """Remove rows and files that were in the trash for `TRASH_RETENTION`; returns how many files.

        Days in the trash are counted here, so call it more than once a day.
        """
        now = now or utc_now()
        self._trash.count_days(now)
        self._check_storage()
        names = self._trash.purge(now - TRASH_RETENTION, days=days_for(TRASH_RETENTION))
        self._remove(names)
        return len(names)

    def disk_use(self) -> DiskUse:
        """How much space the results take and how much is free, if the storage knows that.

        Missing files take none; which are missing is compared once in `LISTING_IS_FRESH_S`, since that may list a
        whole bucket.
        """
        files = self._files.sizes()
        missing = self._missing({name for name, _, _ in files})
        sizes = [(size, in_trash) for name, size, in_trash in files if name not in missing]
        media_bytes, trash_bytes = sum(size for size, _ in sizes), sum(size for size, in_trash in sizes if in_trash)
        return DiskUse(media_bytes, trash_bytes, self._storage.free_bytes())

    def _missing(self, names: Set[str]) -> Set[str]:
        """The names without a file when the storage was last listed; none while it does not respond."""
        with self._guard:
            now_s = time.monotonic()
            if self._listed_s is None or now_s - self._listed_s > LISTING_IS_FRESH_S:
                try:
                    self._missing_names = names - self._storage.files().keys()
                except StorageUnavailable as error:
                    log.warning("%s", error)
                self._listed_s = now_s
            return self._missing_names

    def _check_storage(self) -> None:
        """Raises StorageUnavailable: files whose rows are removed while it is down would stay for ever."""
        if self._trash.state().count:
            self._storage.facts(_NO_FILE)

    def _remove(self, names: Sequence[str]) -> None:
        self._storage.delete(names)
