"""Turn a database URL into an engine whose connections behave the same everywhere."""

from __future__ import annotations

import ipaddress
import logging
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from sqlalchemy import Connection, Engine, NullPool, QueuePool, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from kaimedia import log
from kaimedia.errors import ConfigError, StoreUnavailable
from kaimedia.store.database.sqlite_files import lower

logger = logging.getLogger(__name__)

SETTING = "KAIMEDIA_DATABASE_URL"
BUSY_TIMEOUT_MS = 5000
OLDEST_SQLITE = (3, 35)
JOURNAL_LIMIT_BYTES = 64 * 1024 * 1024
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)  # the lower byte of SQLite's error codes


def read_url(text: str) -> URL:
    """Parse a database URL; `postgres://` and `postgresql://` mean psycopg 3.

    Raises:
        ConfigError: It cannot be parsed, or is neither a SQLite file nor PostgreSQL, or an “@” in its password was
            not written as %40. The message never contains the URL, since it may contain a password.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # its message may contain part of the password
        raise ConfigError("The database URL cannot be read.", setting=SETTING) from None
    _hide_passwords(url)
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername == "postgresql+psycopg":
        return _check_at_signs(url)
    if url.drivername not in ("sqlite", "sqlite+pysqlite"):
        raise ConfigError(
            f"The database must be SQLite or PostgreSQL (psycopg), not {url.drivername}.", setting=SETTING
        )
    if sqlite_file(url) is None:
        raise ConfigError(
            "A SQLite database must be a file; an in-memory database would lose what you paid for.", setting=SETTING
        )
    return url


def _hide_passwords(url: URL) -> None:
    passwords = [url.password, *(value for name, value in url.query.items() if "pass" in name.lower())]
    for password in passwords:
        if isinstance(password, str):
            log.hide(password)
            log.hide(quote(password, safe=""))


def _check_at_signs(url: URL) -> URL:
    """Return `url`, unless part of a password was parsed as the host, the port or the database name."""
    if "@" not in f"{url.host}{url.database}":
        return url
    raise ConfigError(
        "The database URL contains an unescaped “@”.",
        setting=SETTING,
        next_step=f"In {SETTING}, write “@” in the password as %40 and “/” as %2F, then start again.",
    )


def sqlite_file(url: URL) -> Path | None:
    """The file of a SQLite URL; None for PostgreSQL and for in-memory databases."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    if not url.database.startswith("file:"):
        return Path(url.database)
    if url.query.get("mode") == "memory" or ":memory:" in url.database:
        return None
    return Path(unquote(urlsplit(url.database).path))


def only_sqlite() -> ConfigError:
    """The error for actions that only work with SQLite files."""
    return ConfigError(
        "A PostgreSQL database is copied and restored with PostgreSQL's own tools.",
        setting=SETTING,
        next_step="Use pg_dump and pg_restore; unsent tasks in a restored database are held until you decide.",
    )


def make_folder(folder: Path) -> None:
    """Create the folder of the database file, only for this user; an existing one is left unchanged.

    Raises:
        StoreUnavailable: It cannot be created.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        logger.warning("the folder of the database %s: %s", folder, error.strerror)
        raise StoreUnavailable(
            f"The database folder cannot be created ({error.strerror}).",
            next_step=f"Make the parent folder writable, or set {SETTING} to another location.",
        ) from error


def check_sqlite_version() -> None:
    """Refuse a SQLite library without `RETURNING` (added in 3.35), which every write needs.

    Raises:
        ConfigError: It is too old.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        found, needed = (".".join(map(str, version[:2])) for version in (sqlite3.sqlite_version_info, OLDEST_SQLITE))
        raise ConfigError(
            f"SQLite {found} is too old, {needed} is needed.",
            setting=SETTING,
            next_step=f"Use a Python with a newer SQLite library, or set {SETTING} to a PostgreSQL database.",
        )


def open_engine(url: URL, *, migrating: bool = False, check: Callable[[], None] | None = None) -> Engine:
    """An engine for `url`; with `migrating`, one connection with a long timeout and foreign keys not enforced.

    (Rebuilding a table drops it; with enforcement that would empty the tables that reference it.)
    `check` may refuse a new connection to a SQLite file by raising.
    """
    if url.get_backend_name() == "sqlite":
        engine = _open_sqlite(url, migrating=migrating)
        if check is not None:
            event.listen(engine, "do_connect", lambda *_: check())
        return engine
    return _open_postgres(url, migrating=migrating)


def _open_sqlite(url: URL, *, migrating: bool) -> Engine:
    pool: dict[str, Any] = {"poolclass": NullPool}
    if not migrating:
        pool = {"poolclass": QueuePool, "pool_size": 20, "max_overflow": 20, "pool_timeout": 10}
    engine = create_engine(url, connect_args={"check_same_thread": False}, **pool)
    busy_timeout_ms = 24 * BUSY_TIMEOUT_MS if migrating else BUSY_TIMEOUT_MS

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        # The driver would begin transactions late and only sometimes; `begin` below does it instead.
        connection.isolation_level = None
        connection.create_function("lower", 1, lower, deterministic=True)
        connection.execute(f"PRAGMA busy_timeout = {busy_timeout_ms}")
        use_wal(connection, busy_timeout_ms / 1000)
        # Commits may record paid work: they must survive a power failure.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA foreign_keys = {'OFF' if migrating else 'ON'}")
        connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_LIMIT_BYTES}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("kaimedia_begin", "BEGIN"))

    return engine


def use_wal(connection: sqlite3.Connection, patience_s: float) -> None:
    """Switch to WAL mode, so that readers are not blocked by a writer; the file keeps the setting.

    SQLite does not wait on its own when two programs switch a new file at the same moment.
    """
    until = time.monotonic() + patience_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in _BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def is_pooled(url: URL) -> bool:
    """Whether a transaction pooler is before the server: each transaction may use another server connection."""
    return url.port == 6543 or "pooler" in (url.host or "")


def postgres_arguments(url: URL) -> dict[str, Any]:
    """What every connection of ours is opened with, beside what the URL says."""
    arguments: dict[str, Any] = {}
    if "connect_timeout" not in url.query:
        arguments["connect_timeout"] = 10
    if "sslmode" not in url.query and "PGSSLMODE" not in os.environ and _is_public(url.host):
        arguments["sslmode"] = "require"
    if is_pooled(url):
        arguments["prepare_threshold"] = None  # prepared statements would be lost
    return arguments


def psycopg_arguments(url: URL) -> dict[str, Any]:
    """What a psycopg pool connects with: `conninfo`, and `kwargs` for each connection."""
    conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return {"conninfo": conninfo, "kwargs": postgres_arguments(url)}


def _open_postgres(url: URL, *, migrating: bool) -> Engine:
    arguments = postgres_arguments(url)
    if migrating or is_pooled(url):
        return create_engine(url, connect_args=arguments, poolclass=NullPool, isolation_level="READ COMMITTED")
    return create_engine(
        url,
        connect_args=arguments,
        isolation_level="READ COMMITTED",  # our locking relies on it, whatever the server's default
        pool_pre_ping=True,
        pool_recycle=300,
        pool_size=20,
        max_overflow=10,
        pool_timeout=10,
    )


def _is_public(host: str | None) -> bool:
    """True for a server on the internet, where the password must not be sent unencrypted."""
    if not host or host.startswith("/") or "." not in host:
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return not host.endswith((".local", ".internal", ".lan", ".localhost"))
