"""Media storage in a local folder."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from kaimedia.errors import StorageFull, StorageUnavailable
from kaimedia.media.durable import disk_errors, move_into_place, sync_folder
from kaimedia.media.marks import FolderMarks, Marks
from kaimedia.media.names import check_name
from kaimedia.media.storage import MIN_FREE_BYTES, FileFacts, Files, ReadableFiles, no_longer_stored
from kaimedia.media.temp_folder import TempFolder

_NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})  # ELOOP: a symlink


class LocalStorage:
    """Finished files are directly in `root`, unfinished ones in `root/.incoming`.

    A symlink in place of a finished file counts as missing: it is neither read nor followed.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self._temps = TempFolder(self.root, "KAIMEDIA_MEDIA_URL")

    @property
    def place(self) -> str:
        """The path of the folder."""
        return str(self.root)

    @property
    def served(self) -> ReadableFiles:
        """Itself."""
        return self

    @property
    def inputs(self) -> Files | None:
        """None."""
        return None

    @property
    def uploads(self) -> Files | None:
        """None."""
        return None

    @property
    def marks(self) -> Marks:
        """Hidden files."""
        return FolderMarks(self.root)

    def signed_link(self, name: str, *, life_s: int, media_type: str, disposition: str | None = None) -> str | None:
        """None: the app streams the files."""
        check_name(name)
        return None

    def check_links(self) -> None:
        """Nothing to check."""

    def new_temp(self, suffix: str = "") -> Path:
        """A new empty file in `.incoming`, on the same file system as the finished files."""
        return self._temps.new(suffix)

    def put(self, temp: Path, name: str, *, defer_sync: bool = False) -> None:
        """Sync `temp`, rename it to `name`, sync the folder unless `defer_sync`."""
        move_into_place(temp, self.root / check_name(name), defer_sync=defer_sync)

    def facts(self, name: str) -> FileFacts | None:
        """Size, time and tag of a finished regular file, or None."""
        with self._reading():
            found = self._stat(name)
        return None if found is None else _facts_of(found)

    def missing(self, names: Iterable[str]) -> set[str]:
        """Looks at each file; on a local disk that is quick."""
        with self._reading():
            return {name for name in names if self._stat(name) is None}

    def _stat(self, name: str) -> os.stat_result | None:
        try:
            found = os.lstat(f"{self.root}{os.sep}{check_name(name)}")
        except (FileNotFoundError, NotADirectoryError):
            return None
        return found if stat.S_ISREG(found.st_mode) else None

    def files(self) -> dict[str, FileFacts]:
        """The regular files; hidden ones are left out."""
        found: dict[str, FileFacts] = {}
        with self._reading(), suppress(FileNotFoundError), os.scandir(self.root) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):  # just deleted
                    if not entry.name.startswith(".") and entry.is_file(follow_symlinks=False):
                        found[entry.name] = _facts_of(entry.stat(follow_symlinks=False))
        return found

    def open(self, name: str, start: int = 0, end: int | None = None) -> BinaryIO:
        """Open the finished file; symlinks are not followed. Reading does not stop at `end`."""
        path = f"{self.root}{os.sep}{check_name(name)}"
        with self._reading():
            try:
                file = os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb")
            except OSError as error:
                if error.errno in _NOT_THERE:
                    raise no_longer_stored() from error
                raise
            if start:
                file.seek(start)
            return file

    @contextmanager
    def local_copy(self, name: str) -> Iterator[Path]:
        """The path of the finished file itself."""
        if self.facts(name) is None:
            raise no_longer_stored()
        yield self.root / name

    def delete(self, names: Iterable[str]) -> None:
        """Delete finished files (or symlinks in their place), then sync the folder once."""
        paths = [self.root / check_name(name) for name in names]
        with disk_errors():
            for path in paths:
                path.unlink(missing_ok=True)
            if paths and self.root.is_dir():
                sync_folder(self.root)

    def free_bytes(self) -> int | None:
        """Free space on this disk; None where the disk does not say."""
        try:
            return self._temps.free_bytes()
        except StorageFull:
            return None

    def free_temp_bytes(self) -> int:
        """Free space on the same disk."""
        return self._temps.free_bytes()

    def has_space(self, min_bytes: int = MIN_FREE_BYTES) -> bool:
        """Whether `min_bytes` and 5 % of the disk (at most 2 GB) are free."""
        return self._temps.has_space(min_bytes)

    def check_responds(self, max_age_s: float = 0.0) -> None:
        """Nothing to check: what is wrong with a disk is seen where it is used."""

    def check_ready(self, max_age_s: float = 0.0) -> None:
        """Permissions, not read-only, enough space; always as of now, since it takes no time."""
        self._temps.check_ready()

    def check_writable(self) -> None:
        """Write, sync and delete 64 KB the way a result would be written."""
        self._temps.check_writable()

    def server_time(self) -> datetime | None:
        """None: a folder has no clock of its own."""
        return None

    def sweep(self, older_than_s: float) -> int:
        """Delete what crashed downloads left in `.incoming`; returns how many files."""
        return self._temps.sweep(older_than_s)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """A folder that cannot be read is not one without the file."""
        try:
            yield
        except OSError as error:
            raise StorageUnavailable(
                f"The media folder {self.root} cannot be read ({os.strerror(error.errno or errno.EIO)}).",
                next_step="Check the folder, its permissions and the disk, then try again.",
            ) from error


def _facts_of(found: os.stat_result) -> FileFacts:
    modified_at = datetime.fromtimestamp(found.st_mtime, UTC)
    return FileFacts(found.st_size, modified_at, f'"{found.st_mtime_ns:x}-{found.st_size:x}"')
