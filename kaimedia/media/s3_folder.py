"""Inputs of tasks and uploads in an S3 bucket."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

import obstore

from kaimedia.errors import UnsafePath
from kaimedia.media.durable import disk_errors
from kaimedia.media.names import MIME_TYPES, OPAQUE_TYPE
from kaimedia.media.object_reader import facts_of, opened
from kaimedia.media.s3_clients import MIB, S3Clients
from kaimedia.media.s3_errors import BucketErrors
from kaimedia.media.s3_marks import S3Marks
from kaimedia.media.s3_resend import delete
from kaimedia.media.storage import FileFacts, no_longer_stored
from kaimedia.media.temp_folder import TempFolder

PART_BYTES = 5 * MIB


class S3Folder:
    """`Files` below `folder`, whose names match `names`; the bytes of a file do not change."""

    def __init__(
        self,
        url: str,
        temps: TempFolder,
        clients: S3Clients,
        errors: BucketErrors,
        folder: str,
        names: re.Pattern[str],
    ) -> None:
        self._url = url
        self._temps = temps
        self._clients = clients
        self._store = clients.reading
        self._errors = errors
        self._marks = S3Marks(self._store, errors, folder)
        self._folder = folder
        self._names = names

    @property
    def place(self) -> str:
        """The URL."""
        return f"{self._url}/{self._folder}"

    @property
    def marks(self) -> S3Marks:
        """Hidden objects."""
        return self._marks

    def new_temp(self, suffix: str = "") -> Path:
        """A new empty file on this machine."""
        return self._temps.new(suffix)

    def put(self, temp: Path, name: str, *, defer_sync: bool = False) -> None:
        """Upload `temp`, in parts if it is large, then delete it. The object appears whole."""
        key = self._key(name)
        with disk_errors():
            size_bytes = temp.stat().st_size
        attributes: Any = {"Content-Type": MIME_TYPES.get(name.rpartition(".")[2], OPAQUE_TYPE)}
        uploads = self._clients.uploading(min(size_bytes, PART_BYTES))
        with self._errors.translated():
            obstore.put(uploads, key, temp, attributes=attributes, chunk_size=PART_BYTES, max_concurrency=1)
        if (facts := self.facts(name)) is None or facts.size_bytes != size_bytes:
            raise self._errors.incomplete()
        with disk_errors():
            temp.unlink(missing_ok=True)

    def facts(self, name: str) -> FileFacts | None:
        """Size, time and tag of the object, None if it does not exist."""
        with self._errors.translated():
            try:
                return facts_of(obstore.head(self._store, self._key(name)))
            except FileNotFoundError:
                self._errors.check_bucket()
                return None

    def files(self) -> dict[str, FileFacts]:
        """The objects with such names."""
        with self._errors.translated():
            listed = [meta for page in obstore.list(self._store, prefix=self._folder) for meta in page]
        found = {meta["path"].removeprefix(f"{self._folder}/"): facts_of(meta) for meta in listed}
        return {name: facts for name, facts in found.items() if self._names.fullmatch(name)}

    def open(self, name: str, start: int = 0, end: int | None = None) -> BinaryIO:
        """Open the object; its body is read as the caller reads."""
        with self._errors.translated():
            try:
                return opened(self._store, self._key(name), start, end, self._errors.translated)
            except FileNotFoundError as error:
                self._errors.check_bucket()
                raise no_longer_stored() from error

    def delete(self, names: Iterable[str]) -> None:
        """Delete the objects."""
        with self._errors.translated():
            for name in names:
                try:
                    delete(self._store, [self._key(name)])
                except FileNotFoundError:
                    self._errors.check_bucket()

    def free_bytes(self) -> int | None:
        """None: a bucket has no limit that can be asked for."""
        return None

    def _key(self, name: str) -> str:
        if not self._names.fullmatch(name):
            raise UnsafePath("This is not the name of a stored input.", next_step="Choose the file again.")
        return f"{self._folder}/{name}"
