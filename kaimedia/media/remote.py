"""What storages on another machine share."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path, PurePath
from typing import BinaryIO, Protocol

from kaimedia.errors import StorageUnavailable
from kaimedia.media.durable import disk_errors
from kaimedia.media.resumed_reader import READ_BYTES
from kaimedia.media.temp_folder import TempFolder


class DatedMarks(Protocol):
    """`Marks` of a server that says when it wrote one."""

    def leave(self) -> str:
        """See `Marks`."""

    def written_at(self, mark: str) -> datetime | None:
        """When the mark was written by the server's clock, None if it does not exist."""

    def remove(self, mark: str) -> None:
        """See `Marks`."""


class LastCheck:
    """Whether a storage responds, asked again only when the last answer is too old (`Storage.check_responds`)."""

    def __init__(self, check: Callable[[], None]) -> None:
        self._check = check
        self._last: tuple[float, StorageUnavailable | None] | None = None  # when (monotonic, seconds), outcome

    def __call__(self, max_age_s: float) -> None:
        """Check, unless that was done up to `max_age_s` ago.

        Raises:
            StorageUnavailable: it does not respond, or did not.
        """
        last = self._last
        if last is None or time.monotonic() - last[0] > max_age_s:
            problem = None
            try:
                self._check()
            except StorageUnavailable as error:
                problem = error
            self._last = last = time.monotonic(), problem
        if last[1] is not None:
            raise StorageUnavailable(last[1].message, next_step=last[1].next_step)

    def forget(self) -> None:
        """Something else failed: check again the next time."""
        self._last = None


@contextmanager
def downloaded(name: str, opened: Callable[[str], BinaryIO], temps: TempFolder) -> Iterator[Path]:
    """A temporary copy of a file, downloaded now and deleted afterwards (`Storage.local_copy`)."""
    temp = temps.new(PurePath(name).suffix)
    try:
        with opened(name) as source, disk_errors(), temp.open("wb") as sink:
            shutil.copyfileobj(source, sink, READ_BYTES)
        yield temp
    finally:
        temp.unlink(missing_ok=True)


def server_time(marks: DatedMarks) -> datetime | None:
    """The time the server gave to a test file (`Storage.server_time`)."""
    mark = marks.leave()
    written_at = marks.written_at(mark)
    marks.remove(mark)
    return written_at
