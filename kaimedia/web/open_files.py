"""Files that were just served, kept open for a moment: their next ranges are read without waiting for a disk.

A video that is being searched is asked for many small ranges. Reading them on the event loop saves two changes of
thread each, half of the time they take, but a read that waits for a disk would stop every other request. Linux has a
read that never waits (`preadv2` with `RWF_NOWAIT`): it fails unless the bytes are in memory. Where the system or the
file system has none, every request is answered on a thread.
"""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from contextlib import suppress
from io import BytesIO
from typing import BinaryIO, NamedTuple

from kaimedia.media.storage import FileFacts, ReadableFiles

# How long a file that was deleted but has another hard link, or is on a disk that was removed, is served after it was
# last looked for.
KEEP_S = 1.0
MOST_FILES = 64
# More would keep the event loop busy for too long.
MOST_BYTES = 512 * 1024
_NO_WAIT = getattr(os, "RWF_NOWAIT", None)


class _State(NamedTuple):
    size_bytes: int
    modified_ns: int
    has_name: bool  # False once it is deleted

    @classmethod
    def of(cls, descriptor: int) -> _State:
        found = os.fstat(descriptor)
        return cls(found.st_size, found.st_mtime_ns, found.st_nlink > 0)


class OpenFile:
    """A file as it was when it was found on a thread; it is closed when nothing refers to it. Reads what is in memory.

    The names and links of `ReadableFiles` are not looked for again.
    """

    def __init__(self, facts: FileFacts, descriptor: int) -> None:
        self.known = facts
        self._descriptor = descriptor
        self._found = _State.of(descriptor)

    def __del__(self) -> None:
        os.close(self._descriptor)

    @property
    def is_as_found(self) -> bool:
        """Whether it was neither deleted nor changed; never waits for a local disk, which keeps this in memory."""
        return _State.of(self._descriptor) == self._found and self._found.has_name

    def facts(self, name: str) -> FileFacts | None:
        """As they were."""
        return self.known

    def open(self, name: str, start: int = 0, end: int | None = None) -> BinaryIO:
        """The bytes from `start` to before `end`.

        Raises:
            BlockingIOError: they are not in memory, or are too many.
        """
        size = (self.known.size_bytes if end is None else end) - start
        if size > MOST_BYTES:
            raise BlockingIOError
        buffer = bytearray(size)
        try:
            count = os.preadv(self._descriptor, [buffer], start, _NO_WAIT or 0)
        except OSError as error:  # its file system changed its mind, or the disk failed: a thread finds out
            raise BlockingIOError from error
        if count < size:
            raise BlockingIOError
        return BytesIO(buffer)

    def signed_link(self, name: str, *, life_s: int, media_type: str, disposition: str | None = None) -> str | None:
        """None."""
        return None


class RecordingFiles:
    """Reads from `files`, and keeps the last file that it opened, if the file is of this machine."""

    def __init__(self, files: ReadableFiles) -> None:
        self._files = files
        self._facts: FileFacts | None = None
        self._opened: OpenFile | None = None

    def facts(self, name: str) -> FileFacts | None:
        """See `ReadableFiles.facts`."""
        self._facts = self._files.facts(name)
        return self._facts

    def open(self, name: str, start: int = 0, end: int | None = None) -> BinaryIO:
        """See `ReadableFiles.open`."""
        file = self._files.open(name, start, end)
        with suppress(OSError):  # it has no descriptor, there are too many, or no reads without waiting: it is not kept
            if self._facts is not None and _reads_without_waiting(file.fileno()):
                self._opened = OpenFile(self._facts, os.dup(file.fileno()))
        return file

    def take(self) -> OpenFile | None:
        """The file, once: a response that is sent for long refers to this object, and would keep it open."""
        opened, self._opened = self._opened, None
        return opened

    def signed_link(self, name: str, *, life_s: int, media_type: str, disposition: str | None = None) -> str | None:
        """See `ReadableFiles.signed_link`."""
        return self._files.signed_link(name, life_s=life_s, media_type=media_type, disposition=disposition)


class OpenFiles:
    """The files kept open, by name; used on the event loop only."""

    def __init__(self) -> None:
        self._files: OrderedDict[str, tuple[OpenFile, asyncio.TimerHandle]] = OrderedDict()

    def get(self, name: str) -> OpenFile | None:
        """A file that was kept in the last `KEEP_S` and is as it was then."""
        file = self._files[name][0] if name in self._files else None
        if file is None or file.is_as_found:
            return file
        self._drop(name)
        return None

    def keep(self, name: str, file: OpenFile) -> None:
        """Keep it for `KEEP_S`; the oldest one is closed when there are more than `MOST_FILES`."""
        if name in self._files:
            self._drop(name)
        self._files[name] = file, asyncio.get_running_loop().call_later(KEEP_S, self._drop, name)
        if len(self._files) > MOST_FILES:
            self._drop(next(iter(self._files)))

    def _drop(self, name: str) -> None:
        self._files.pop(name)[1].cancel()


def _reads_without_waiting(descriptor: int) -> bool:
    """Whether this file system has such reads."""
    if _NO_WAIT is None:
        return False
    with suppress(BlockingIOError):  # it has, but the byte is not in memory
        os.preadv(descriptor, [bytearray(1)], 0, _NO_WAIT)
    return True
