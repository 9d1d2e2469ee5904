"""Repairs the faults of a gallery. Adds and marks; never deletes a file or an item."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

from kaimedia.domain import Condition, utc_now
from kaimedia.domain.integrity import Fault, FaultKind, Remedy, TrackedFiles
from kaimedia.errors import MediaError, NotFound, StaleTransition, StorageUnavailable, UnsupportedMedia
from kaimedia.media import names
from kaimedia.media.storage import Storage
from kaimedia.store.media.files import MediaFiles
from kaimedia.store.tasks.reader import TaskReader
from kaimedia.store.tasks.results import TaskResults
from kaimedia.studio.missing_files import fetchable_until
from kaimedia.studio.rescue.integrity_check import Found, IntegrityCheck, Progress
from kaimedia.studio.rescue.stored_result import StoredResults

log = logging.getLogger(__name__)

RECOVERED_PROMPT = "Recovered file"
UNKNOWN_MODEL = "unknown"


class IntegrityRepair:
    """Does what is safe about each fault, and says what it did."""

    def __init__(
        self, check: IntegrityCheck, files: MediaFiles, tasks: TaskReader, results: TaskResults, storage: Storage
    ) -> None:
        self._check = check
        self._files = files
        self._tasks = tasks
        self._results = results
        self._storage = storage
        self._stored = StoredResults(storage)

    def run(self, on_progress: Progress = lambda _done, _total: None) -> Iterator[Fault]:
        """Find every fault, reading every file, and repair it; each fault comes with its remedy.

        Raises:
            StorageUnavailable: the storage does not respond, or has no files at all, as when its disk is not mounted;
                what was repaired before stays repaired.
            StoreUnavailable: the database does not answer.
        """
        if self._files.count() and not self._storage.files():
            raise StorageUnavailable(
                "The media storage has no files at all, so nothing was changed.",
                next_step=f"Check that {self._storage.place} is the right place and that its disk is mounted.",
            )
        for found in self._check.faults(is_deep=True, on_progress=on_progress):
            try:
                remedy = self._remedy(found)
            except StorageUnavailable:
                raise
            except MediaError as error:  # no space, or the file has gone: nothing was changed
                log.warning("%s was not repaired: %s", found.fault.name, error)
                remedy = Remedy.LEFT
            yield replace(found.fault, remedy=remedy)

    def _remedy(self, found: Found) -> Remedy:
        fault, row = found.fault, found.files
        if row is None:
            return self._register(fault) if fault.kind is FaultKind.UNTRACKED else Remedy.LEFT
        match fault.kind:
            case FaultKind.FILE_MISSING:
                return self._fetch_or_mark(row, Condition.MISSING)
            case FaultKind.FOUND_AGAIN:
                condition = self._stored.condition(row.filename)
                is_set = self._files.set_condition(row.media_id, row.filename, condition)
                return Remedy.UNMARKED if is_set else Remedy.LEFT
            case FaultKind.THUMBNAIL_LOST:
                return self._remake(row, fault.name)
        if self._stored.condition(row.filename) is not Condition.DAMAGED:
            return Remedy.LEFT  # perhaps edited on purpose; nothing shows that it is worse than it was
        return self._fetch_or_mark(row, Condition.DAMAGED)

    def _fetch_or_mark(self, row: TrackedFiles, condition: Condition) -> Remedy:
        if self.fetch(row, condition):
            return Remedy.FETCHING
        is_marked = row.is_marked_missing if condition is Condition.MISSING else row.is_marked_damaged
        if is_marked or not self._files.set_condition(row.media_id, row.filename, condition):
            return Remedy.LEFT
        return Remedy.MARKED_MISSING if condition is Condition.MISSING else Remedy.MARKED_DAMAGED

    def can_fetch(self, row: TrackedFiles) -> bool:
        """Whether the provider still keeps the result of an item that is not in the trash."""
        try:
            return not row.is_in_trash and fetchable_until(self._tasks.get(row.task_id)) is not None
        except NotFound:
            return False

    def fetch(self, row: TrackedFiles, condition: Condition = Condition.MISSING) -> bool:
        """Have the result fetched again if the provider still keeps it, free of charge; returns whether it is.

        The next save replaces the file under that name; until then it stays. If none follows, the item is in this
        condition.
        """
        if not self.can_fetch(row):
            return False
        try:
            self._results.fetch_again(row.task_id, [row.media_id], utc_now(), condition)
        except NotFound:
            return False
        except StaleTransition:  # another result of this task is being fetched
            return self._results.await_too(row.task_id, row.media_id, condition)
        return True

    def _remake(self, row: TrackedFiles, name: str) -> Remedy:
        try:
            return Remedy.REMADE if self._stored.remake_thumbnails(row.filename, [name]) else Remedy.LEFT
        except UnsupportedMedia:
            return Remedy.LEFT

    def _register(self, fault: Fault) -> Remedy:
        """Add a file that is a result to the gallery; thumbnails without their result are left alone."""
        made_at = names.made_at(fault.name)
        if not names.is_result(fault.name) or made_at is None:
            return Remedy.LEFT
        try:
            saved = self._stored.facts(fault.name)
        except UnsupportedMedia:
            return Remedy.LEFT
        modality = saved.media_type or names.modality_of(fault.name)
        media_id = self._files.register(saved, modality, prompt=RECOVERED_PROMPT, model=UNKNOWN_MODEL, made_at=made_at)
        return Remedy.LEFT if media_id is None else Remedy.REGISTERED
