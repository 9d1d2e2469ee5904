"""One database, SQLite or PostgreSQL: connections, transactions, and errors in plain words."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from kaimedia.errors import StoreUnavailable
from kaimedia.store import backups, connecting, migrate
from kaimedia.store.trouble import translated

WRITER_WAIT_S = 10.0
DAY_S = 24 * 3600.0


class Database:
    """The door to the rows. Safe to share between threads; open one per process.

    Args:
        url: `sqlite:///…` (a file; its folder is made) or `postgresql://…`.
        backup_folder: Where SQLite copies go; by default `backups` beside the database file.

    Raises:
        ConfigError: The address is not one of these.
        StoreUnavailable: The folder of the database file cannot be made.
    """

    def __init__(self, url: str, *, backup_folder: Path | None = None) -> None:
        self.url = connecting.read_url(url)
        self.dialect = self.url.get_backend_name()
        self.file = connecting.sqlite_file(self.url)
        self.backup_folder = backup_folder or (self.file.parent / "backups" if self.file else None)
        if self.file:
            connecting.make_folder(self.file.parent)
        self._engine = connecting.open_engine(self.url)
        self._writing = self._engine.execution_options(kaimedia_begin="BEGIN IMMEDIATE")
        self._turn = threading.Lock()

    @property
    def engine(self) -> Engine:
        """The engine for readers, for the store's own use."""
        return self._engine

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one state of the database and writes nothing.

        Raises:
            StoreUnavailable: The database is locked, unreachable, full or damaged.
        """
        with translated(self.url), Session(self._engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that commits at the end, or leaves nothing behind when anything is raised.

        On SQLite the write lock is taken at once, so what is read here cannot change before it is written.
        Never call the network inside.

        Raises:
            StoreUnavailable: The database is locked, unreachable, full or damaged.
        """
        with translated(self.url), self._in_turn(), Session(self._writing, expire_on_commit=False) as session:
            yield session
            session.commit()

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Queue the writers of this process; SQLite's own waiting is a lottery that can starve one."""
        if not self.file:
            yield
            return
        if not self._turn.acquire(timeout=WRITER_WAIT_S):
            raise StoreUnavailable("The database is busy: another write has not ended.")
        try:
            yield
        finally:
            self._turn.release()

    def upgrade(self) -> None:
        """Bring the tables to this version: create, migrate, or adopt hand-made ones; harmless when up to date.

        A SQLite file is copied into the backup folder first. A file that is no database any more is moved
        aside, never deleted, and a new one begun.

        Raises:
            ConfigError: The tables belong to a newer version, or to somebody else.
            StoreUnavailable: The database is locked, unreachable or full.
        """
        with translated(self.url):
            if self.file and backups.is_damaged(self.file):
                self._engine.dispose()
                backups.set_aside(self.file)
            if self.file:
                connecting.make_file(self.file)
            migrate.upgrade(self.url, self.file, self.backup_folder)

    def is_current(self) -> bool:
        """True when `upgrade` would do nothing. Changes nothing; a SQLite file that is not there is not made.

        Raises:
            ConfigError: The tables belong to a newer version.
            StoreUnavailable: The database is locked, unreachable or damaged.
        """
        if self.file and not self.file.exists():
            return False
        with translated(self.url):
            return migrate.is_current(self.url)

    def back_up(self) -> Path | None:
        """Copy a SQLite database while it is in use; None for PostgreSQL, which has its own tools."""
        if not self.file or not self.backup_folder:
            return None
        with translated(self.url):
            return backups.back_up(self.file, self.backup_folder)

    def back_up_daily(self) -> Path | None:
        """Copy a SQLite database unless the newest copy is younger than a day."""
        if not self.file or not self.backup_folder:
            return None
        copies = self.backup_folder.glob(f"{self.file.stem}-*.db")
        newest = max((copy.stat().st_mtime for copy in copies), default=0.0)
        return self.back_up() if time.time() - newest > DAY_S else None

    def close(self) -> None:
        """Close every connection. A later call opens new ones."""
        self._engine.dispose()
