"""The SQLite file a process works on, told from whatever lies at its path later.

A file that is deleted or replaced stays with those who have it open, and is gone with the last of them: what is paid
from then on would be forgotten. So it is held by a connection of its own, compared with its path before anything is
paid, and written back to the disk when it has lost its name.
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
from kaimedia.store import place as places
from kaimedia.store import sqlite_files

log = logging.getLogger(__name__)

WATCH_EVERY_S = 1.0
_Node = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Rescued:
    """A file with everything that was known, as it was when we wrote it."""

    file: Path
    size_bytes: int
    changed_ns: int

    @classmethod
    def of(cls, file: Path) -> _Rescued:
        found = file.stat()
        return cls(file, found.st_size, found.st_mtime_ns)

    def is_untouched(self) -> bool:
        """False once somebody else works with it."""
        with suppress(OSError):
            return not _journal(self.file).exists() and self == _Rescued.of(self.file)
        return False


class OpenFile:
    """Holds one SQLite file open. `hold` once; safe to share between threads afterwards."""

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
        """Open it for good and remember which file it is.

        Raises:
            sqlite3.Error: It cannot be opened.
        """
        if self._anchor is not None:
            return
        self._anchor = sqlite_files.connect(self.file, timeout_s=5.0)
        # Reading makes the journals, which stay these very files while this connection lives.
        self._anchor.execute("SELECT count(*) FROM sqlite_master").fetchone()
        journals = [self.file.with_name(self.file.name + ending) for ending in sqlite_files.JOURNALS]
        self._nodes = {path: node for path in (self.file, *journals) if (node := _node(path)) is not None}
        self._stopping.clear()
        self._watcher = threading.Thread(target=self._watch, name="kaimedia-database", daemon=True)
        self._watcher.start()

    def is_in_place(self) -> bool:
        """Whether the path still leads to the file that is open; costs three calls of `stat`."""
        return all(_node(path) == node for path, node in self._nodes.items())

    def check(self) -> None:
        """Raises DatabaseClosed when the file was deleted or replaced; what is known is written back then."""
        if self.is_in_place():
            return
        self.rescue()
        raise self._moved()

    def rescue(self) -> Path | None:
        """Write everything that is known to a file that has a name; returns it, None when that fails."""
        with self._guard:
            if self._anchor is None or self.is_in_place():
                return None
            try:
                version = self._anchor.execute("PRAGMA data_version").fetchone()[0]
                if self._rescued is None or version != self._version:
                    self._write_back()
                    self._version = version
            except (sqlite3.Error, OSError) as error:
                log.error("the database that lost its file could not be written back: %s", error)
            return self._rescued.file if self._rescued else None

    def close(self) -> None:
        """Write back what has no name any more, and let go."""
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
        if _node(self.file) == self._nodes.get(self.file):  # only a journal was lost: its content goes into the file
            self._anchor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            self._rescued = _Rescued.of(self.file)
            log.error("a journal of the database was deleted while it was open; nothing more is sent")
            return
        part = sqlite_files.new_part(self.file.parent, self.file.stem)
        try:
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._copy_to(part)
            self._drop_own_journals()
            target = self._give_name(part)
            sqlite_files.sync(target.parent)
        finally:
            part.unlink(missing_ok=True)
        self._rescued = _Rescued.of(target)
        log.error("the database file was deleted or replaced; what is known was written to %s", target)

    def _copy_to(self, part: Path) -> None:
        """A continuation, not a copy: it names the new file as its place."""
        assert self._anchor is not None
        sqlite_files.make(part)
        with closing(sqlite_files.connect(part)) as writing:
            self._anchor.backup(writing, pages=-1)
            writing.execute("PRAGMA journal_mode = DELETE")
            facts = places.of_file(part) | {"path": str(self.file.absolute())}
            with suppress(sqlite3.OperationalError):  # tables of before there was one
                writing.execute("UPDATE database_identity SET place = ?", [json.dumps(facts)])
        sqlite_files.sync(part)

    def _drop_own_journals(self) -> None:
        """SQLite would play ours back into whatever lies at the path now. They stay open here, without a name."""
        for path, node in self._nodes.items():
            if path != self.file and _node(path) == node:
                path.unlink(missing_ok=True)

    def _give_name(self, part: Path) -> Path:
        """The database's own name where that is free; what somebody put there stays, and ours goes beside it."""
        if self._rescued is not None and self._rescued.is_untouched():
            part.replace(self._rescued.file)
            return self._rescued.file
        try:
            os.link(part, self.file)
        except FileExistsError:
            beside = self.file.with_name(f"{self.file.name}.rescued-{sqlite_files.stamp()}")
            part.replace(beside)
            return beside
        return self.file

    def _moved(self) -> DatabaseClosed:
        rescued = self._rescued.file if self._rescued else None
        kept = f"Everything known until now is in {rescued}. " if rescued else ""
        return DatabaseClosed(
            "The database file was deleted or replaced while the app was running, so nothing is sent.",
            reason=ClosedReason.MOVED,
            next_step=f"{kept}Restart the app, or press Open again in Settings.",
        )


def _node(path: Path) -> _Node | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _journal(file: Path) -> Path:
    return file.with_name(f"{file.name}-wal")
