"""Reads a stored file with its SHA-256, and copies it from one storage to another."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

from kaimedia.media.durable import disk_errors
from kaimedia.media.storage import Files

CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Copied:
    """The bytes that were written."""

    size_bytes: int
    sha256: str


def sha256_of(files: Files, name: str, on_read: Callable[[int], None]) -> str:
    """The hash of a stored file, in hex; `on_read` is called with the size of each piece.

    Raises:
        ResultExpired: it does not exist (any more).
        StorageUnavailable: the storage does not respond.
    """
    digest = hashlib.sha256()
    for chunk in _chunks(files, name):
        on_read(len(chunk))
        digest.update(chunk)
    return digest.hexdigest()


def copy_once(source: Files, target: Files, name: str, on_read: Callable[[int], None]) -> Copied:
    """Copy a file under its name; it appears at the target whole or not at all.

    Raises:
        ResultExpired: it does not exist (any more).
        StorageFull: no space for it.
        StorageUnavailable: a storage does not respond.
    """
    digest, size_bytes = hashlib.sha256(), 0
    temp = target.new_temp()
    try:
        with disk_errors(), temp.open("wb") as file:
            for chunk in _chunks(source, name):
                on_read(len(chunk))
                digest.update(chunk)
                size_bytes += file.write(chunk)
        target.put(temp, name)
    finally:
        temp.unlink(missing_ok=True)
    return Copied(size_bytes, digest.hexdigest())


def _chunks(files: Files, name: str) -> Iterator[bytes]:
    with closing(files.open(name)) as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
