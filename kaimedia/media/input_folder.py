"""The folder of inputs, each named by the hash of its bytes, with a copy in the media storage if that is a bucket."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from kaimedia.errors import ResultExpired
from kaimedia.media.durable import disk_errors, move_into_place, sync_folder
from kaimedia.media.marks import FolderMarks, Marks
from kaimedia.media.names import REFERENCE_NAME
from kaimedia.media.storage import FileFacts, Files, no_longer_stored

INCOMING = ".incoming"
STALE_TEMP_S = 3600.0
COPY_BYTES = 1024 * 1024


class InputFolder:
    """Inputs in a folder that is never served, also as `Files`; a symlink in place of a file counts as missing.

    With `stored`, each file is also there before its name is used, and what the folder lacks is fetched from there:
    then the folder may be lost.
    """

    def __init__(self, folder: Path, stored: Files | None = None) -> None:
        self._folder = folder.absolute()
        self._incoming = self._folder / INCOMING
        self._stored = stored
        self._surely_stored: set[str] = set()
        self._is_copied = stored is None

    @property
    def place(self) -> str:
        """The path of the folder."""
        return str(self._folder)

    @property
    def marks(self) -> Marks:
        """Hidden files."""
        return FolderMarks(self._folder)

    def keep(self, temp: Path, ext: str) -> str:
        """Move a file of this folder to the name that its bytes give it.

        Raises:
            StorageFull: no space left.
            StorageUnavailable: the media storage does not respond.
        """
        name = f"{_hash_of(temp)}.{ext}"
        if self._found(name) is None:
            self.put(temp, name)
        self._store(name)
        return name

    def path(self, name: str) -> Path:
        """The file with one of our names, fetched if the folder lacks it.

        Raises:
            ResultExpired: there is none.
            StorageUnavailable: the media storage does not respond.
        """
        return self._found(name) or self._fetched(name)

    def poster_of(self, name: str, suffix: str) -> Path:
        """Where a frame of a video is, or can be put; it is not copied to the storage, since it can be made again."""
        return self._folder / f"{name.partition('.')[0]}{suffix}"

    def copy_to_storage(self, within_s: float) -> bool:
        """Copy inputs of earlier versions, or of a time with another storage; whether that is complete.

        Raises:
            StorageUnavailable: the media storage does not respond.
        """
        if self._is_copied or self._stored is None:
            return True
        until = time.monotonic() + within_s
        there = self._stored.files()
        for name, facts in self.files().items():
            if name in there and there[name].size_bytes == facts.size_bytes:
                continue
            if time.monotonic() > until:
                return False
            self._store(name)
        self._is_copied = True
        return True

    def new_temp(self, suffix: str = "") -> Path:
        """A new empty file in this folder; old ones that crashes left are deleted."""
        with disk_errors():
            for folder in (self._folder, self._incoming):
                _make_private(folder)
            oldest = time.time() - STALE_TEMP_S
            for stale in self._incoming.iterdir():
                with suppress(FileNotFoundError):
                    if stale.lstat().st_mtime < oldest:
                        stale.unlink()
            temp = self._incoming / f"{secrets.token_hex(16)}{suffix}"
            temp.touch(mode=0o600, exist_ok=False)
        return temp

    def put(self, temp: Path, name: str, *, defer_sync: bool = False) -> None:
        """Move a temporary file to that name."""
        move_into_place(temp, self._folder / name, defer_sync=defer_sync, mode=0o600)

    def facts(self, name: str) -> FileFacts | None:
        """Size and time of a file; its hash is its tag."""
        path = self._found(name)
        return _facts_of(path) if path else None

    def files(self) -> dict[str, FileFacts]:
        """The inputs, without posters and temporary files."""
        found = {}
        with suppress(FileNotFoundError):
            for path in self._folder.iterdir():
                if REFERENCE_NAME.fullmatch(path.name) and self._found(path.name):
                    found[path.name] = _facts_of(path)
        return found

    def open(self, name: str, start: int = 0, end: int | None = None) -> BinaryIO:
        """Open a file to read it. Raises ResultExpired if it does not exist."""
        path = self._found(name)
        if path is None:
            raise no_longer_stored()
        file = path.open("rb")
        file.seek(start)
        return file

    def delete(self, names: Iterable[str]) -> None:
        """Delete files; missing ones are fine."""
        with disk_errors():
            for name in names:
                (self._folder / name).unlink(missing_ok=True)
            if self._folder.is_dir():
                sync_folder(self._folder)

    def free_bytes(self) -> int | None:
        """Free space on this disk."""
        with disk_errors():
            _make_private(self._folder)
            return shutil.disk_usage(self._folder).free

    def _found(self, name: str) -> Path | None:
        path = self._folder / name
        return None if path.is_symlink() or not path.is_file() else path

    def _store(self, name: str) -> None:
        """Copy to the storage, unless it is there."""
        if self._stored is None or name in self._surely_stored:
            return
        size_bytes = (self._folder / name).stat().st_size
        there = self._stored.facts(name)
        if there is None or there.size_bytes != size_bytes:
            temp = self.new_temp()
            try:
                with disk_errors():
                    shutil.copyfile(self._folder / name, temp)
                self._stored.put(temp, name)
            finally:
                temp.unlink(missing_ok=True)
        self._surely_stored.add(name)

    def _fetched(self, name: str) -> Path:
        if self._stored is None:
            raise no_longer_stored()
        temp = self.new_temp()
        try:
            with self._stored.open(name) as source, disk_errors(), temp.open("wb") as sink:
                shutil.copyfileobj(source, sink, COPY_BYTES)
            if _hash_of(temp) != name.partition(".")[0]:
                raise ResultExpired("The stored copy of this input is damaged.")
            self.put(temp, name)
        finally:
            temp.unlink(missing_ok=True)
        self._surely_stored.add(name)
        return self._folder / name


def _hash_of(path: Path) -> str:
    with disk_errors(), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _facts_of(path: Path) -> FileFacts:
    found = path.stat()
    return FileFacts(found.st_size, datetime.fromtimestamp(found.st_mtime, UTC), f'"{path.stem}"')


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name == "posix" and folder.stat().st_mode & 0o077:  # made by an earlier version
        folder.chmod(0o700)
