"""Translate the drivers' database errors into readable ones."""

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

# (text in the driver's message, what is wrong, what to do). First match wins; covers both databases.
_KNOWN: tuple[tuple[str, str, str], ...] = (
    (
        "database or disk is full",
        "The disk that holds the database is full.",
        "Free some space on that disk; running tasks resume automatically.",
    ),
    (
        "no space left",
        "The disk that holds the database is full.",
        "Free some space on the database server's disk; running tasks resume automatically.",
    ),
    (
        "is locked",
        "The database is busy: another program has it locked.",
        "Close other programs that have the file open, then try again; running tasks resume automatically.",
    ),
    (
        "readonly database",
        "The database cannot be written: the file or its folder is read-only.",
        "Make it writable for this program.",
    ),
    (
        "unable to open database",
        "The database file cannot be opened.",
        "Check that the folder exists and that this program may write there.",
    ),
    (
        "not a database",
        "The database file is damaged.",
        "Restart the app: it offers to continue with a copy. The damaged file is kept.",
    ),
    (
        "malformed",
        "The database file is damaged.",
        "Restart the app: it offers to continue with a copy. The damaged file is kept.",
    ),
    (
        "disk i/o error",
        "The disk that holds the database reports errors.",
        "Check the disk; running tasks resume automatically.",
    ),
    (
        "no such table",
        "The database has not been set up yet.",
        "Start the app once; it creates its tables.",
    ),
    (
        "does not exist",
        "The database, or a table in it, does not exist.",
        "Create the database (the app creates its tables at the next start), or correct KAIMEDIA_DATABASE_URL.",
    ),
    (
        "no such column",
        "The database is from another version.",
        "Restart the app; it brings its tables up to date.",
    ),
    (
        "password authentication failed",
        "The database rejected the user name or password.",
        "Correct KAIMEDIA_DATABASE_URL and start again.",
    ),
    (
        "too many",
        "The database accepts no more connections.",
        "Stop other programs that use it, or raise its limit, then try again; running tasks resume automatically.",
    ),
    (
        "deadlock detected",
        "Two database writes blocked each other.",
        "Try again; running tasks resume automatically.",
    ),
)


_UNKNOWN = (
    "The database does not respond.",
    "Check that it is running and reachable, then try again; running tasks resume automatically.",
)


@contextmanager
def translated(url: URL) -> Iterator[None]:
    """Turn drivers' errors about the database itself into `StoreUnavailable`.

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
    # A damaged SQLite file raises the base class itself; on PostgreSQL a missing table is a programming error.
    return type(error) is DatabaseError or type(error.orig).__name__ in ("UndefinedTable", "UndefinedColumn")


def unavailable(reason: str, url: URL) -> StoreUnavailable:
    """The error for a driver's message: what is wrong and what to do. The database's location goes only to the log."""
    log.warning("the database %s: %s", _location(url), reason.strip())
    lowered = reason.lower()
    for pattern, message, next_step in _KNOWN:
        if pattern in lowered:
            return StoreUnavailable(message, next_step=next_step)
    return StoreUnavailable(_UNKNOWN[0], next_step=_UNKNOWN[1])


def _location(url: URL) -> str:
    if url.get_backend_name() == "sqlite":
        return f"file {url.database}"
    port = f":{url.port}" if url.port else ""
    return f"at {url.host or 'local socket'}{port}/{url.database or ''}"
