"""Bring a database to this version; safe when several processes start at once."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from sqlalchemy import Connection, NullPool, create_engine, func, inspect, select, text
from sqlalchemy.engine import URL

from kaimedia.errors import ConfigError, StoreUnavailable
from kaimedia.store.database import backups
from kaimedia.store.database.compatibility import may_use_newer
from kaimedia.store.database.connecting import SETTING, open_engine
from kaimedia.store.media import search_index
from kaimedia.store.migrations import revisions

log = logging.getLogger(__name__)

ADVISORY_LOCK = 0x6B61696D  # an arbitrary fixed number
# Alembic keeps the running migration in module globals.
_one_at_a_time = threading.Lock()


def upgrade(url: URL, file: Path | None, backup_folder: Path | None) -> None:
    """Back up a SQLite file, then migrate to the newest version in one transaction, under a lock.

    Raises:
        ConfigError: The tables belong to a newer version or another program.
        StoreUnavailable: The backup failed, or rows would have dangling references afterwards.
    """
    engine = open_engine(url, migrating=True)
    try:
        with _one_at_a_time, engine.connect() as connection:
            if _is_current(connection) and not search_index.needs_repair(connection):
                return
            connection.rollback()
            locked = connection.execution_options(kaimedia_begin="BEGIN IMMEDIATE")
            with locked.begin():
                if url.get_backend_name() == "postgresql":
                    locked.execute(select(func.pg_advisory_xact_lock(ADVISORY_LOCK)))
                # Another process may have migrated while we waited for the lock.
                if not _is_current(locked):
                    _migrate(locked, file, backup_folder)
                elif search_index.needs_repair(locked):
                    search_index.repair(locked)
    finally:
        engine.dispose()


def is_current(url: URL) -> bool:
    """True if the tables are at the newest version. Read-only.

    Raises:
        ConfigError: The tables belong to a newer version.
    """
    # Our own engine would switch a SQLite file to WAL mode.
    plain = url.get_backend_name() == "sqlite"
    engine = create_engine(url, poolclass=NullPool) if plain else open_engine(url, migrating=True)
    try:
        with _one_at_a_time, engine.connect() as connection:
            return _is_current(connection)
    finally:
        engine.dispose()


def _is_current(connection: Connection) -> bool:
    found: set[str] = set()
    if inspect(connection).has_table("alembic_version"):
        found = set(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())
    if unknown := found.difference(revisions()):
        if may_use_newer(connection):
            log.warning("the database was migrated by a newer version, whose tables this one may use")
            return True
        raise ConfigError(
            f"The database was written by a newer version (its tables are at {', '.join(sorted(unknown))}).",
            setting=SETTING,
            next_step="Install the newer version again, or use another database.",
        )
    return found == {revisions()[-1]}


def _migrate(connection: Connection, file: Path | None, backup_folder: Path | None) -> None:
    if file and backup_folder and inspect(connection).get_table_names():
        backups.back_up(file, backup_folder)
    from kaimedia.store.database import run_migrations  # imports Alembic, which few starts need

    run_migrations.upgrade(connection)
    if file and (broken := connection.execute(text("PRAGMA foreign_key_check")).first()):
        raise StoreUnavailable(f"The migration would break a reference in {broken[0]}; nothing was changed.")
    log.info("database migrated", extra={"action": "migrate"})
