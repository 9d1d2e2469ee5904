"""Media in a folder of this machine."""

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
from kaimedia.media.durable import disk_errors, is_no_room, move_into_place, sync_folder
from kaimedia.media.names import check_name, is_ours
from kaimedia.media.storage import MIN_FREE_BYTES

INCOMING = ".incoming"
TEMP_PREFIX = ".part-"
PROBE_BYTES = 64 * 1024
MIN_FREE_SHARE = 0.05
# on a large disk five in a hundred is more than any batch of results
SHARE_CAP_BYTES = 2 * 1024**3


class LocalStorage:
    """Finished files directly in `root`, unfinished ones in `root/.incoming`.

    A link in the place of a finished file counts as missing: it is neither read nor followed.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self._incoming = self.root / INCOMING

    def new_temp(self, suffix: str = "") -> Path:
        """A fresh empty file below `.incoming`, readable by us alone."""
        if not suffix.replace(".", "").isalnum() and suffix:
            raise ValueError(f"{suffix!r} is no suffix")
        temp = self._incoming / f"{TEMP_PREFIX}{secrets.token_hex(16)}{suffix}"
        with disk_errors():
            self._incoming.mkdir(parents=True, exist_ok=True)
            temp.touch(mode=0o600, exist_ok=False)
        return temp

    def put(self, temp: Path, name: str, *, more_follow: bool = False) -> None:
        """Sync `temp`, rename it to `name`, sync the folder unless `more_follow`."""
        move_into_place(temp, self.root / check_name(name), more_follow=more_follow)

    def path(self, name: str) -> Path | None:
        """The path of a finished regular file, else None."""
        path = self.root / check_name(name)
        try:
            mode = path.lstat().st_mode
        except OSError:
            return None
        return path if stat.S_ISREG(mode) else None

    def exists(self, name: str) -> bool:
        """Whether the finished file is there."""
        return self.path(name) is not None

    def open(self, name: str) -> BinaryIO:
        """The finished file for reading; links are not followed."""
        path = self.root / check_name(name)
        try:
            return os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb")
        except OSError as error:
            raise ResultExpired(
                "This file is no longer in the media folder.", next_step="Reload the page; it may have been deleted."
            ) from error

    def delete(self, name: str, *, more_follow: bool = False) -> None:
        """Remove the finished file (or a link in its place); a missing one is fine."""
        path = self.root / check_name(name)
        with disk_errors(), suppress(FileNotFoundError):
            path.unlink()
            if not more_follow:
                sync_folder(self.root)

    def names(self) -> Iterator[str]:
        """Names of the regular files that are ours; anything else in the folder is passed over."""
        with disk_errors(), suppress(FileNotFoundError), os.scandir(self.root) as entries:
            for entry in entries:
                if is_ours(entry.name) and entry.is_file(follow_symlinks=False):
                    yield entry.name

    def free_bytes(self) -> int:
        """What an ordinary user may still write to this disk."""
        return shutil.disk_usage(self._existing()).free

    def has_room(self, min_bytes: int = MIN_FREE_BYTES) -> bool:
        """Whether `min_bytes` and 5 % of the disk (at most 2 GB) are free."""
        usage = shutil.disk_usage(self._existing())
        return usage.free >= max(min_bytes, min(int(usage.total * MIN_FREE_SHARE), SHARE_CAP_BYTES))

    def check_writable(self) -> None:
        """Write, sync and remove 64 KB the way a result would be."""
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
            if is_no_room(error.__cause__):
                raise
            raise self._not_writable(str(getattr(error.__cause__, "strerror", "") or error.message)) from error
        if not self.has_room():
            raise StorageFull("The disk that holds the media is nearly full.")

    def check_ready(self) -> None:
        """See without writing that a result could be kept: rights, a file system that is not read-only, room."""
        for folder in (self._existing(), self._incoming):
            if folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
                raise self._not_writable("read-only")
        if not self.has_room():
            raise StorageFull("There is no room to keep the result.")

    def _not_writable(self, reason: str) -> StorageFull:
        return StorageFull(
            f"The media folder {self.root} cannot be written ({reason}).",
            next_step="Give this program the right to write there, or set KAIMEDIA_MEDIA_URL to another folder; "
            "waiting tasks are sent then.",
        )

    def sweep(self, older_than_s: float) -> int:
        """Drop what crashed downloads left in `.incoming`."""
        oldest = time.time() - older_than_s
        dropped = 0
        for temp in self._incoming.glob(f"{TEMP_PREFIX}*"):
            with suppress(OSError):  # another process may sweep too
                if temp.lstat().st_mtime < oldest:
                    temp.unlink()
                    dropped += 1
        return dropped

    def _existing(self) -> Path:
        return next(folder for folder in (self.root, *self.root.parents) if folder.exists())
