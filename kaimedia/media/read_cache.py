"""Copies on this disk of small files of a storage on another machine, for files that are read again and again."""

from __future__ import annotations

import io
import os
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

from kaimedia.errors import StorageFull
from kaimedia.media.temp_folder import INCOMING, TempFolder

MAX_ENTRY_BYTES = 16 * 1024**2  # thumbnails, images, short videos; longer ones are read in ranges
MAX_ENTRY_SHARE = 0.25  # of the whole cache
TRIM_TO_SHARE = 0.8
TRIM_EVERY_SHARE = 0.1  # written by one process; two of them stay below the limit
TOUCH_AFTER_S = 60.0
READ_BYTES = 64 * 1024


class ReadCache:
    """Files by name in `folder`, at most `max_bytes`; those not read for the longest time are deleted first.

    Several processes may share the folder. A name's bytes do not change, so a copy of the right size is right.
    Nothing here raises: a copy that cannot be read or written is just not used.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._temps = TempFolder(folder, "KAIMEDIA_DATA")
        self._guard = threading.Lock()
        self._untrimmed_bytes = float("inf")  # an earlier process may have left more than the limit is now

    def accepts(self, size_bytes: int) -> bool:
        """Whether a file of that size is cached."""
        return 0 < size_bytes <= min(MAX_ENTRY_BYTES, self._max_bytes * MAX_ENTRY_SHARE)

    def open(self, name: str, size_bytes: int) -> BinaryIO | None:
        """The copy of the file with that size, None if there is none."""
        path = self._folder / name
        try:
            file = path.open("rb")
        except OSError:
            return None
        found = os.fstat(file.fileno())
        if found.st_size != size_bytes:
            file.close()
            self.forget(name)
            return None
        if time.time() - found.st_mtime > TOUCH_AFTER_S:
            with suppress(OSError):  # just deleted by another process
                os.utime(path)
        return file

    def recorded(self, name: str, size_bytes: int, source: BinaryIO) -> BinaryIO:
        """`source`, which reads the whole file; once it has been read to its end, there is a copy."""
        try:
            temp = self._temps.new()
            if not self._temps.has_space():
                temp.unlink()
                return source
            copy = temp.open("wb")
        except (StorageFull, OSError):
            return source
        return cast(BinaryIO, io.BufferedReader(_Recorded(self, name, size_bytes, source, temp, copy), READ_BYTES))

    def keep(self, temp: Path, name: str, size_bytes: int) -> None:
        """Make a temporary file the copy, and delete others if there are too many."""
        try:
            temp.replace(self._folder / name)
        except OSError:
            temp.unlink(missing_ok=True)
            return
        with self._guard:
            self._untrimmed_bytes += size_bytes
            is_due = self._untrimmed_bytes > self._max_bytes * TRIM_EVERY_SHARE
            if is_due:
                self._untrimmed_bytes = 0.0
        if is_due:
            self._trim()

    def forget(self, name: str) -> None:
        """Delete the copy, if any."""
        with suppress(OSError):
            (self._folder / name).unlink(missing_ok=True)

    def sweep(self, older_than_s: float) -> int:
        """Delete temporary files of crashed processes that are older than that; returns how many."""
        return self._temps.sweep(older_than_s)

    def _trim(self) -> None:
        entries: list[tuple[float, int, str]] = []
        with suppress(OSError), os.scandir(self._folder) as found:
            for entry in found:
                with suppress(OSError):
                    if entry.name != INCOMING:
                        stat = entry.stat(follow_symlinks=False)
                        entries.append((stat.st_mtime, stat.st_size, entry.name))
        left = sum(size for _, size, _ in entries)
        if left <= self._max_bytes * (1 - TRIM_EVERY_SHARE):
            return
        for _, size, name in sorted(entries):
            if left <= self._max_bytes * TRIM_TO_SHARE:
                return
            self.forget(name)
            left -= size


class _Recorded(io.RawIOBase):
    """Reads `source` and writes what it read to `copy`; a failed write ends only the writing."""

    def __init__(
        self, cache: ReadCache, name: str, size_bytes: int, source: BinaryIO, temp: Path, copy: BinaryIO
    ) -> None:
        self._cache = cache
        self._name = name
        self._size_bytes = size_bytes
        self._source = source
        self._temp = temp
        self._copy: BinaryIO | None = copy
        self._left = size_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        chunk = self._source.read(len(buffer))
        buffer[: len(chunk)] = chunk
        if self._copy is not None:
            try:
                self._copy.write(chunk)
                self._left -= len(chunk)
                if not self._left:
                    self._copy.close()
                    self._copy = None
                    self._cache.keep(self._temp, self._name, self._size_bytes)
            except OSError:
                self._drop()
        return len(chunk)

    def close(self) -> None:
        if not self.closed:
            self._drop()
            self._source.close()
        super().close()

    def _drop(self) -> None:
        if self._copy is None:
            return
        copy, self._copy = self._copy, None
        with suppress(OSError):
            copy.close()
        with suppress(OSError):
            self._temp.unlink(missing_ok=True)
