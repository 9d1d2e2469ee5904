"""Copies of a SQLite database: made while it is in use, listed, and restored."""

from __future__ import annotations

import errno
import logging
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kaimedia.errors import ClosedReason, DatabaseClosed, NotFound, StoreUnavailable
from kaimedia.store.database import sqlite_files

log = logging.getLogger(__name__)

KEEP = 7
_STAMP = re.compile(r"(\d{8}T\d{6})\d*Z")
_ASIDE = ("damaged", "replaced", "rescued")


@dataclass(frozen=True, slots=True)
class CopyFile:
    """One copy that can replace the database.

    `name` identifies it; `tasks` and `media` are None if it cannot be read, and `problem` says why.
    """

    name: str
    file: Path
    made_at: datetime
    size_bytes: int
    tasks: int | None
    media: int | None
    waiting: int | None
    problem: str | None

    @property
    def is_usable(self) -> bool:
        """Whether no problem was found."""
        return self.problem is None


def back_up(file: Path, folder: Path, *, keep: int = KEEP) -> Path:
    """Copy `file` into `folder` while it may be in use, check the copy, and keep only the newest `keep` copies.

    Raises:
        DatabaseClosed: The copy fails SQLite's own check.
        StoreUnavailable: The folder cannot be written.
        sqlite3.Error: The database cannot be read.
    """
    part = sqlite_files.new_part(folder, file.stem)
    target = folder / f"{file.stem}-{sqlite_files.stamp()}.db"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sqlite_files.sweep_parts(folder, file.stem)
        try:
            _copy_checked(file, part)
            part.replace(target)
            sqlite_files.sync(folder)
        finally:
            part.unlink(missing_ok=True)
        for old in sorted(folder.glob(f"{file.stem}-*.db"))[:-keep]:
            old.unlink(missing_ok=True)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        log.warning("the backup folder %s: %s", folder, error.strerror)
        raise StoreUnavailable(
            f"The database cannot be copied into the backup folder: {'its disk is full' if full else error.strerror}.",
            next_step="Free disk space or make the folder writable, then start again.",
        ) from error
    log.info("database copied", extra={"action": "backup", "file": str(target)})
    return target


def _copy_checked(file: Path, part: Path) -> None:
    """Make a marked copy and check it; a damaged copy must not displace good ones."""
    found = None
    try:
        sqlite_files.copy(file, part)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        found = str(error)
    found = found or sqlite_files.damage(part, limit_s=None)
    if found is not None:
        raise DatabaseClosed(
            f"The database is damaged: {found}.",
            reason=ClosedReason.DAMAGED,
            next_step="Stop the app and run `python -m kaimedia restore`: it lists the copies and keeps this file.",
        )


def list_copies(file: Path, folder: Path | None) -> list[CopyFile]:
    """The copies in the backup folder and the files set aside next to the database, newest first."""
    return sorted(
        (describe(copy) for copy in _found(file, folder)), key=lambda copy: (copy.made_at, copy.name), reverse=True
    )


def has_copies(file: Path, folder: Path | None) -> bool:
    """Whether copies exist, so there was a database here before."""
    return any(True for _ in _found(file, folder))


def _found(file: Path, folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        yield from folder.glob(f"{file.stem}-*.db")
    for why in _ASIDE:
        yield from (
            previous
            for previous in file.parent.glob(f"{file.name}.{why}-*")
            if not previous.name.endswith(sqlite_files.JOURNALS)
        )


def describe(copy: Path) -> CopyFile:
    """Describe a copy: its contents and whether it is intact.

    Raises:
        NotFound: There is no such file.
    """
    if not copy.is_file():
        raise NotFound(f"There is no file {copy}.", next_step="`python -m kaimedia restore` lists the copies.")
    problem = sqlite_files.damage(copy)
    tasks = media = waiting = None
    if problem is None:
        try:
            tasks, media, waiting = _counts(copy)
        except sqlite3.Error as error:
            problem = str(error)
    found = copy.stat()
    return CopyFile(copy.name, copy, _made_at(copy), found.st_size, tasks, media, waiting, problem)


def _counts(copy: Path) -> tuple[int, int, int]:
    with closing(sqlite_files.connect(copy, timeout_s=5.0, mode="ro")) as connection:
        counts = [
            connection.execute(f"SELECT count(*) FROM {what}").fetchone()[0]
            for what in ("tasks", "media WHERE status = 'completed'", "tasks WHERE status = 'pending'")
        ]
    return counts[0], counts[1], counts[2]


def _made_at(copy: Path) -> datetime:
    """From its name; for a renamed copy, its modification time."""
    if found := list(_STAMP.finditer(copy.name)):
        return datetime.strptime(found[-1][1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    return datetime.fromtimestamp(copy.stat().st_mtime, UTC)


def replace_database(copy: Path, file: Path) -> Path | None:
    """Replace `file` with a marked copy of `copy` and set the old file aside. No process may have `file` open.

    Returns: where the old database is now, None if there was none.

    Raises:
        StoreUnavailable: The copy is damaged, or cannot be written next to the database.
    """
    if (found := sqlite_files.damage(copy, limit_s=None)) is not None:
        raise StoreUnavailable(f"{copy.name} is damaged too: {found}.", next_step="Choose another copy.")
    part = sqlite_files.new_part(file.parent, file.stem)
    try:
        sqlite_files.copy(copy, part)
        previous = sqlite_files.set_aside(file, "damaged" if sqlite_files.damage(file) else "replaced")
        part.replace(file)
        sqlite_files.sync(file.parent)
    except OSError as error:
        raise StoreUnavailable(
            f"The copy cannot be restored: {error.strerror}.",
            next_step="Free disk space, or make the database folder writable, then try again.",
        ) from error
    finally:
        part.unlink(missing_ok=True)
    log.warning("the database is now the copy %s", copy.name, extra={"action": "restore", "file": str(file)})
    return previous


def start_empty(file: Path) -> Path | None:
    """Set the database aside and start with an empty one. No process may have it open."""
    previous = sqlite_files.set_aside(file, "damaged" if sqlite_files.damage(file) else "replaced")
    sqlite_files.make(file)
    return previous
