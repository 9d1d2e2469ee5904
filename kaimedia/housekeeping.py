"""What is tidied beside the tasks, every few minutes."""

from __future__ import annotations

import logging
import time

from kaimedia.media.local import LocalStorage
from kaimedia.store.database import Database
from kaimedia.store.media import MediaStore
from kaimedia.studio import Studio

log = logging.getLogger("kaimedia.house")

STALE_TEMP_S = 3600.0
STRAYS_EVERY_S = 24 * 3600.0


class Housekeeping:
    """Purges what was deleted, drops unused uploads, stale files and old keys, copies the database once a day."""

    def __init__(self, studio: Studio, storage: LocalStorage, database: Database, media: MediaStore) -> None:
        self._studio = studio
        self._storage = storage
        self._database = database
        self._media = media
        self._looked_at: float | None = None

    def __call__(self) -> None:
        """One round. Raises what the store and the disk raise; the next round tries again."""
        self._studio.purge_deleted()
        self._studio.forget_old_keys()
        self._studio.uploads.sweep()
        self._storage.sweep(older_than_s=STALE_TEMP_S)
        self._database.back_up_daily()
        if self._looked_at is None or time.monotonic() - self._looked_at > STRAYS_EVERY_S:
            self._looked_at = time.monotonic()
            self.report_strays()

    def report_strays(self) -> tuple[int, int]:
        """Log and return how many files have no row, and how many rows lack a file. Nothing is deleted."""
        kept = set(self._storage.names())
        known = self._media.known_files()
        orphans, missing = len(kept - known), len(known - kept)
        if orphans:
            log.warning("%d files in the media folder belong to nothing in the gallery; they are left alone", orphans)
        if missing:
            log.warning("%d files named by the gallery are not in the media folder", missing)
        return orphans, missing
