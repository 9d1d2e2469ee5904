"""Detect that the SQLite file a process has open was deleted or replaced, and save its content.

A file that is deleted or replaced exists only as long as a process has it open: records of payments made after that
would be lost. So a separate connection keeps it open, it is compared with its path before every paid request, and it
is written back to disk when it no longer has a name.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import threading
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from kaimedia.errors import ClosedReason, DatabaseClosed
from kaimedia.store.database import fingerprint, sqlite_files

log = logging.getLogger(__name__)

WATCH_EVERY_S = 1.0
_Node = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Rescued:
    """A rescued file, and its state when we wrote it."""

    file: Path
    size_bytes: int
    changed_ns: int

    @classmethod
    def of(cls, file: Path) -> _Rescued:
        found = file.stat()
        return cls(file, found.st_size, found.st_mtime_ns)

    def is_untouched(self) -> bool:
        """False once another process has used it."""
        with suppress(OSError):
            return not _journal(self.file).exists() and self == _Rescued.of(self.file)
        return False


class OpenFile:
    """Keeps one SQLite file open. Call `hold` once; safe to share between threads afterwards."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._anchor: sqlite3.Connection | None = None
        self._nodes: dict[Path, _Node] = {}
        self._guard = threading.Lock()
        self._stopping = threading.Event()
        self._version = 0
        self._rescued: _Rescued | None = None
        self._watcher: threading.Thread | None = None

    def hold(self) -> None:
        """Open the file until `close`, and remember which file it is.

        Raises:
            sqlite3.Error: It cannot be opened.
        """
        if self._anchor is not None:
            return
        self._anchor = sqlite_files.connect(self.file, timeout_s=5.0)
        # Reading creates the journals, which stay the same files as long as this connection is open.
        self._anchor.execute("SELECT count(*) FROM sqlite_master").fetchone()
        journals = [self.file.with_name(self.file.name + ending) for ending in sqlite_files.JOURNALS]
        self._nodes = {path: node for path in (self.file, *journals) if (node := _node(path)) is not None}
        self._stopping.clear()
        self._watcher = threading.Thread(target=self._watch, name="kaimedia-database", daemon=True)
        self._watcher.start()

    def is_in_place(self) -> bool:
        """Whether the path still refers to the open file; costs three `stat` calls."""
        return all(_node(path) == node for path, node in self._nodes.items())

    def check(self) -> None:
        """Raises DatabaseClosed if the file was deleted or replaced, after saving its content."""
        if self.is_in_place():
            return
        self.rescue()
        raise self._closed_error()

    def rescue(self) -> Path | None:
        """Save the content of the deleted file to a named file; returns its path, None if that fails."""
        with self._guard:
            if self._anchor is None or self.is_in_place():
                return None
            try:
                version = self._anchor.execute("PRAGMA data_version").fetchone()[0]
                if self._rescued is None or version != self._version:
                    self._write_back()
                    self._version = version
            except (sqlite3.Error, OSError) as error:
                log.error("the deleted database file could not be written back: %s", error)
            return self._rescued.file if self._rescued else None

    def close(self) -> None:
        """Save the content if the file was deleted or replaced, then close it."""
        self._stopping.set()
        if self._watcher is not None and self._watcher is not threading.current_thread():
            self._watcher.join(5.0)
        self.rescue()
        with self._guard:
            if self._anchor is not None:
                self._anchor.close()
            self._anchor, self._nodes, self._rescued = None, {}, None

    def _watch(self) -> None:
        while not self._stopping.wait(WATCH_EVERY_S):
            if not self.is_in_place():
                self.rescue()

    def _write_back(self) -> None:
        assert self._anchor is not None
        if _node(self.file) == self._nodes.get(self.file):  # only a journal was deleted: write its content to the file
            self._anchor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            self._rescued = _Rescued.of(self.file)
            log.error("a journal of the database was deleted while it was open; nothing more is sent")
            return
        part = sqlite_files.new_part(self.file.parent, self.file.stem)
        try:
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._copy_to(part)
            self._delete_journals()
            target = self._give_name(part)
            sqlite_files.sync(target.parent)
        finally:
            part.unlink(missing_ok=True)
        self._rescued = _Rescued.of(target)
        log.error("the database file was deleted or replaced; its content was saved to %s", target)

    def _copy_to(self, part: Path) -> None:
        """Write a continuation, not a copy: it contains the fingerprint of the new file."""
        assert self._anchor is not None
        sqlite_files.make(part)
        with closing(sqlite_files.connect(part)) as writing:
            self._anchor.backup(writing, pages=-1)
            writing.execute("PRAGMA journal_mode = DELETE")
            facts = fingerprint.of_file(part) | {"path": str(self.file.absolute())}
            with suppress(sqlite3.OperationalError):  # older tables do not have it
                writing.execute("UPDATE database_identity SET place = ?", [json.dumps(facts)])
        sqlite_files.sync(part)

    def _delete_journals(self) -> None:
        """Delete our journals, which SQLite would apply to the file now at the path. They stay open here."""
        for path, node in self._nodes.items():
            if path != self.file and _node(path) == node:
                path.unlink(missing_ok=True)

    def _give_name(self, part: Path) -> Path:
        """Use the database's own name if it is free; otherwise leave that file alone and use a name next to it."""
        if self._rescued is not None and self._rescued.is_untouched():
            part.replace(self._rescued.file)
            return self._rescued.file
        try:
            os.link(part, self.file)
        except FileExistsError:
            renamed = self.file.with_name(f"{self.file.name}.rescued-{sqlite_files.stamp()}")
            part.replace(renamed)
            return renamed
        return self.file

    def _closed_error(self) -> DatabaseClosed:
        rescued = self._rescued.file if self._rescued else None
        rescued_note = f"Everything so far was saved in {rescued}. " if rescued else ""
        return DatabaseClosed(
            "The database file was deleted or replaced while the app was running, so nothing is sent.",
            reason=ClosedReason.MOVED,
            next_step=f"{rescued_note}Restart the app, or press Open again in Settings.",
        )


def _node(path: Path) -> _Node | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _journal(file: Path) -> Path:
    return file.with_name(f"{file.name}-wal")
