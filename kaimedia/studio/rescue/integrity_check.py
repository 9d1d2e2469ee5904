"""Compares the stored files with the gallery. Read-only; files are read one after the other, in pieces."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from kaimedia.domain.integrity import Fault, FaultKind, TrackedFiles
from kaimedia.errors import ResultExpired
from kaimedia.media.names import is_ours, result_key, unique_part, unique_part_of
from kaimedia.media.storage import FileFacts, Storage
from kaimedia.store.media.files import MediaFiles
from kaimedia.store.tasks.unsaved import UnsavedResults

Progress = Callable[[int, int], None]  # items compared so far, and all items
CHUNK_BYTES = 1024 * 1024
MAX_BEING_SAVED = 10_000


@dataclass(frozen=True, slots=True)
class Found:
    """One fault, with the files of its item; None for a file without an item."""

    fault: Fault
    files: TrackedFiles | None = None


class IntegrityCheck:
    """Finds the faults of a gallery.

    The memory it needs grows with the number of files, by their names, and not with their sizes.
    """

    def __init__(self, files: MediaFiles, unsaved: UnsavedResults, storage: Storage) -> None:
        self._files = files
        self._unsaved = unsaved
        self._storage = storage

    def faults(self, *, is_deep: bool, on_progress: Progress = lambda _done, _total: None) -> Iterator[Found]:
        """Every fault, items by id, then the files without an item.

        Names and sizes are compared; with `is_deep`, also the SHA-256 of every result. What is saved or deleted
        meanwhile is not a fault.

        Raises:
            StorageUnavailable: the storage does not respond.
            StoreUnavailable: the database does not answer.
        """
        stored = self._storage.files()  # before the rows, so that most of what is saved meanwhile is not in it
        without_item, total, done = set(stored), self._files.count(), 0
        on_progress(done, total)
        for chunk in self._files.tracked():
            for row in chunk:
                without_item.difference_update((row.filename, *row.derived))
            gone = self._gone(chunk, stored)
            for row in chunk:
                yield from self._of_item(row, stored, gone, is_deep=is_deep)
                done += 1
                on_progress(done, max(done, total))
        yield from self._without_item(without_item, stored)

    def _gone(self, chunk: Collection[TrackedFiles], stored: Mapping[str, FileFacts]) -> set[str]:
        """Names that rows refer to without a file, asked for once more: it may have come, or the row may have gone."""
        wanted = {name for row in chunk for name in (row.filename, *row.derived)} - stored.keys()
        missing = self._storage.missing(filter(is_ours, wanted)) | {name for name in wanted if not is_ours(name)}
        return missing & self._files.referred(missing) if missing else missing

    def _of_item(
        self, row: TrackedFiles, stored: Mapping[str, FileFacts], gone: set[str], *, is_deep: bool
    ) -> Iterator[Found]:
        if row.is_being_fetched:
            return
        if row.filename in gone:
            yield Found(Fault(FaultKind.FILE_MISSING, row.filename, row.media_id), row)
            return
        if row.filename not in stored:  # saved or deleted since the list was read
            return
        size_bytes = stored[row.filename].size_bytes
        if row.is_marked_missing:
            yield Found(Fault(FaultKind.FOUND_AGAIN, row.filename, row.media_id, size_bytes), row)
        if row.size_bytes is not None and row.size_bytes != size_bytes:
            yield Found(Fault(FaultKind.WRONG_SIZE, row.filename, row.media_id, size_bytes), row)
        elif is_deep and row.sha256 is not None and self._sha256(row.filename) not in (None, row.sha256):
            yield Found(Fault(FaultKind.FILE_CHANGED, row.filename, row.media_id, size_bytes), row)
        for name in row.derived:
            if name in gone or (name in stored and stored[name].size_bytes == 0):
                yield Found(Fault(FaultKind.THUMBNAIL_LOST, name, row.media_id), row)

    def _sha256(self, name: str) -> str | None:
        """None for a file deleted meanwhile."""
        try:
            with self._storage.open(name) as stream:
                return sha256_of(stream)
        except ResultExpired:
            return None

    def _without_item(self, names: set[str], stored: Mapping[str, FileFacts]) -> Iterator[Found]:
        names -= self._files.referred(names)  # saved since the rows were read
        being_saved = self._being_saved() if names else frozenset()
        for name in sorted(names):
            if not is_ours(name):
                yield Found(Fault(FaultKind.FOREIGN, name, size_bytes=stored[name].size_bytes))
            elif unique_part_of(name) not in being_saved:
                yield Found(Fault(FaultKind.UNTRACKED, name, size_bytes=stored[name].size_bytes))

    def _being_saved(self) -> frozenset[str]:
        """What the names of results contain that are about to be saved: their files come before their rows."""
        tasks = self._unsaved.being_saved(MAX_BEING_SAVED)
        return frozenset(
            unique_part(result_key(task.task_id, variant))
            for task in tasks
            for variant in range(max(len(task.result_urls), task.request.variants))
        )


def sha256_of(stream: BinaryIO) -> str:
    """The SHA-256 of the rest of a stream, in hex."""
    digest = hashlib.sha256()
    while chunk := stream.read(CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()
