"""Compares the files in the media storage with the gallery. Read-only."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass

from kaimedia.errors import ResultExpired
from kaimedia.media.storage import Storage
from kaimedia.store.media.files import MediaFiles

_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileCounts:
    """How many files the gallery refers to, and how many of them are missing or changed since they were saved.

    `untracked` files exist but belong to no item in the gallery.
    """

    named: int
    missing: int
    changed: int
    untracked: int


def count_files(files: MediaFiles, storage: Storage, *, is_deep: bool = False) -> FileCounts:
    """Compare names and sizes; with `is_deep` also read every result and compare its SHA-256.

    Raises:
        StorageUnavailable: the storage does not respond.
        StoreUnavailable: the database does not answer.
    """
    found = storage.files()  # read before the rows, so that a file saved meanwhile is not counted as untracked
    known = files.names()
    changed = 0
    for name, size_bytes, sha256 in files.saved():
        if name in found:
            is_other = size_bytes is not None and found[name].size_bytes != size_bytes
            changed += is_other or (is_deep and sha256 is not None and _sha256(storage, name) != sha256)
    missing = storage.missing(known - found.keys())  # some may have been saved since
    return FileCounts(len(known), len(missing), changed, len(found.keys() - known))


def _sha256(storage: Storage, name: str) -> str | None:
    digest = hashlib.sha256()
    with suppress(OSError, ResultExpired), storage.open(name) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
        return digest.hexdigest()
    return None
