"""Turns errors of an S3 bucket into ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from kaimedia.errors import StorageUnavailable
from kaimedia.media.marks import MARKS

_STATUS = re.compile(r"non-2xx status code: (\d{3})")  # the client has no attribute for it, and no class for a listing
_RESUMES = "running tasks resume automatically."


def status_in(error: BaseError | FileNotFoundError) -> int | None:
    """The HTTP status the server refused with; None when it sent no response."""
    found = _STATUS.search(str(error))
    return int(found[1]) if found else None


class BucketErrors:
    """What is wrong with the bucket at `url`; `store` reads it."""

    def __init__(self, url: str, store: S3Store) -> None:
        self._bucket = urlsplit(url).netloc
        self._store = store

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turn errors of the bucket into ours; their text may name the access key, so it is not repeated."""
        try:
            yield
        except (BaseError, FileNotFoundError) as error:  # an object that does not exist is handled before
            raise self._unusable(error) from error

    def check_bucket(self) -> None:
        """Raises StorageUnavailable without a bucket: an object's 404 does not say whether that is what is missing."""
        with self.translated():
            next(iter(obstore.list(self._store, prefix=MARKS, chunk_size=1)), None)

    def incomplete(self) -> StorageUnavailable:
        """The error for a bucket that did not keep all of a file."""
        return StorageUnavailable(
            f"The bucket “{self._bucket}” did not keep the whole file.",
            next_step=f"Check its server (AWS_ENDPOINT_URL); {_RESUMES}",
        )

    def _unusable(self, error: BaseError | FileNotFoundError) -> StorageUnavailable:
        status = status_in(error)
        if isinstance(error, PermissionDeniedError | UnauthenticatedError) or status in (401, 403):
            return StorageUnavailable(
                "The bucket refuses the key (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY).",
                next_step="Correct the key, or let it list, read, write and delete in this bucket. After a change of "
                f"settings, restart the app; {_RESUMES}",
            )
        if isinstance(error, FileNotFoundError) or status == 404:
            return StorageUnavailable(
                f"There is no bucket “{self._bucket}”.",
                next_step="Create it, or correct KAIMEDIA_MEDIA_URL or AWS_ENDPOINT_URL and restart the app; "
                + _RESUMES,
            )
        return StorageUnavailable(
            f"The bucket “{self._bucket}” does not respond as expected.",
            next_step="Check that its server is running, and the settings AWS_ENDPOINT_URL and AWS_REGION. After a "
            f"change of settings, restart the app; {_RESUMES}",
        )
