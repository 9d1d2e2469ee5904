"""Inputs of tasks in an S3 bucket."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import obstore

from kaimedia.errors import UnsafePath
from kaimedia.media.durable import disk_errors
from kaimedia.media.names import REFERENCE_NAME, mime_of
from kaimedia.media.object_reader import opened
from kaimedia.media.s3_clients import MIB, S3Clients
from kaimedia.media.s3_errors import BucketErrors
from kaimedia.media.storage import no_longer_stored

FOLDER = "references"
PART_BYTES = 5 * MIB


class S3Inputs:
    """Objects below `references/`, named by the hash of their bytes, so that whatever is there is right."""

    def __init__(self, clients: S3Clients, errors: BucketErrors) -> None:
        self._clients = clients
        self._store = clients.reading
        self._errors = errors

    def put(self, path: Path, name: str) -> None:
        """Upload the file unless an object of its size is there."""
        key = _key(name)
        with disk_errors():
            size_bytes = path.stat().st_size
        with self._errors.translated():
            if self._size_bytes(key) == size_bytes:
                return
            attributes: Any = {"Content-Type": mime_of(name)}
            uploads = self._clients.uploading(min(size_bytes, PART_BYTES))
            obstore.put(uploads, key, path, attributes=attributes, chunk_size=PART_BYTES, max_concurrency=1)
            if self._size_bytes(key) != size_bytes:
                raise self._errors.unusable("it did not keep the whole file")

    def open(self, name: str) -> BinaryIO:
        """Open the object; its body is read as the caller reads."""
        with self._errors.translated():
            try:
                return opened(self._store, _key(name), 0, None, self._errors.translated)
            except FileNotFoundError as error:
                self._errors.check_bucket()
                raise no_longer_stored() from error

    def sizes(self) -> dict[str, int]:
        """The objects with names of inputs."""
        with self._errors.translated():
            found = [meta for page in obstore.list(self._store, prefix=FOLDER) for meta in page]
        sizes = {meta["path"].removeprefix(f"{FOLDER}/"): meta["size"] for meta in found}
        return {name: size for name, size in sizes.items() if REFERENCE_NAME.fullmatch(name)}

    def _size_bytes(self, key: str) -> int | None:
        try:
            return obstore.head(self._store, key)["size"]
        except FileNotFoundError:
            self._errors.check_bucket()
            return None


def _key(name: str) -> str:
    if not REFERENCE_NAME.fullmatch(name):
        raise UnsafePath("This is not the name of a stored input.", next_step="Choose the file again.")
    return f"{FOLDER}/{name}"
