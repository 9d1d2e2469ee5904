"""Test objects in an S3 bucket."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

import obstore
from obstore.store import S3Store

from kaimedia.media.marks import MARKS
from kaimedia.media.s3_errors import BucketErrors
from kaimedia.media.s3_resend import delete
from kaimedia.media.storage import PROBE_BYTES


class S3Marks:
    """Marks below `folder`, which is relative to the store; each has 64 KB, so that it tests writing too."""

    def __init__(self, store: S3Store, errors: BucketErrors, folder: str = "") -> None:
        self._store = store
        self._errors = errors
        self._prefix = f"{folder}/{MARKS}" if folder else MARKS

    def key(self, mark: str) -> str:
        """The object's key."""
        return f"{self._prefix}/{mark}"

    def leave(self) -> str:
        """Write an object."""
        mark = secrets.token_hex(16)
        with self._errors.translated():
            obstore.put(self._store, self.key(mark), bytes(PROBE_BYTES))
        return mark

    def written_at(self, mark: str) -> datetime | None:
        """When the object was written by the server's clock, None if it does not exist."""
        with self._errors.translated():
            try:
                return obstore.head(self._store, self.key(mark))["last_modified"]
            except FileNotFoundError:
                self._errors.check_bucket()
                return None

    def shows(self, mark: str) -> bool:
        """Whether there is such an object."""
        return self.written_at(mark) is not None

    def remove(self, mark: str) -> None:
        """Delete the object."""
        self._delete([self.key(mark)])

    def sweep(self, older_than_s: float) -> int:
        """Delete old ones; returns how many."""
        oldest = datetime.now(UTC) - timedelta(seconds=older_than_s)
        with self._errors.translated():
            listed = [meta for page in obstore.list(self._store, prefix=self._prefix) for meta in page]
        old = [meta["path"] for meta in listed if meta["last_modified"] < oldest]
        self._delete(old)
        return len(old)

    def _delete(self, keys: list[str]) -> None:
        with self._errors.translated():
            try:
                delete(self._store, keys)
            except FileNotFoundError:
                self._errors.check_bucket()
