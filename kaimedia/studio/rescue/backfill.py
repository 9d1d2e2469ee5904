"""At the start: results whose files have gone are fetched again while the provider keeps them."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from kaimedia.domain.integrity import FaultKind, TrackedFiles
from kaimedia.media.storage import Storage
from kaimedia.store.stores import Stores
from kaimedia.studio.rescue.integrity_check import IntegrityCheck
from kaimedia.studio.rescue.integrity_repair import IntegrityRepair

log = logging.getLogger(__name__)

MOST = 20  # more are fetched only if the user says so
LARGEST_SHARE = 0.1  # of all items: if more are gone, the storage is probably not the one it was


@dataclass(frozen=True, slots=True)
class BackfillResult:
    """How many results are fetched again, and how many are left to the user's decision."""

    fetching: int = 0
    offered: int = 0


class Backfill:
    """Fetches few missing results by itself, which is free; many are only offered, in the integrity report."""

    def __init__(self, stores: Stores, storage: Storage) -> None:
        self._files = stores.media_files
        self._check = IntegrityCheck(stores.media_files, stores.unsaved, storage)
        self._repair = IntegrityRepair(
            self._check, stores.media_files, stores.task_reader, stores.task_results, storage
        )
        self.last = BackfillResult()

    def run(self) -> BackfillResult:
        """Compare names and sizes, and fetch what is missing and can be fetched; the result is kept as `last`.

        Raises:
            StorageUnavailable: the storage does not respond.
            StoreUnavailable: the database does not answer.
        """
        self.last = self._run()
        return self.last

    def _run(self) -> BackfillResult:
        found = [each for each in self._check.faults(is_deep=False) if each.fault.kind is FaultKind.FILE_MISSING]
        rows = [each.files for each in found if each.files is not None and self._repair.can_fetch(each.files)]
        if not rows:
            return BackfillResult()
        if len(rows) > MOST or len(found) > max(1, LARGEST_SHARE * self._files.count()):
            log.warning("%d missing results can be fetched again: Settings, Files, or check --repair", len(rows))
            return BackfillResult(offered=len(rows))
        return self._fetch(rows)

    def _fetch(self, rows: list[TrackedFiles]) -> BackfillResult:
        fetching = sum(self._repair.fetch(row) for row in rows)
        log.info("%d missing results are fetched again, free of charge", fetching)
        return BackfillResult(fetching=fetching)
