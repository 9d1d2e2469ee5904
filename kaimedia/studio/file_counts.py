"""Counts of what a comparison of the stored files with the gallery finds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from kaimedia.domain.integrity import FaultKind
from kaimedia.media.storage import Storage
from kaimedia.store.database.database import Database
from kaimedia.store.media.files import MediaFiles
from kaimedia.store.tasks.unsaved import UnsavedResults
from kaimedia.studio.rescue.integrity_check import IntegrityCheck


@dataclass(frozen=True, slots=True)
class FileCounts:
    """How many files the gallery refers to, and how many of them are missing or changed since they were saved.

    `untracked` files exist but belong to no item in the gallery.
    """

    named: int
    missing: int
    changed: int
    untracked: int


def count_files(database: Database, storage: Storage, *, is_deep: bool = False) -> FileCounts:
    """Compare names and sizes; with `is_deep` also read every result and compare its SHA-256.

    Raises:
        StorageUnavailable: the storage does not respond.
        StoreUnavailable: the database does not answer.
    """
    files = MediaFiles(database)
    check = IntegrityCheck(files, UnsavedResults(database), storage)
    kinds = Counter(found.fault.kind for found in check.faults(is_deep=is_deep))
    return FileCounts(
        named=len(files.names()),
        missing=kinds[FaultKind.FILE_MISSING] + kinds[FaultKind.THUMBNAIL_LOST],
        changed=kinds[FaultKind.WRONG_SIZE] + kinds[FaultKind.FILE_CHANGED],
        untracked=kinds[FaultKind.UNTRACKED] + kinds[FaultKind.FOREIGN],
    )
