"""Media storage in a local folder."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from kaimedia.errors import ResultExpired, StorageFull
from kaimedia.media.durable import disk_errors, is_out_of_space, move_into_place, sync_folder
from kaimedia.media.names import check_name, is_ours
from kaimedia.media.storage import MIN_FREE_BYTES

INCOMING = ".incoming"
TEMP_PREFIX = ".part-"
PROBE_BYTES = 64 * 1024
MIN_FREE_SHARE = 0.05
# on a large disk 5 % is more than any batch of results needs
SHARE_CAP_BYTES = 2 * 1024**3


class LocalStorage:
    """Finished files are directly in `root`, unfinished ones in `root/.incoming`.

    A symlink in place of a finished file counts as missing: it is neither read nor followed.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self._incoming = self.root / INCOMING

    def new_temp(self, suffix: str = "") -> Path:
        """A new empty file in `.incoming`, readable only by this user."""
        if not suffix.replace(".", "").isalnum() and suffix:
            raise ValueError(f"{suffix!r} is not a suffix")
        temp = self._incoming / f"{TEMP_PREFIX}{secrets.token_hex(16)}{suffix}"
        with disk_errors():
            self._incoming.mkdir(parents=True, exist_ok=True)
            temp.touch(mode=0o600, exist_ok=False)
        return temp

    def put(self, temp: Path, name: str, *, defer_sync: bool = False) -> None:
        """Sync `temp`, rename it to `name`, sync the folder unless `defer_sync`."""
        move_into_place(temp, self.root / check_name(name), defer_sync=defer_sync)

    def path(self, name: str) -> Path | None:
        """The path of a finished regular file, or None."""
        path = self.root / check_name(name)
        try:
            mode = path.lstat().st_mode
        except OSError:
            return None
        return path if stat.S_ISREG(mode) else None

    def exists(self, name: str) -> bool:
        """Whether the finished file exists."""
        return self.path(name) is not None

    def open(self, name: str) -> BinaryIO:
        """Open the finished file for reading; symlinks are not followed."""
        path = self.root / check_name(name)
        try:
            return os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb")
        except OSError as error:
            raise ResultExpired(
                "This file is no longer in the media folder.", next_step="Reload the page; it may have been deleted."
            ) from error

    def delete(self, name: str, *, defer_sync: bool = False) -> None:
        """Delete the finished file (or a symlink in its place); a missing one is fine."""
        path = self.root / check_name(name)
        with disk_errors(), suppress(FileNotFoundError):
            path.unlink()
            if not defer_sync:
                sync_folder(self.root)

    def names(self) -> Iterator[str]:
        """Names of the regular files that are ours; anything else in the folder is ignored."""
        with disk_errors(), suppress(FileNotFoundError), os.scandir(self.root) as entries:
            for entry in entries:
                if is_ours(entry.name) and entry.is_file(follow_symlinks=False):
                    yield entry.name

    def free_bytes(self) -> int:
        """Free space on this disk for an ordinary user, in bytes."""
        return shutil.disk_usage(self._nearest_existing()).free

    def has_space(self, min_bytes: int = MIN_FREE_BYTES) -> bool:
        """Whether `min_bytes` and 5 % of the disk (at most 2 GB) are free."""
        usage = shutil.disk_usage(self._nearest_existing())
        return usage.free >= max(min_bytes, min(int(usage.total * MIN_FREE_SHARE), SHARE_CAP_BYTES))

    def check_writable(self) -> None:
        """Write, sync and delete 64 KB the way a result would be written."""
        try:
            temp = self.new_temp()
            try:
                with disk_errors(), temp.open("wb") as file:
                    file.write(bytes(PROBE_BYTES))
                    file.flush()
                    os.fsync(file.fileno())
            finally:
                temp.unlink(missing_ok=True)
        except StorageFull as error:
            if is_out_of_space(error.__cause__):
                raise
            raise self._not_writable(str(getattr(error.__cause__, "strerror", "") or error.message)) from error
        if not self.has_space():
            raise StorageFull("The disk that holds the media is nearly full.")

    def check_ready(self) -> None:
        """Check without writing that a result could be saved: permissions, not read-only, enough space."""
        for folder in (self._nearest_existing(), self._incoming):
            if folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
                raise self._not_writable("read-only")
        if not self.has_space():
            raise StorageFull("There is not enough disk space to save the result.")

    def _not_writable(self, reason: str) -> StorageFull:
        return StorageFull(
            f"The media folder {self.root} cannot be written ({reason}).",
            next_step="Make the folder writable for this program, or set KAIMEDIA_MEDIA_URL to another folder; "
            "then waiting tasks are sent.",
        )

    def sweep(self, older_than_s: float) -> int:
        """Delete what crashed downloads left in `.incoming`; returns how many files."""
        oldest = time.time() - older_than_s
        deleted = 0
        for temp in self._incoming.glob(f"{TEMP_PREFIX}*"):
            with suppress(OSError):  # another process may sweep too
                if temp.lstat().st_mtime < oldest:
                    temp.unlink()
                    deleted += 1
        return deleted

    def _nearest_existing(self) -> Path:
        return next(folder for folder in (self.root, *self.root.parents) if folder.exists())
