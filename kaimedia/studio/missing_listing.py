"""Which saved results have no file, known from comparisons in the background."""

from __future__ import annotations

import logging
import time
from collections.abc import Set
from dataclasses import dataclass

from kaimedia.errors import StorageUnavailable
from kaimedia.media.storage import Storage
from kaimedia.store.media.files import MediaFiles
from kaimedia.studio.lookups import Lookup

log = logging.getLogger(__name__)

IS_FRESH_S = 600.0  # a comparison may list a whole bucket
FEW = 200  # so many missing files are looked at again by name, without a listing
FEW_ARE_FRESH_S = 20.0  # they may have been fetched again


@dataclass(frozen=True, slots=True)
class _Found:
    """The result of a comparison; times are monotonic, in seconds."""

    listed_s: float
    looked_s: float
    names: Set[str]
    in_gallery: int  # of these, not in the trash


class MissingListing:
    """Never waits: a comparison that is too old is repeated in the background."""

    def __init__(self, files: MediaFiles, storage: Storage) -> None:
        self._files = files
        self._storage = storage
        self._found: _Found | None = None
        self._lookup = Lookup("kaimedia-missing-files", self._compare)

    def names(self) -> Set[str]:
        """The names of all missing files at the last comparison; empty before the first."""
        found = self._current()
        return frozenset() if found is None else found.names

    def count(self) -> int:
        """How many results in the gallery have no file; those in the trash are not counted."""
        found = self._current()
        return 0 if found is None else found.in_gallery

    def settled(self) -> bool:
        """Whether no comparison runs."""
        return not self._lookup.is_running

    def _current(self) -> _Found | None:
        found, now_s = self._found, time.monotonic()
        if found is None or now_s - found.listed_s > IS_FRESH_S or (_few(found) and _is_old(found, now_s)):
            self._lookup.request()
        return found

    def _compare(self) -> None:
        """Compare rows and files; the last result stays while the storage does not respond."""
        before, now_s = self._found, time.monotonic()
        saved = {name: in_trash for name, _, in_trash in self._files.sizes()}
        try:
            if before is not None and _few(before) and now_s - before.listed_s <= IS_FRESH_S:
                listed_s = before.listed_s
                missing = self._storage.missing(before.names & saved.keys())
            else:
                listed_s = now_s
                missing = self._storage.missing(saved.keys() - self._storage.files().keys())
        except StorageUnavailable as error:
            log.warning("%s", error)
            empty = _Found(now_s, now_s, frozenset(), 0)
            self._found = empty if before is None else _Found(now_s, now_s, before.names, before.in_gallery)
            return
        self._found = _Found(listed_s, time.monotonic(), missing, sum(not saved[name] for name in missing))


def _few(found: _Found) -> bool:
    return 0 < len(found.names) <= FEW


def _is_old(found: _Found, now_s: float) -> bool:
    return now_s - found.looked_s > FEW_ARE_FRESH_S
