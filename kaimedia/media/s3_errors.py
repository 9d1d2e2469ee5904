"""Turns errors of an S3 bucket into ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from kaimedia.errors import StorageUnavailable
from kaimedia.media.marks import MARKS


class BucketErrors:
    """What is wrong with the bucket at `url`; `store` reads it."""

    def __init__(self, url: str, store: S3Store) -> None:
        self._url = url
        self._store = store

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turn errors of the bucket into ours; their text may name the access key, so it is not repeated."""
        try:
            yield
        except (PermissionDeniedError, UnauthenticatedError) as error:
            raise self.unusable("access denied") from error
        except FileNotFoundError as error:  # of an object, it is handled before
            raise self.unusable("there is no such bucket") from error
        except BaseError as error:
            raise self.unusable("it does not respond as expected") from error

    def check_bucket(self) -> None:
        """Raises StorageUnavailable without a bucket: an object's 404 does not say whether that is what is missing."""
        try:
            next(iter(obstore.list(self._store, prefix=MARKS, chunk_size=1)), None)
        except BaseError as error:
            raise self.unusable("it does not exist, or must not be listed") from error

    def unusable(self, reason: str) -> StorageUnavailable:
        """The error for a bucket that cannot be used."""
        return StorageUnavailable(
            f"The bucket {self._url} cannot be used ({reason}).",
            next_step="Check the bucket, its permissions and the AWS_… settings, then try again; "
            "running tasks resume automatically.",
        )
