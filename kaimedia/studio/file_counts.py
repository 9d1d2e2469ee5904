"""Compares the files in the media folder with the gallery. Read-only."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

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


def count_files(files: MediaFiles, folder: Path, *, is_deep: bool = False) -> FileCounts:
    """Compare names and sizes; with `is_deep` also read every result and compare its SHA-256.

    Raises:
        OSError: the folder cannot be read.
        StoreUnavailable: the database does not answer.
    """
    found = dict(_files(folder))  # read before the rows, so that a file saved meanwhile is not counted as untracked
    known = files.names()
    changed = 0
    for name, size_bytes, sha256 in files.saved():
        if name in found:
            is_other = size_bytes is not None and found[name] != size_bytes
            changed += is_other or (is_deep and sha256 is not None and _sha256(folder / name) != sha256)
    missing = sum(1 for name in known - found.keys() if not (folder / name).is_file())
    return FileCounts(len(known), missing, changed, len(found.keys() - known))


def _files(folder: Path) -> Iterator[tuple[str, int]]:
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.name.startswith(".") and entry.is_file(follow_symlinks=False):
                yield entry.name, entry.stat(follow_symlinks=False).st_size


def _sha256(file: Path) -> str | None:
    digest = hashlib.sha256()
    with suppress(OSError), file.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
        return digest.hexdigest()
    return None
