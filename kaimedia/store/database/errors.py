"""Translate the drivers' database errors into readable ones, by their error codes."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from kaimedia.errors import StoreUnavailable

log = logging.getLogger(__name__)

_RESUMES = "running tasks resume automatically."


class _Problem(Enum):
    """What is wrong with the database, and what to do."""

    FULL = ("The disk that holds the database is full.", f"Free up space on that disk; {_RESUMES}")
    BUSY = (
        "The database is busy: another program has it locked.",
        f"Close other programs that use it, then try again; {_RESUMES}",
    )
    READ_ONLY = (
        "The database is read-only.",
        "Make it writable: the file and its folder, or the server.",
    )
    NOT_OPENED = (
        "The database file cannot be opened.",
        "Check that the folder exists and that this program may write there.",
    )
    DAMAGED_FILE = (
        "The database file is damaged.",
        "Restart the app: it offers to continue with a copy. The damaged file is kept.",
    )
    DAMAGED = ("The database is damaged.", "See the database server's log; restore a backup if necessary.")
    DISK_ERROR = ("The disk that holds the database reports errors.", f"Check the disk; {_RESUMES}")
    NOT_SET_UP = ("The database has not been set up yet.", "Start the app once; it creates its tables.")
    NO_DATABASE = (
        "The database does not exist.",
        "Create it (the app creates the tables), or correct its name in KAIMEDIA_DATABASE_URL, then restart the app.",
    )
    OTHER_VERSION = ("The database is from another version.", "Restart the app; it brings its tables up to date.")
    LOGIN = (
        "The database rejected the user name or password.",
        "Correct them in KAIMEDIA_DATABASE_URL, then restart the app.",
    )
    HOST_NOT_FOUND = (
        "The database’s host was not found.",
        "Check the host name in KAIMEDIA_DATABASE_URL, and correct it or the network, then restart the app.",
    )
    UNREACHABLE = (
        "This machine has no route to the database’s host.",
        "In KAIMEDIA_DATABASE_URL, use an address reachable over IPv4, such as a pooler’s, then restart the app.",
    )
    REFUSED = (
        "The database’s host refused the connection.",
        f"Check that the database is running, and the host and port in KAIMEDIA_DATABASE_URL; {_RESUMES}",
    )
    NO_TLS = (
        "The database does not support TLS, which is required here.",
        "Turn on TLS there. Only in a private network: put sslmode=disable into KAIMEDIA_DATABASE_URL. Then restart "
        "the app.",
    )
    NEEDS_TLS = (
        "The database only accepts connections with TLS.",
        "Add sslmode=require to KAIMEDIA_DATABASE_URL, then restart the app.",
    )
    TOO_MANY = (
        "The database is not accepting more connections.",
        f"Stop other programs that use it, or raise its limit, then try again; {_RESUMES}",
    )
    DEADLOCK = ("Two database writes blocked each other.", f"Try again; {_RESUMES}")
    NO_RESPONSE = (
        "The database is not responding.",
        f"Check that it is running and reachable, then try again; {_RESUMES}",
    )


# By the lower byte of SQLite's result codes; the upper ones have details.
_BY_SQLITE_CODE = {
    sqlite3.SQLITE_FULL: _Problem.FULL,
    sqlite3.SQLITE_BUSY: _Problem.BUSY,
    sqlite3.SQLITE_LOCKED: _Problem.BUSY,
    sqlite3.SQLITE_READONLY: _Problem.READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: _Problem.NOT_OPENED,
    sqlite3.SQLITE_PERM: _Problem.NOT_OPENED,
    sqlite3.SQLITE_NOTADB: _Problem.DAMAGED_FILE,
    sqlite3.SQLITE_CORRUPT: _Problem.DAMAGED_FILE,
    sqlite3.SQLITE_IOERR: _Problem.DISK_ERROR,
}
_UNDEFINED_TABLE, _UNDEFINED_COLUMN = "42P01", "42703"
# By SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html
_BY_SQLSTATE = {
    "53100": _Problem.FULL,
    "55P03": _Problem.BUSY,
    "25006": _Problem.READ_ONLY,
    "58030": _Problem.DISK_ERROR,
    "XX001": _Problem.DAMAGED,
    "XX002": _Problem.DAMAGED,
    _UNDEFINED_TABLE: _Problem.NOT_SET_UP,
    "3D000": _Problem.NO_DATABASE,
    _UNDEFINED_COLUMN: _Problem.OTHER_VERSION,
    "28000": _Problem.LOGIN,
    "28P01": _Problem.LOGIN,
    "53300": _Problem.TOO_MANY,
    "40P01": _Problem.DEADLOCK,
}
# Only for errors without a code: SQLite has one for all wrong statements, and psycopg has none for a failed connection.
_BY_MESSAGE = (
    ("no such table", _Problem.NOT_SET_UP),
    ("no such column", _Problem.OTHER_VERSION),
    ("failed to resolve host", _Problem.HOST_NOT_FOUND),
    ("could not translate host name", _Problem.HOST_NOT_FOUND),
    ("does not support ssl", _Problem.NO_TLS),
    ("connection is insecure", _Problem.NEEDS_TLS),
    ("no encryption", _Problem.NEEDS_TLS),
    ("ssl off", _Problem.NEEDS_TLS),
    ("authentication failed", _Problem.LOGIN),
    ("no password supplied", _Problem.LOGIN),
    ("user not found", _Problem.LOGIN),
    ('role "', _Problem.LOGIN),
    ("no pg_hba.conf entry", _Problem.LOGIN),
    ("does not exist", _Problem.NO_DATABASE),
    ("too many clients", _Problem.TOO_MANY),
    ("too many connections", _Problem.TOO_MANY),
    ("connection refused", _Problem.REFUSED),
    ("network is unreachable", _Problem.UNREACHABLE),
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
        raise _unavailable(error.orig, url) from error
    except sqlite3.Error as error:
        raise _unavailable(error, url) from error


def _is_about_the_database(error: DBAPIError) -> bool:
    if isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated:
        return True
    # A damaged SQLite file raises the base class itself; on PostgreSQL a missing table is a programming error.
    return type(error) is DatabaseError or _sqlstate(error.orig) in (_UNDEFINED_TABLE, _UNDEFINED_COLUMN)


def _sqlstate(error: BaseException | None) -> str | None:
    return getattr(error, "sqlstate", None)


def _unavailable(error: BaseException | None, url: URL) -> StoreUnavailable:
    """What is wrong and what to do. The driver's message and the database's location go only to the log."""
    log.warning("the database %s: %s", _location(url), str(error).strip())
    message, next_step = _problem(error).value
    return StoreUnavailable(message, next_step=next_step)


def _problem(error: BaseException | None) -> _Problem:
    if (state := _sqlstate(error)) is not None:
        return _BY_SQLSTATE.get(state, _Problem.NO_RESPONSE)
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code != sqlite3.SQLITE_ERROR:
        return _BY_SQLITE_CODE.get(code, _Problem.NO_RESPONSE)
    text = str(error).lower()
    return next((problem for words, problem in _BY_MESSAGE if words in text), _Problem.NO_RESPONSE)


def _location(url: URL) -> str:
    if url.get_backend_name() == "sqlite":
        return f"file {url.database}"
    port = f":{url.port}" if url.port else ""
    return f"at {url.host or 'local socket'}{port}/{url.database or ''}"
