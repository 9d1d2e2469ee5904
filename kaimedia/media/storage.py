"""The interface of media storage; `local.py` implements it for a folder, `s3.py` for an S3 bucket."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from kaimedia.errors import ResultExpired
from kaimedia.media.marks import Marks

MIN_FREE_BYTES = 200 * 1024**2
RESERVE_BYTES = 100 * 1024**2  # always left free; less than MIN_FREE_BYTES, so that a new task's result still fits
PROBE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is known of a finished file without reading it; `etag` is a strong tag in quotes."""

    size_bytes: int
    modified_at: datetime
    etag: str


class ReadableFiles(Protocol):
    """Finished files to read by name; errors as `Storage` says."""

    def facts(self, name: str) -> FileFacts | None:
        """Size, time and tag of the finished file, None if it does not exist."""

    def open(self, name: str, start: int = 0, end: int | None = None) -> BinaryIO:
        """Open the finished file to read it once, without seeking, from the byte `start` on.

        `start` is before the end of the file. `end` says up to which byte it will be read; None: to its end.

        Raises:
            ResultExpired: it does not exist (any more).
        """

    def signed_link(self, name: str, *, life_s: int, media_type: str, disposition: str | None = None) -> str | None:
        """A link with which a browser can read the file for at most `life_s` seconds; None if the storage has none.

        The response has that type and `Content-Disposition`. The link stays the same for a third of `life_s`, and
        whenever it is returned, it is valid for two thirds or more. Whether the file exists is not checked.
        """


class Files(Protocol):
    """Files of any kind by name: the finished ones of a `Storage`, or inputs. See `Storage` for methods and errors."""

    @property
    def place(self) -> str:
        """Where the files are, for people."""

    @property
    def marks(self) -> Marks:
        """Test files that show whether another address is of the same place."""

    def new_temp(self, suffix: str = "") -> Path:
        """A new empty file on this machine."""

    def put(self, temp: Path, name: str, *, defer_sync: bool = False) -> None:
        """Turn a temporary file into a finished one."""

    def facts(self, name: str) -> FileFacts | None:
        """What is known of a file, None if it does not exist."""

    def files(self) -> dict[str, FileFacts]:
        """All files by name."""

    def open(self, name: str, start: int = 0, end: int | None = None) -> BinaryIO:
        """Open a file to read it once."""

    def delete(self, names: Iterable[str]) -> None:
        """Delete files; missing ones are fine."""

    def free_bytes(self) -> int | None:
        """How much more fits; None if that is not known, as during an outage: it raises nothing."""


class Storage(ReadableFiles, Protocol):
    """A flat set of finished files named by `names.py`; the bytes under a name do not change.

    Every method that takes names raises `UnsafePath` for one that is not ours. Every method raises
    `StorageUnavailable` while the storage does not respond: a file is never reported missing then. So does one on
    another machine if the place itself does not exist: a local folder is made when first written to, such a place is
    not. Its address comes from the settings and is not checked further.
    """

    @property
    def place(self) -> str:
        """Where the files are, for people: a folder, or a URL without credentials."""

    @property
    def served(self) -> ReadableFiles:
        """The same files for showing them: what it says may be minutes old, if another process deletes or replaces."""

    @property
    def inputs(self) -> Files | None:
        """Inputs of tasks, named by the hash of their bytes; None where only the folder in KAIMEDIA_DATA has them."""

    @property
    def uploads(self) -> Files | None:
        """Uploads not used yet, named by `uploads.py`; None where only the folder in KAIMEDIA_DATA has them."""

    @property
    def marks(self) -> Marks:
        """Test files that show whether another address is of the same place."""

    def check_links(self) -> None:
        """Check from this machine that a signed link works; nothing to check without links.

        Raises:
            StorageUnavailable: it does not.
        """

    def new_temp(self, suffix: str = "") -> Path:
        """A new empty file on this machine to write into, never served.

        Raises:
            StorageFull: no space, or its folder cannot be written.
        """

    def put(self, temp: Path, name: str, *, defer_sync: bool = False) -> None:
        """Turn a temporary file into a finished one, durably and atomically; `temp` no longer exists afterwards.

        One on another machine checks that what arrived is what was sent, by a hash where the place has one, at least by
        its size. Called again after a lost response, it succeeds: the file may be there already, with the same bytes.

        With `defer_sync` it becomes durable only when the last file is put without it.

        Raises:
            StorageFull: no space left, or the storage cannot be written right now.
        """

    def missing(self, names: Iterable[str]) -> set[str]:
        """Those of the names that have no finished file."""

    def files(self) -> dict[str, FileFacts]:
        """All files by name, those with names that are not ours too, but not temporary ones. May take seconds."""

    def local_copy(self, name: str) -> AbstractContextManager[Path]:
        """A path to the finished file's bytes during the block, only to be read; for programs that need a path.

        Raises:
            ResultExpired: it does not exist (any more).
            StorageFull: there is no space for a copy.
        """

    def delete(self, names: Iterable[str]) -> None:
        """Delete finished files, durably; missing ones are fine."""

    def free_bytes(self) -> int | None:
        """How much more the storage can hold, in bytes; None if that is not known or has no limit.

        Raises nothing: during an outage it is not known.
        """

    def free_temp_bytes(self) -> int:
        """Free space for temporary files, in bytes: results are received there."""

    def has_space(self, min_bytes: int = MIN_FREE_BYTES) -> bool:
        """Whether results can be received: `min_bytes` and 5 % of the temporary disk (at most 2 GB) are free."""

    def check_responds(self, max_age_s: float = 0.0) -> None:
        """Check that the storage responds; called before a result is fetched for it. May take as long as timeouts.

        The outcome of a check up to `max_age_s` seconds ago counts too. Raises `StorageUnavailable` only.
        """

    def check_ready(self, max_age_s: float = 0.0) -> None:
        """Check that a result could be saved: see `has_space` and `check_responds`; called before paid requests.

        One on another machine whose own space is known checks that for `MIN_FREE_BYTES` too.

        Raises:
            StorageFull: not enough space, or the storage cannot be written.
        """

    def check_writable(self) -> None:
        """Write and delete a test file, and check that results still fit.

        Raises:
            StorageFull: not enough space, see `has_space`, or the storage cannot be written.
        """

    def server_time(self) -> datetime | None:
        """What time it is on the server that holds the files; None if this machine's clock counts.

        A bucket's answer is in whole seconds, and costs writing and deleting a test file.
        """

    def sweep(self, older_than_s: float) -> int:
        """Delete what crashes left and is older than that; returns how many. Finished files are never touched."""


def no_longer_stored() -> ResultExpired:
    """The error for a file that does not exist (any more)."""
    return ResultExpired(
        "This file is no longer in the media storage.", next_step="Reload the page; it may have been deleted."
    )
