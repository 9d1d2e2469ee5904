"""Periodic cleanup, every few minutes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime

from kaimedia.domain import utc_now
from kaimedia.errors import KaimediaError
from kaimedia.media.names import is_ours
from kaimedia.media.storage import Storage
from kaimedia.store.database.database import Database
from kaimedia.store.media.files import MediaFiles
from kaimedia.store.sign_outs import SignOuts
from kaimedia.store.webhooks.deliveries import WebhookDeliveries
from kaimedia.store.workers import Workers
from kaimedia.studio.model_lists import ModelListService
from kaimedia.studio.price_lists import PriceListService
from kaimedia.studio.request_keys import RequestKeys
from kaimedia.studio.trash import TrashService
from kaimedia.studio.uploads import Uploads

log = logging.getLogger("kaimedia.housekeeping")

STALE_TEMP_S = 3600.0
UNTRACKED_EVERY_S = 24 * 3600.0


class Housekeeping:
    """Purges the trash, deletes unused uploads, stale files, old keys and deliveries, backs up the database once a day,
    and copies inputs that are only on this disk to the storage.

    Once a day it also begins a comparison of the catalog with the provider's list of models, reads the provider's price
    list, and compares the names of the stored files with the gallery; `backfill` is called if some are missing,
    and again at the next round while it returns True.

    `now` is the wall clock, aware UTC.
    """

    def __init__(
        self,
        trash: TrashService,
        request_keys: RequestKeys,
        uploads: Uploads,
        model_lists: ModelListService,
        price_lists: PriceListService,
        sign_outs: SignOuts,
        workers: Workers,
        webhook_deliveries: WebhookDeliveries,
        files: MediaFiles,
        storage: Storage,
        database: Database,
        now: Callable[[], datetime] = utc_now,
        backfill: Callable[[], bool] = lambda: False,
    ) -> None:
        self._trash = trash
        self._request_keys = request_keys
        self._uploads = uploads
        self._model_lists = model_lists
        self._price_lists = price_lists
        self._sign_outs = sign_outs
        self._workers = workers
        self._webhook_deliveries = webhook_deliveries
        self._files = files
        self._storage = storage
        self._database = database
        self._now = now
        self._backfill = backfill
        self._untracked_checked_at: float | None = None

    def __call__(self) -> None:
        """Run all parts once, each on its own, so that a file that cannot be deleted does not stop the daily backup.

        Raises:
            KaimediaError: the first error of a part; the next round tries again.
        """
        _run((*self._disk_parts(), *self._database_parts()))

    def of_disk(self) -> None:
        """Run what concerns the files of this machine: in every process, because each may have a disk of its own.

        Raises:
            KaimediaError: the first error of a part; the next round tries again.
        """
        _run(self._disk_parts())

    def of_database(self) -> None:
        """Run what needs to be done only once for all processes on a database.

        Raises:
            KaimediaError: the first error of a part; the next round tries again.
        """
        _run(self._database_parts())

    def _disk_parts(self) -> tuple[Callable[[], object], ...]:
        return (
            self._uploads.sweep,
            self._uploads.copy_inputs,
            lambda: self._storage.sweep(older_than_s=STALE_TEMP_S),
        )

    def _database_parts(self) -> tuple[Callable[[], object], ...]:
        now = self._now()
        return (
            lambda: self._trash.purge(now),
            lambda: self._request_keys.forget_old(now),
            lambda: self._sign_outs.forget_old(now),
            lambda: self._workers.forget_old(now),
            lambda: self._webhook_deliveries.forget_old(now),
            self._database.back_up_daily,
            self._check_untracked,
            self._model_lists.reading.begin_if_due,
            self._price_lists.reading.begin_if_due,
        )

    def _check_untracked(self) -> None:
        if self._untracked_checked_at is None or time.monotonic() - self._untracked_checked_at > UNTRACKED_EVERY_S:
            self._untracked_checked_at = time.monotonic()
            _, missing = self.report_untracked()
            if missing and self._backfill():
                self._untracked_checked_at = None

    def report_untracked(self) -> tuple[int, int]:
        """Log and return how many files have no row and how many rows have no file. Deletes nothing."""
        stored = set(filter(is_ours, self._storage.files()))
        known = self._files.names()
        orphans = len(stored - known)
        missing = len(self._storage.missing(known - stored))  # some may have been saved since
        if orphans:
            log.warning("%d files in the media storage are not in the gallery; they are left alone", orphans)
        if missing:
            log.warning("%d files of the gallery are missing from the media storage", missing)
        return orphans, missing


def _run(parts: tuple[Callable[[], object], ...]) -> None:
    errors = [error for part in parts if (error := _try(part)) is not None]
    for message in dict.fromkeys(str(error) for error in errors):  # the same cause may stop several parts
        log.warning("housekeeping: %s", message)
    if errors:
        raise errors[0]


def _try(part: Callable[[], object]) -> KaimediaError | None:
    try:
        part()
    except KaimediaError as error:
        return error
    return None
