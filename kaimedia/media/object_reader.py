"""Reads an object of a bucket as a file, from one streamed response."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, BinaryIO, cast

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore

from kaimedia.media.storage import FileFacts

READ_BYTES = 256 * 1024  # the first byte waits for as much
RESUMES = 3


def opened(
    store: ObjectStore,
    name: str,
    start: int,
    end: int | None,
    errors: Callable[[], AbstractContextManager[None]],
) -> BinaryIO:
    """Request the object's bytes from `start` to before `end` (None: to its end) and return a file that reads them.

    `errors` turns what reading raises into errors of the app.

    Raises:
        FileNotFoundError: there is no such object, or no bucket.
        BaseError: the bucket does not respond as expected.
    """
    return cast(BinaryIO, io.BufferedReader(_ObjectReader(store, name, start, end, errors), READ_BYTES))


def facts_of(meta: Any) -> FileFacts:
    """The facts in the library's description of an object."""
    etag = meta["e_tag"] or f'"{meta["path"]}"'
    return FileFacts(meta["size"], meta["last_modified"], etag.removeprefix("W/"))


class _ObjectReader(io.RawIOBase):
    """Reads a response; where it breaks off, the rest is requested again, of the same version of the object."""

    def __init__(
        self,
        store: ObjectStore,
        name: str,
        start: int,
        end: int | None,
        errors: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._store = store
        self._name = name
        self._at = start
        self._errors = errors
        self._resumes = RESUMES
        self._rest = memoryview(b"")
        self._etag: str | None = None
        self._request(end)

    def _request(self, end: int | None) -> None:
        options: Any = {}
        if self._at or end is not None:
            options["range"] = {"offset": self._at} if end is None else (self._at, end)
        if self._etag is not None:
            options["if_match"] = self._etag
        found = obstore.get(self._store, self._name, options=options)
        self._etag = found.meta["e_tag"]
        self._end = found.range[1]
        self._chunks = iter(found.stream(READ_BYTES))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest and self._at < self._end:
            with self._errors():
                self._rest = memoryview(self._next_chunk())
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        self._at += size
        return size

    def _next_chunk(self) -> bytes:
        while True:
            try:
                if chunk := next(self._chunks, b""):
                    return bytes(chunk)
                raise BaseError("the response ended early")
            except BaseError:
                if not self._resumes:
                    raise
                self._resumes -= 1
                self._request(self._end)
