"""At the start: results whose files have gone are fetched again while the provider keeps them."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from kaimedia.domain.integrity import FaultKind, TrackedFiles
from kaimedia.media.storage import Storage
from kaimedia.store.stores import Stores
from kaimedia.studio.rescue.integrity_check import IntegrityCheck
from kaimedia.studio.rescue.integrity_repair import IntegrityRepair

log = logging.getLogger(__name__)

MOST = 20  # more are fetched only if the user says so
CONFIRMED_AFTER_S = 120.0  # a file that is missing twice, this far apart, is gone
LARGEST_SHARE = 0.1  # of all items: if more are gone, the storage is probably not the one it was


@dataclass(frozen=True, slots=True)
class BackfillResult:
    """How many results are fetched again, how many the user decides on, and how many are looked at again."""

    fetching: int = 0
    offered: int = 0
    unconfirmed: int = 0  # missing for the first time; a storage may lack a file for a moment


class Backfill:
    """Fetches few missing results by itself, which is free; many are only offered, in the integrity report."""

    def __init__(self, stores: Stores, storage: Storage) -> None:
        self._files = stores.media_files
        self._check = IntegrityCheck(stores.media_files, stores.unsaved, storage)
        self._repair = IntegrityRepair(
            self._check, stores.media_files, stores.task_reader, stores.task_results, storage
        )
        self._missing_since: dict[str, float] = {}  # by name, on the monotonic clock
        self.last = BackfillResult()

    def run(self) -> BackfillResult:
        """Compare names and sizes, and fetch what is missing and can be fetched; the result is kept as `last`.

        Only what an earlier call found missing is fetched: call it again in some minutes if any are unconfirmed.

        Raises:
            StorageUnavailable: the storage does not respond.
            StoreUnavailable: the database does not answer.
        """
        self.last = self._run()
        return self.last

    def _run(self) -> BackfillResult:
        found = [each for each in self._check.faults(is_deep=False) if each.fault.kind is FaultKind.FILE_MISSING]
        rows = [each.files for each in found if each.files is not None and self._repair.can_fetch(each.files)]
        now = time.monotonic()
        names = (row.filename for row in rows)
        self._missing_since = {name: self._missing_since.get(name, now) for name in names}
        if not rows:
            return BackfillResult()
        if len(rows) > MOST or len(found) > max(1, LARGEST_SHARE * self._files.count()):
            log.warning("%d missing results can be fetched again: Settings, Files, or check --repair", len(rows))
            return BackfillResult(offered=len(rows))
        confirmed = [row for row in rows if now - self._missing_since[row.filename] >= CONFIRMED_AFTER_S]
        fetching = self._fetch(confirmed) if confirmed else 0
        return BackfillResult(fetching=fetching, unconfirmed=len(rows) - len(confirmed))

    def _fetch(self, rows: list[TrackedFiles]) -> int:
        fetching = sum(self._repair.fetch(row) for row in rows)
        log.info("%d missing results are fetched again, free of charge", fetching)
        return fetching
