"""Uploads in the media storage, where every process of the app finds them."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kaimedia.media.durable import disk_errors
from kaimedia.media.storage import FileFacts, Files, no_longer_stored

USED = "used"
COPY_BYTES = 1024 * 1024


class StoredUploads:
    """`files` has each upload as `ID-OWNER.ext`, the second a hash, and an empty `ID-OWNER.used` from its last use.

    One that was unused for `retention` counts as missing. Every method raises `StorageUnavailable` while the storage
    does not respond.
    """

    def __init__(self, files: Files, retention: timedelta) -> None:
        self._files = files
        self._retention = retention

    def used_bytes(self) -> int:
        """The size of all together."""
        return sum(facts.size_bytes for facts in self._files.files().values())

    def put(self, path: Path, name: str) -> None:
        """Copy a file of this machine there. Raises StorageFull without space for a temporary copy."""
        temp = self._files.new_temp()
        try:
            with disk_errors():
                shutil.copyfile(path, temp)
            self._files.put(temp, name)
        finally:
            temp.unlink(missing_ok=True)

    def find(self, stem: str) -> str | None:
        """The name of the upload `ID-OWNER`, None if there is none."""
        found = self._files.files()
        names = [name for name in found if name.startswith(f"{stem}.") and not _is_mark(name)]
        return next((name for name in names if self._is_kept(name, found)), None)

    def note_use(self, name: str) -> None:
        """Restart its retention."""
        temp = self._files.new_temp()
        try:
            self._files.put(temp, _mark_of(name))
        finally:
            temp.unlink(missing_ok=True)

    def fetch(self, name: str, path: Path) -> None:
        """Copy the upload into a file of this machine. Raises ResultExpired if it was deleted meanwhile."""
        size_bytes = 0
        with self._files.open(name) as source, disk_errors(), path.open("wb") as sink:
            while piece := source.read(COPY_BYTES):
                size_bytes += sink.write(piece)
        facts = self._files.facts(name)
        if facts is None or facts.size_bytes != size_bytes:
            raise no_longer_stored()

    def remove(self, name: str) -> None:
        """Delete it."""
        self._files.delete([name, _mark_of(name)])

    def sweep(self) -> int:
        """Delete those unused for the retention; returns how many files."""
        found = self._files.files()
        old = [name for name in found if not self._is_kept(name, found)]
        self._files.delete(old)
        return len(old)

    def _is_kept(self, name: str, found: dict[str, FileFacts]) -> bool:
        times = [found[each].modified_at for each in (name, _mark_of(name)) if each in found]
        return datetime.now(UTC) - max(times) <= self._retention


def _mark_of(name: str) -> str:
    return f"{name.partition('.')[0]}.{USED}"


def _is_mark(name: str) -> bool:
    return name.endswith(f".{USED}")
