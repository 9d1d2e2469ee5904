"""What is tidied beside the tasks, every few minutes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime

from kaimedia.domain import utc_now
from kaimedia.errors import KaimediaError
from kaimedia.media.local import LocalStorage
from kaimedia.store.database import Database
from kaimedia.store.media import MediaStore
from kaimedia.store.sign_outs import SignOuts
from kaimedia.studio import Studio

log = logging.getLogger("kaimedia.house")

STALE_TEMP_S = 3600.0
STRAYS_EVERY_S = 24 * 3600.0


class Housekeeping:
    """Purges what was deleted, drops unused uploads, stale files and old keys, copies the database once a day.

    `now` is the wall clock, aware UTC.
    """

    def __init__(
        self,
        studio: Studio,
        storage: LocalStorage,
        database: Database,
        media: MediaStore,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._studio = studio
        self._storage = storage
        self._database = database
        self._media = media
        self._now = now
        self._sign_outs = SignOuts(database)
        self._looked_at: float | None = None

    def __call__(self) -> None:
        """One round: each part by itself, so that a file that cannot be deleted does not end the daily copies.

        Raises:
            KaimediaError: the first that a part met; the next round tries again.
        """
        now = self._now()
        parts: tuple[Callable[[], object], ...] = (
            lambda: self._studio.purge_deleted(now),
            lambda: self._studio.forget_old_keys(now),
            lambda: self._sign_outs.forget_old(now),
            self._studio.uploads.sweep,
            lambda: self._storage.sweep(older_than_s=STALE_TEMP_S),
            self._database.back_up_daily,
            self._look_for_strays,
        )
        errors = [error for part in parts if (error := _tried(part)) is not None]
        if errors:
            raise errors[0]

    def _look_for_strays(self) -> None:
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


def _tried(part: Callable[[], object]) -> KaimediaError | None:
    try:
        part()
    except KaimediaError as error:
        log.warning("housekeeping: %s", error)
        return error
    return None
