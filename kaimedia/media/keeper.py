"""From a result link to finished files: fetched, examined, with thumbnails, all under one stem."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from kaimedia.domain import Condition, Modality, SavedFile
from kaimedia.errors import FetchFailed, KaimediaError, StorageFull
from kaimedia.media import names
from kaimedia.media.examine import Examined, NewTemp, examine
from kaimedia.media.fetch import Fetched, fetch
from kaimedia.media.room import DiskRoom
from kaimedia.media.storage import MIN_FREE_BYTES, RESERVE_BYTES, Storage

MAX_BYTES = 64 * 1024**3
SLOWEST_BYTES_PER_S = 32 * 1024
MOST_KNOWN = 1000


class Keeper:
    """Saves results into a storage. Safe to use from several threads; images are decoded one at a time.

    A result may be as large as the disk allows with `reserve_bytes` left free; `max_bytes` ends what never ends.
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
        self._too_large_for_now: dict[str, int] = {}  # by key: bytes that there was no room for

    def keep(
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
        """Fetch one result and keep it, whatever it is; `at` becomes part of its name.

        `extra_hosts` are trusted this once. With the same `key` a second fetch takes the name of the first, so that
        a crash between file and row leaves no orphan behind. `modality` is what was asked for: it names files whose
        own bytes say neither image nor video.

        A file that looks damaged is worth another transfer, so the first arrival is an error. It is kept when
        `seen_sha256` shows that the same bytes came before, or at the last try.

        The result's own file appears last, so that its presence means all of it is there. What no thumbnail can
        be made of is kept without.

        Raises:
            UnsupportedMedia: the link gave a page or a message instead of a file.
            FetchFailed: not fetched, or arrived damaged (then with its `sha256`); may be tried again.
            ResultExpired, TooLarge, UnsafePath, StorageFull: as `fetch` says.
        """
        with self._temps() as new_temp:
            temp = new_temp(".part")
            with self._room_for(key or url) as limit:
                fetched = fetch(
                    url,
                    temp,
                    max_bytes=limit,
                    trusted_hosts=(*self._trusted_hosts, *extra_hosts),
                    slowest_bytes_per_s=SLOWEST_BYTES_PER_S,
                    keeps_partial=True,
                )
            found = examine(temp, new_temp)
            condition = _condition(found, fetched, seen_sha256=seen_sha256, is_last_try=is_last_try)
            name = names.new_name(found.kind.modality or modality, at, found.kind.ext, key)
            return self._put(name, temp, found, fetched, condition)

    def delete(self, file_names: Iterable[str | None]) -> None:
        """Remove files by name; missing ones and None are fine."""
        for name in file_names:
            if name is not None:
                self._storage.delete(name)

    def has_room(self, min_bytes: int = MIN_FREE_BYTES) -> bool:
        """Whether new results may be asked for, see `Storage.has_room`."""
        return self._storage.has_room(min_bytes)

    def check_ready(self) -> None:
        """Raises StorageFull when a result could not be kept now, see `Storage.check_ready`."""
        self._storage.check_ready()

    @contextmanager
    def _room_for(self, key: str) -> Iterator[DiskRoom]:
        """The limit of one file. One that had no room is not begun again before there is more than last time.

        Else a body that never ends would fill the disk anew at every try.
        """
        free_bytes, reserve_bytes = self._storage.free_bytes, self._reserve_bytes
        limit = DiskRoom(free_bytes, reserve_bytes=reserve_bytes, max_bytes=self._max_bytes)
        with self._guard:
            needed_bytes = self._too_large_for_now.get(key, 0)
        if needed_bytes:
            limit.require(needed_bytes)
        try:
            yield limit
        except StorageFull:
            with self._guard:
                if limit.seen_bytes and len(self._too_large_for_now) < MOST_KNOWN:
                    self._too_large_for_now[key] = limit.seen_bytes
            raise
        with self._guard:
            self._too_large_for_now.pop(key, None)

    @contextmanager
    def _temps(self) -> Iterator[NewTemp]:
        made: list[Path] = []

        def new_temp(suffix: str) -> Path:
            made.append(self._storage.new_temp(suffix))
            return made[-1]

        try:
            yield new_temp
        finally:
            for temp in made:
                temp.unlink(missing_ok=True)

    def _put(self, name: str, temp: Path, found: Examined, fetched: Fetched, condition: Condition) -> SavedFile:
        wanted = (
            (found.thumbnail, names.thumbnail_name),
            (found.large, names.large_thumbnail_name),
            (found.poster, names.poster_name),
        )
        given = [derive(name) if part else None for part, derive in wanted]
        try:
            for (part, _), part_name in zip(wanted, given, strict=True):
                if part and part_name:
                    self._storage.put(part, part_name, more_follow=True)
            self._storage.put(temp, name)
        except KaimediaError:
            self.delete(given)
            raise
        return SavedFile(
            filename=name,
            mime_type=found.kind.mime_type,
            size_bytes=fetched.size_bytes,
            sha256=fetched.sha256,
            width_px=found.width_px,
            height_px=found.height_px,
            duration_s=found.duration_s,
            thumbnail_name=given[0],
            thumbnail_large_name=given[1],
            poster_name=given[2],
            colors=found.colors,
            media_type=found.kind.modality,
            condition=condition,
        )


def _condition(found: Examined, fetched: Fetched, *, seen_sha256: str | None, is_last_try: bool) -> Condition:
    """What is to be said of a file that is kept.

    Raises:
        FetchFailed: another transfer may bring a better one.
    """
    is_known = fetched.sha256 == seen_sha256
    if found.damage is None and (fetched.is_whole or (is_known and found.is_complete)):
        if not found.is_doubtful or is_known or is_last_try:
            return Condition.OK if found.kind.is_shown and not found.is_odd else Condition.UNSHOWABLE
        raise FetchFailed("The link gave a file of an unknown kind.", sha256=fetched.sha256)
    if is_last_try or (is_known and fetched.is_whole):
        return Condition.DAMAGED
    raise FetchFailed(found.damage or "The file arrived incomplete.", sha256=fetched.sha256)
