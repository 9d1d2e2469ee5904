"""Low-level work on SQLite files: creating, checking, copying and replacing them."""

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

from kaimedia.store.database.identity import COPY_MARK, COPY_OPENED_MARK

log = logging.getLogger(__name__)

JOURNALS = ("-wal", "-shm")
FULL_CHECK_BYTES = 32 * 1024**2  # larger files: indexes are not compared with their tables, which takes minutes
CHECK_LIMIT_S = 5.0
_STEPS_BETWEEN_CHECKS = 10_000  # instructions of SQLite's virtual machine
STALE_PART_S = 3600.0


def connect(file: Path, *, timeout_s: float = 60.0, mode: str = "rw") -> sqlite3.Connection:
    """A connection to an existing file; SQLite's own `open` would create a missing one.

    Raises:
        sqlite3.Error: It cannot be opened.
    """
    address = f"file:{quote(str(file.absolute()))}?mode={mode}"
    connection = sqlite3.connect(address, uri=True, timeout=timeout_s, isolation_level=None, check_same_thread=False)
    connection.create_function("lower", 1, lower, deterministic=True)
    return connection


def lower(value: str | bytes | float | None) -> str | bytes | float | None:
    """Replaces SQLite's `lower`, which supports only ASCII."""
    return value.lower() if isinstance(value, str) else value


def make(file: Path) -> None:
    """Create a missing file, only for this user; its journals get the same mode.

    If that fails, SQLite reports the reason later.
    """
    with suppress(OSError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def damage(file: Path, *, limit_s: float | None = CHECK_LIMIT_S) -> str | None:
    """Check every table and index of a database file; returns what is wrong, or None if nothing was found.

    A check that takes longer than `limit_s` seconds is stopped and counts as nothing found.
    """
    if not file.is_file() or file.stat().st_size == 0:
        return None
    check = "integrity_check" if file.stat().st_size <= FULL_CHECK_BYTES else "quick_check"
    until = time.monotonic() + limit_s if limit_s is not None else float("inf")
    try:
        with closing(connect(file, timeout_s=5.0, mode="ro")) as connection:
            connection.set_progress_handler(lambda: time.monotonic() > until, _STEPS_BETWEEN_CHECKS)
            found = str(connection.execute(f"PRAGMA {check}(1)").fetchone()[0])
    except sqlite3.OperationalError as error:  # interrupted, busy or unreadable, not damaged
        log.info("the check of %s was not finished: %s", file.name, error)
        return None
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if found == "ok" else found


def copy(source: Path, part: Path, *, is_marked: bool = True) -> None:
    """Copy a database that may be in use into a new file, only for this user.

    With `is_marked` the copy is marked as a copy.

    Raises:
        sqlite3.Error: The source cannot be read, or the copy cannot be written.
    """
    make(part)
    # All pages in one step: smaller steps restart at every write and may never finish.
    with closing(connect(source)) as reading, closing(connect(part)) as writing:
        reading.backup(writing, pages=-1)
        writing.execute("PRAGMA journal_mode = DELETE")
        if is_marked:
            writing.execute(f"PRAGMA user_version = {COPY_MARK}")
    sync(part)


def set_aside(file: Path, why: str) -> Path | None:
    """Rename a database and its journals; nothing is deleted. Returns the new path, None if there was no file."""
    aside = file.with_name(f"{file.name}.{why}-{stamp()}")
    moved = None
    for ending in ("", *JOURNALS):
        part = file.with_name(file.name + ending)
        if part.exists():
            moved = aside
            part.replace(aside.with_name(aside.name + ending))
    if moved:
        log.warning("the database was set aside", extra={"action": "set_aside", "file": str(aside)})
    return moved


def activate_copy(file: Path) -> None:
    """Prepare a marked copy that replaced a database: set aside the journals of the previous file.

    SQLite would mix the two. Our copies have no journals until they are opened, and then the file itself no longer
    has this mark, whatever its journals contain. Call this while no process has the file open.
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
                log.warning("a journal of the previous database was set aside: %s", path.name)
        with closing(connect(file)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute(f"PRAGMA user_version = {COPY_OPENED_MARK}")
    except sqlite3.Error as error:  # the next check reports what is wrong
        log.info("%s cannot be read without its journals: %s", file.name, error)


def new_part(folder: Path, stem: str) -> Path:
    """A unique name for a copy being written; several processes may copy at once."""
    return folder / f".{stem}-{secrets.token_hex(4)}.part"


def sweep_parts(folder: Path, stem: str) -> int:
    """Delete unfinished copies of killed processes; returns how many."""
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
    """The current time for file names, UTC."""
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
