"""The folder where results are received before they are stored."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from contextlib import suppress
from pathlib import Path

from kaimedia.errors import StorageFull
from kaimedia.media.durable import disk_errors, is_out_of_space
from kaimedia.media.storage import MIN_FREE_BYTES, PROBE_BYTES

INCOMING = ".incoming"
TEMP_PREFIX = ".part-"
MIN_FREE_SHARE = 0.05
# on a large disk 5 % is more than any batch of results needs
SHARE_CAP_BYTES = 2 * 1024**3


class TempFolder:
    """Temporary files in `root/.incoming`. `setting` is the one that says where `root` is, for errors."""

    def __init__(self, root: Path, setting: str) -> None:
        self.root = root.absolute()
        self._folder = self.root / INCOMING
        self._setting = setting

    def new(self, suffix: str = "") -> Path:
        """A new empty file, readable only by this user.

        Raises:
            ValueError: the suffix has other characters than letters, digits and dots.
            StorageFull: no space, or the folder cannot be written.
        """
        if not suffix.replace(".", "").isalnum() and suffix:
            raise ValueError(f"{suffix!r} is not a suffix")
        temp = self._folder / f"{TEMP_PREFIX}{secrets.token_hex(16)}{suffix}"
        with disk_errors():
            self._folder.mkdir(parents=True, exist_ok=True)
            temp.touch(mode=0o600, exist_ok=False)
        return temp

    def free_bytes(self) -> int:
        """Free space on this disk for an ordinary user, in bytes. Raises StorageFull if the disk cannot be used."""
        with disk_errors():
            return shutil.disk_usage(self._nearest_existing()).free

    def has_space(self, min_bytes: int = MIN_FREE_BYTES) -> bool:
        """Whether `min_bytes` and 5 % of the disk (at most 2 GB) are free."""
        with disk_errors():
            usage = shutil.disk_usage(self._nearest_existing())
        return usage.free >= max(min_bytes, min(int(usage.total * MIN_FREE_SHARE), SHARE_CAP_BYTES))

    def check_writable(self) -> None:
        """Write, sync and delete 64 KB the way a result would be written. Raises StorageFull."""
        try:
            temp = self.new()
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
        """Check without writing: permissions, not read-only, enough space. Raises StorageFull."""
        for folder in (self._nearest_existing(), self._folder):
            if folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
                raise self._not_writable("read-only")
        if not self.has_space():
            raise StorageFull("There is not enough disk space to save the result.")

    def sweep(self, older_than_s: float) -> int:
        """Delete what crashed downloads left; returns how many files."""
        oldest = time.time() - older_than_s
        deleted = 0
        for temp in self._folder.glob(f"{TEMP_PREFIX}*"):
            with suppress(OSError):  # another process may sweep too
                if temp.lstat().st_mtime < oldest:
                    temp.unlink()
                    deleted += 1
        return deleted

    def _not_writable(self, reason: str) -> StorageFull:
        return StorageFull(
            f"The folder {self.root} cannot be written ({reason}).",
            next_step=f"Make the folder writable for this program, or set {self._setting} to another folder; "
            "then waiting tasks are sent.",
        )

    def _nearest_existing(self) -> Path:
        return next(folder for folder in (self.root, *self.root.parents) if folder.exists())
