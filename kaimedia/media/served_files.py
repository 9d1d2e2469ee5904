"""Finished files of a storage on another machine as they are shown: with fewer requests to it."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from typing import BinaryIO

from kaimedia.errors import ResultExpired
from kaimedia.media.read_cache import ReadCache
from kaimedia.media.storage import FileFacts, ReadableFiles

FACTS_FOR_S = 300.0  # a file deleted by another process is served for that long at most
MOST_FACTS = 20_000


class ServedFiles:
    """Reads from `files`; facts are remembered for `FACTS_FOR_S`, and small files are copied to `cache`, if any."""

    def __init__(self, files: ReadableFiles, cache: ReadCache | None) -> None:
        self._files = files
        self._cache = cache
        self._guard = threading.Lock()
        self._known: OrderedDict[str, tuple[FileFacts, float]] = OrderedDict()  # until when, monotonic seconds

    def facts(self, name: str) -> FileFacts | None:
        """See `ReadableFiles.facts`; that a file does not exist is not remembered."""
        with self._guard:
            known = self._known.get(name)
        if known is not None and time.monotonic() < known[1]:
            return known[0]
        facts = self._files.facts(name)
        with self._guard:
            self._known.pop(name, None)
            if facts is not None:
                self._known[name] = facts, time.monotonic() + FACTS_FOR_S
                if len(self._known) > MOST_FACTS:
                    self._known.popitem(last=False)
        return facts

    def open(self, name: str, start: int = 0, end: int | None = None) -> BinaryIO:
        """See `ReadableFiles.open`."""
        facts = self.facts(name) if self._cache else None
        if self._cache is None or facts is None or not self._cache.accepts(facts.size_bytes):
            return self._opened(name, start, end)
        if (copy := self._cache.open(name, facts.size_bytes)) is not None:
            copy.seek(start)
            return copy
        if start or (end is not None and end < facts.size_bytes):
            return self._opened(name, start, end)
        return self._cache.recorded(name, facts.size_bytes, self._opened(name, 0, None))

    def _opened(self, name: str, start: int, end: int | None) -> BinaryIO:
        try:
            return self._files.open(name, start, end)
        except ResultExpired:
            self.forget([name])
            raise

    def signed_link(self, name: str, *, life_s: int, media_type: str, disposition: str | None = None) -> str | None:
        """See `ReadableFiles.signed_link`."""
        return self._files.signed_link(name, life_s=life_s, media_type=media_type, disposition=disposition)

    def forget(self, names: Iterable[str]) -> None:
        """The files were deleted or replaced."""
        for name in names:
            with self._guard:
                self._known.pop(name, None)
            if self._cache:
                self._cache.forget(name)

    def sweep(self, older_than_s: float) -> int:
        """Delete temporary files of the cache; returns how many."""
        return self._cache.sweep(older_than_s) if self._cache else 0
