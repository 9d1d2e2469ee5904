"""Database errors in words that a person understands, in one place."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from kaimedia.errors import StoreUnavailable

log = logging.getLogger(__name__)

# (words in the driver's message, what is wrong, what to do). First match wins; messages of both databases.
_KNOWN: tuple[tuple[str, str, str], ...] = (
    (
        "database or disk is full",
        "The disk that holds the database is full.",
        "Make room on that disk; tasks under way go on by themselves.",
    ),
    (
        "no space left",
        "The disk that holds the database is full.",
        "Make room on the database server's disk; tasks under way go on by themselves.",
    ),
    (
        "is locked",
        "The database is busy: another program holds it.",
        "Close other programs that have the file open, then try again; tasks under way go on by themselves.",
    ),
    (
        "readonly database",
        "The database cannot be written: the file or its folder is read-only.",
        "Give this program the right to write there.",
    ),
    (
        "unable to open database",
        "The database file cannot be opened.",
        "Check that the folder exists and that this program may write there.",
    ),
    (
        "not a database",
        "The database file is damaged.",
        "Restart the app: it asks whether to go on with a copy. The file itself is kept.",
    ),
    (
        "malformed",
        "The database file is damaged.",
        "Restart the app: it asks whether to go on with a copy. The file itself is kept.",
    ),
    (
        "disk i/o error",
        "The disk that holds the database does not answer as it should.",
        "Check the disk; tasks under way go on by themselves.",
    ),
    (
        "no such table",
        "The database has not been set up yet.",
        "Start the app once; it creates its tables.",
    ),
    (
        "does not exist",
        "The database, or a table in it, does not exist.",
        "Create the database (the app makes the tables at its next start), or correct KAIMEDIA_DATABASE_URL.",
    ),
    (
        "no such column",
        "The database is from another version.",
        "Restart the app; it brings its tables up to date.",
    ),
    (
        "password authentication failed",
        "The database refuses the user name or the password.",
        "Correct KAIMEDIA_DATABASE_URL and start again.",
    ),
    (
        "too many",
        "The database accepts no more connections.",
        "Stop other programs that use it, or raise its limit, then try again; tasks under way go on by themselves.",
    ),
    (
        "deadlock detected",
        "Two writes stood in each other's way.",
        "Try again; tasks under way go on by themselves.",
    ),
)


_UNKNOWN = (
    "The database does not answer.",
    "Check that it runs and can be reached, then try again; tasks under way go on by themselves.",
)


@contextmanager
def translated(url: URL) -> Iterator[None]:
    """Turn what the drivers raise about the database itself into `StoreUnavailable`.

    Constraint violations and wrong statements pass through: they are about our rows, not about the database.
    """
    try:
        yield
    except PoolTimeout as error:
        raise StoreUnavailable("The database is busy: every connection is in use.") from error
    except DBAPIError as error:
        if not _is_about_the_database(error):
            raise
        raise unavailable(str(error.orig), url) from error
    except sqlite3.Error as error:
        raise unavailable(str(error), url) from error


def _is_about_the_database(error: DBAPIError) -> bool:
    if isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated:
        return True
    # A damaged SQLite file comes as the bare base class; missing tables as a wrong statement on PostgreSQL.
    return type(error) is DatabaseError or type(error.orig).__name__ in ("UndefinedTable", "UndefinedColumn")


def unavailable(reason: str, url: URL) -> StoreUnavailable:
    """The error for a driver's message: a sentence and what to do. Which database it was is for the log only."""
    log.warning("the database %s: %s", _place(url), reason.strip())
    lowered = reason.lower()
    for words, sentence, next_step in _KNOWN:
        if words in lowered:
            return StoreUnavailable(sentence, next_step=next_step)
    return StoreUnavailable(_UNKNOWN[0], next_step=_UNKNOWN[1])


def _place(url: URL) -> str:
    if url.get_backend_name() == "sqlite":
        return f"file {url.database}"
    port = f":{url.port}" if url.port else ""
    return f"at {url.host or 'local socket'}{port}/{url.database or ''}"
