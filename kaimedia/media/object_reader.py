"""Reads an object of a bucket as a file."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, BinaryIO

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore

from kaimedia.media.resumed_reader import READ_BYTES, StreamedResponse, resumed
from kaimedia.media.storage import FileFacts


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
    return resumed(partial(_requested, store, name), start, end, breaks=BaseError, errors=errors)


def facts_of(meta: Any) -> FileFacts:
    """The facts in the library's description of an object."""
    etag = meta["e_tag"] or f'"{meta["path"]}"'
    return FileFacts(meta["size"], meta["last_modified"], etag.removeprefix("W/"))


def _requested(store: ObjectStore, name: str, start: int, end: int | None, version: str | None) -> StreamedResponse:
    options: Any = {}
    if start or end is not None:
        options["range"] = {"offset": start} if end is None else (start, end)
    if version is not None:
        options["if_match"] = version
    found = obstore.get(store, name, options=options)
    return StreamedResponse(found.meta["e_tag"], found.range[1], map(bytes, found.stream(READ_BYTES)))
