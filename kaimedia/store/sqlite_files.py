"""Plain work on SQLite files: opening them for oneself alone, checking, copying, and putting one in another's place."""

from __future__ import annotations

import logging
import os
import secrets
import sqlite3
import time
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from kaimedia.store.identity import COPY_MARK, COPY_OPENED_MARK

log = logging.getLogger(__name__)

JOURNALS = ("-wal", "-shm")
MAGIC = b"SQLite format 3\x00"
FULL_CHECK_BYTES = 32 * 1024**2  # above it indexes are not compared with their tables: that takes minutes
CHECK_LIMIT_S = 5.0
_STEPS_BETWEEN_LOOKS = 10_000  # of SQLite's virtual machine: some ten microseconds each
STALE_PART_S = 3600.0


def connect(file: Path, *, timeout_s: float = 60.0, mode: str = "rw") -> sqlite3.Connection:
    """A connection to a file that is there; SQLite's own `open` would make one that is not.

    Raises:
        sqlite3.Error: It cannot be opened.
    """
    address = f"file:{quote(str(file.absolute()))}?mode={mode}"
    connection = sqlite3.connect(address, uri=True, timeout=timeout_s, isolation_level=None, check_same_thread=False)
    connection.create_function("lower", 1, lower, deterministic=True)
    return connection


def lower(value: str | bytes | float | None) -> str | bytes | float | None:
    """SQLite's own `lower` knows ASCII only."""
    return value.lower() if isinstance(value, str) else value


def make(file: Path) -> None:
    """Begin a file that is not there, for this user alone; its journals take over the mode.

    Where it cannot be made SQLite says why.
    """
    with suppress(OSError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def damage(file: Path, *, limit_s: float | None = CHECK_LIMIT_S) -> str | None:
    """What is wrong with a database file, every table and index of it looked at; None when nothing was found.

    A check that takes longer than `limit_s` seconds is given up: nothing was found so far.
    """
    if not file.is_file() or file.stat().st_size == 0:
        return None
    check = "integrity_check" if file.stat().st_size <= FULL_CHECK_BYTES else "quick_check"
    until = time.monotonic() + limit_s if limit_s is not None else float("inf")
    try:
        with closing(connect(file, timeout_s=5.0, mode="ro")) as connection:
            connection.set_progress_handler(lambda: time.monotonic() > until, _STEPS_BETWEEN_LOOKS)
            found = str(connection.execute(f"PRAGMA {check}(1)").fetchone()[0])
    except sqlite3.OperationalError as error:  # interrupted, busy or not readable: says nothing about the content
        log.info("the check of %s was not finished: %s", file.name, error)
        return None
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if found == "ok" else found


def copy(source: Path, part: Path, *, is_marked: bool = True) -> None:
    """Copy a database that may be in use into a file that is not there yet, for this user alone.

    With `is_marked` the copy knows that it is one.

    Raises:
        sqlite3.Error: The source cannot be read, or the copy cannot be written.
    """
    make(part)
    # All pages in one step: smaller steps begin anew at every write and may never end.
    with closing(connect(source)) as reading, closing(connect(part)) as writing:
        reading.backup(writing, pages=-1)
        writing.execute("PRAGMA journal_mode = DELETE")
        if is_marked:
            writing.execute(f"PRAGMA user_version = {COPY_MARK}")
    sync(part)


def set_aside(file: Path, why: str) -> Path | None:
    """Rename a database and its journals; nothing is deleted. Returns the new name, None when nothing was there."""
    aside = file.with_name(f"{file.name}.{why}-{stamp()}")
    moved = None
    for ending in ("", *JOURNALS):
        part = file.with_name(file.name + ending)
        if part.exists():
            moved = aside
            part.replace(aside.with_name(aside.name + ending))
    if moved:
        log.warning("the database was put aside", extra={"action": "set_aside", "file": str(aside)})
    return moved


def take_over_copy(file: Path) -> None:
    """Begin to use a marked copy that was put in place: journals of the file that was here before are put aside.

    SQLite would mix the two. A copy of ours has no journals of its own until it is opened, and then it no longer bears
    this mark in the file itself, whatever is in its journals. To be called while nobody has the file open.
    """
    if not file.exists() or file.stat().st_size == 0:
        return
    try:
        with closing(connect(file, mode="ro&immutable=1")) as connection:  # without its journals
            if connection.execute("PRAGMA user_version").fetchone()[0] != COPY_MARK:
                return
        for path in (file.with_name(file.name + ending) for ending in JOURNALS):
            if path.exists():
                path.replace(path.with_name(f"{path.name}.stale-{stamp()}"))
                log.warning("a journal of the former database was put aside: %s", path.name)
        with closing(connect(file)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute(f"PRAGMA user_version = {COPY_OPENED_MARK}")
    except sqlite3.Error as error:  # the check that follows says what is wrong
        log.info("%s cannot be looked at by itself: %s", file.name, error)


def new_part(folder: Path, stem: str) -> Path:
    """A name for a copy that is being written; several processes may copy at once."""
    return folder / f".{stem}-{secrets.token_hex(4)}.part"


def sweep_parts(folder: Path, stem: str) -> int:
    """Delete what killed processes left of copies; returns how many."""
    oldest = time.time() - STALE_PART_S
    swept = 0
    for part in folder.glob(f".{stem}-*.part*"):
        with suppress(OSError):
            if part.stat().st_mtime < oldest:
                part.unlink()
                swept += 1
    return swept


def sync(path: Path) -> None:
    """Wait until a file, or a folder's entries, are on the disk."""
    if path.is_dir() and os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def stamp() -> str:
    """This moment as it stands in file names, UTC."""
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
