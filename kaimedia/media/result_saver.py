"""Turn a result link into finished files: fetched, examined, with thumbnails, all under one stem."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from kaimedia.domain import Condition, Modality, SavedFile
from kaimedia.errors import FetchFailed, KaimediaError, StorageFull, StorageUnavailable
from kaimedia.media import names
from kaimedia.media.examine import Examined, examine
from kaimedia.media.fetch import Fetched, fetch
from kaimedia.media.size_limits import DiskSpaceLimit
from kaimedia.media.storage import MIN_FREE_BYTES, RESERVE_BYTES, Storage
from kaimedia.media.temp_files import temp_files

MAX_BYTES = 64 * 1024**3
SLOWEST_BYTES_PER_S = 32 * 1024
MAX_REMEMBERED = 1000
READY_IS_FRESH_S = 30.0
RESPONDS_IS_FRESH_S = 5.0


class ResultSaver:
    """Saves results into a storage. Safe to use from several threads; images are decoded one at a time.

    A result may be as large as the disk allows with `reserve_bytes` left free; `max_bytes` stops endless responses.
    """

    def __init__(
        self,
        storage: Storage,
        trusted_hosts: Iterable[str] = (),
        *,
        max_bytes: int = MAX_BYTES,
        reserve_bytes: int = RESERVE_BYTES,
    ) -> None:
        self._storage = storage
        self._trusted_hosts = tuple(trusted_hosts)
        self._max_bytes = max_bytes
        self._reserve_bytes = reserve_bytes
        self._guard = threading.Lock()
        self._storage_errors = 0
        self._needed_bytes: dict[str, int] = {}  # by key: bytes the disk had no space for

    def save(
        self,
        url: str,
        *,
        modality: Modality,
        at: datetime,
        key: str | None = None,
        extra_hosts: Iterable[str] = (),
        seen_sha256: str | None = None,
        is_last_try: bool = False,
    ) -> SavedFile:
        """Fetch one result and save it, whatever it is; `at` becomes part of its name.

        `extra_hosts` are trusted for this call only. With the same `key` a second fetch uses the same name, so that
        a crash between file and row leaves no orphan behind. `modality` is what was requested: it names files whose
        bytes are neither image nor video.

        A file that looks damaged may have been damaged in transit, so the first time it is an error. It is saved if
        `seen_sha256` shows that the same bytes came before, or at the last attempt.

        The result's own file appears last, so that its presence means everything is there. If no thumbnail can
        be made, the file is saved without one.

        Raises:
            UnsupportedMedia: the link returned a web page or an error message instead of a file.
            FetchFailed: not fetched, or arrived damaged (then with its `sha256`); may be retried.
            ResultExpired, TooLarge, UnsafePath, StorageFull: see `fetch`.
            StorageUnavailable: the storage does not respond.
        """
        with self._counting_errors(), temp_files(self._storage) as new_temp:
            self._storage.check_responds(RESPONDS_IS_FRESH_S)  # first: an outage must not cost a transfer at each try
            temp = new_temp(".part")
            with self._limit_for(key or url) as limit:
                fetched = fetch(
                    url,
                    temp,
                    max_bytes=limit,
                    trusted_hosts=(*self._trusted_hosts, *extra_hosts),
                    slowest_bytes_per_s=SLOWEST_BYTES_PER_S,
                    allow_partial=True,
                )
            found = examine(temp, new_temp)
            condition = _condition(found, fetched, seen_sha256=seen_sha256, is_last_try=is_last_try)
            name = names.new_name(found.kind.modality or modality, at, found.kind.ext, key)
            return self._put(name, temp, found, fetched, condition)

    def delete(self, file_names: Iterable[str | None]) -> None:
        """Delete files by name; missing files and None are fine."""
        self._storage.delete([name for name in file_names if name is not None])

    def has_space(self, min_bytes: int = MIN_FREE_BYTES) -> bool:
        """Whether there is space for new results, see `Storage.has_space`."""
        return self._storage.has_space(min_bytes)

    def check_ready(self, max_age_s: float = READY_IS_FRESH_S) -> None:
        """Raises StorageFull or StorageUnavailable if a result could not be saved now, see `Storage.check_ready`.

        Takes no time if it was called with 0 less than `max_age_s` seconds ago.
        """
        with self._counting_errors():
            self._storage.check_ready(max_age_s)

    @property
    def storage_errors(self) -> int:
        """How often a result could not be saved, or nothing was sent for that reason: no space, or no response."""
        return self._storage_errors

    @contextmanager
    def _counting_errors(self) -> Iterator[None]:
        try:
            yield
        except (StorageFull, StorageUnavailable):
            with self._guard:
                self._storage_errors += 1
            raise

    @contextmanager
    def _limit_for(self, key: str) -> Iterator[DiskSpaceLimit]:
        """The limit for one file. A file that did not fit is retried only once there is enough space for it.

        Otherwise an endless body would fill the disk on every attempt.
        """
        free_bytes, reserve_bytes = self._storage.free_temp_bytes, self._reserve_bytes
        limit = DiskSpaceLimit(free_bytes, reserve_bytes=reserve_bytes, max_bytes=self._max_bytes)
        with self._guard:
            needed_bytes = self._needed_bytes.get(key, 0)
        if needed_bytes:
            limit.require(needed_bytes)
        try:
            yield limit
        except StorageFull:
            with self._guard:
                if limit.seen_bytes and len(self._needed_bytes) < MAX_REMEMBERED:
                    self._needed_bytes[key] = limit.seen_bytes
            raise
        with self._guard:
            self._needed_bytes.pop(key, None)

    def _put(self, name: str, temp: Path, found: Examined, fetched: Fetched, condition: Condition) -> SavedFile:
        parts = (
            (found.thumbnail, names.thumbnail_name),
            (found.large, names.large_thumbnail_name),
            (found.poster, names.poster_name),
        )
        part_names = [derive(name) if part else None for part, derive in parts]
        try:
            for (part, _), part_name in zip(parts, part_names, strict=True):
                if part and part_name:
                    self._storage.put(part, part_name, defer_sync=True)
            self._storage.put(temp, name)
        except KaimediaError:
            with suppress(StorageUnavailable):  # the next try uses the same names
                self.delete(part_names)
            raise
        return SavedFile(
            filename=name,
            mime_type=found.kind.mime_type,
            size_bytes=fetched.size_bytes,
            sha256=fetched.sha256,
            width_px=found.width_px,
            height_px=found.height_px,
            duration_s=found.duration_s,
            thumbnail_name=part_names[0],
            thumbnail_large_name=part_names[1],
            poster_name=part_names[2],
            colors=found.colors,
            media_type=found.kind.modality,
            condition=condition,
        )


def _condition(found: Examined, fetched: Fetched, *, seen_sha256: str | None, is_last_try: bool) -> Condition:
    """The condition of a file to be saved.

    Raises:
        FetchFailed: another transfer may give a better file.
    """
    is_known = fetched.sha256 == seen_sha256
    if found.damage is None and (fetched.is_complete or (is_known and found.is_complete)):
        if not found.is_unknown_kind or is_known or is_last_try:
            return Condition.OK if found.kind.is_shown and not found.is_unshowable else Condition.UNSHOWABLE
        raise FetchFailed("The link returned a file of an unknown kind.", sha256=fetched.sha256)
    if is_last_try or (is_known and fetched.is_complete):
        return Condition.DAMAGED
    raise FetchFailed(found.damage or "The file arrived incomplete.", sha256=fetched.sha256)
