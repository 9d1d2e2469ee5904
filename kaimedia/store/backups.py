"""Copies of a SQLite database, and what to do with a damaged one."""

from __future__ import annotations

import errno
import logging
import secrets
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from kaimedia.errors import StoreUnavailable

log = logging.getLogger(__name__)

KEEP = 7
_SQLITE_MAGIC = b"SQLite format 3\x00"


def back_up(file: Path, folder: Path, *, keep: int = KEEP) -> Path:
    """Copy `file` into `folder` while it may be in use, check the copy, and keep the newest `keep`.

    Raises:
        StoreUnavailable: The folder cannot be written, or the copy does not pass SQLite's own check.
        sqlite3.Error: The database cannot be read.
    """
    part = folder / f".{file.stem}-{secrets.token_hex(4)}.part"  # several processes may copy at once
    target = folder / f"{file.stem}-{_stamp()}.db"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            _copy(file, part)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        for old in sorted(folder.glob(f"{file.stem}-*.db"))[:-keep]:
            old.unlink(missing_ok=True)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        log.warning("the backup folder %s: %s", folder, error.strerror)
        raise StoreUnavailable(
            f"The database cannot be copied into the backup folder: {'its disk is full' if full else error.strerror}.",
            next_step="Make room or make the folder writable, then start again.",
        ) from error
    log.info("database copied", extra={"action": "backup", "file": str(target)})
    return target


def _copy(file: Path, part: Path) -> None:
    # All pages in one step: smaller steps begin anew at every write and may never end.
    with closing(sqlite3.connect(file, timeout=60)) as source, closing(sqlite3.connect(part)) as copy:
        source.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode = DELETE")
        verdict = copy.execute("PRAGMA quick_check").fetchone()[0]
    if verdict != "ok":
        part.unlink(missing_ok=True)
        raise StoreUnavailable(
            f"The database is damaged: {verdict}",
            next_step="Stop the program and put the newest copy from the backup folder in its place.",
        )


def is_damaged(file: Path) -> bool:
    """True when the file holds something that cannot be opened as a database at all."""
    if not file.is_file() or file.stat().st_size == 0:
        return False
    with file.open("rb") as stream:
        if stream.read(len(_SQLITE_MAGIC)) != _SQLITE_MAGIC:
            return True
    try:
        with closing(sqlite3.connect(file, timeout=5)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        return False  # busy or not readable: says nothing about the content
    except sqlite3.DatabaseError:
        return True
    return False


def set_aside(file: Path) -> Path:
    """Rename a damaged database and its journals; nothing is deleted. Returns the new name.

    No copy is put in its place by itself: an old copy may hold tasks as waiting that were sent
    and paid since.
    """
    aside = file.with_name(f"{file.name}.damaged-{_stamp()}")
    for ending in ("", "-wal", "-shm"):
        part = file.with_name(file.name + ending)
        if part.exists():
            part.replace(aside.with_name(aside.name + ending))
    log.error("damaged database moved aside", extra={"action": "set_aside", "file": str(aside)})
    return aside


def _stamp() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
