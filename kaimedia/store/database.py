"""One database, SQLite or PostgreSQL: connections, transactions, and errors in plain words."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from kaimedia.domain import utc_now
from kaimedia.errors import ClosedReason, DatabaseClosed, StoreUnavailable
from kaimedia.store import backups, connecting, migrate, place, sqlite_files
from kaimedia.store.backups import CopyFile
from kaimedia.store.identity import CopyState, Identity, copy_state
from kaimedia.store.open_file import OpenFile
from kaimedia.store.send_counter import SendCounter
from kaimedia.store.trouble import translated
from kaimedia.store.use_lock import UseLock

WRITER_WAIT_S = 10.0
DAY_S = 24 * 3600.0
MOST_SKEW_S = 60.0


class Database:
    """The door to the rows. Safe to share between threads; open one per process.

    Args:
        url: `sqlite:///…` (a file; its folder is made) or `postgresql://…`.
        backup_folder: Where SQLite copies go; by default `backups` beside the database file.
        counter_folder: Where sends are counted beside the database, so that one that was set back is recognized.

    Raises:
        ConfigError: The address is not one of these, or the SQLite library is too old.
        StoreUnavailable: The folder of the database file cannot be made.
    """

    def __init__(self, url: str, *, backup_folder: Path | None = None, counter_folder: Path | None = None) -> None:
        self.url = connecting.read_url(url)
        self.dialect = self.url.get_backend_name()
        self.file = connecting.sqlite_file(self.url)
        self.backup_folder = backup_folder or (self.file.parent / "backups" if self.file else None)
        if self.file:
            connecting.check_sqlite_version()
            connecting.make_folder(self.file.parent)
        self._open_file = OpenFile(self.file) if self.file else None
        self._use = UseLock(self.file) if self.file else None
        self._damage: DatabaseClosed | None = None
        self._is_refusing = False
        self._engine = connecting.open_engine(self.url, check=self._check_connecting)
        self.identity = Identity(SendCounter(counter_folder) if counter_folder else None, self._place)
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

        A SQLite file is checked, copied into the backup folder before it is migrated, and held open from then on.
        A database that turns out to be a copy of another holds back what it has not sent.

        Raises:
            ConfigError: The tables belong to a newer version, or to somebody else.
            DatabaseClosed: The file is damaged, or gone while copies are there: a person must decide.
            StoreUnavailable: The database is locked, unreachable or full.
        """
        with ExitStack() as undone:
            if self.file and self._use:
                if self._use.try_alone():
                    sqlite_files.take_over_copy(self.file)
                self._use.share()
                undone.callback(self._use.release)
            with translated(self.url):
                if self.file:
                    self._admit(self.file)
                    sqlite_files.make(self.file)
                migrate.upgrade(self.url, self.file, self.backup_folder)
                if self._open_file:
                    self._open_file.hold()
            self._recognize()
            undone.pop_all()

    def _admit(self, file: Path) -> None:
        if not file.exists() and backups.has_copies(file, self.backup_folder):
            raise DatabaseClosed(
                f"The database file {file.name} is gone, but copies of it are there.",
                reason=ClosedReason.MISSING,
                next_step="Choose on the page, or with `python -m kaimedia restore`: use a copy, or start empty.",
            )
        if (found := sqlite_files.damage(file)) is not None:
            raise DatabaseClosed(
                f"The database file {file.name} is damaged: {found}.",
                reason=ClosedReason.DAMAGED,
                next_step="Choose on the page, or with `python -m kaimedia restore`: use a copy, or start empty.",
            )

    def _recognize(self) -> None:
        with self.read() as session:
            is_known = self.identity.is_known(session)
        if not is_known:
            with self.write() as session:
                found = self.identity.recognize(session, utc_now())
            self.identity.confirm(found)
        with suppress(StoreUnavailable):  # everything but sending works without; `check_before_paying` says it again
            self.identity.settle()

    def _place(self, session: Session) -> place.Place:
        return place.of_file(self.file) if self.file else place.of_server(session)

    def check_file(self) -> None:
        """See that what is written now will be there after a restart. Cheap.

        Raises:
            DatabaseClosed: The file was deleted or replaced, or was found to be damaged.
        """
        if self._open_file:
            self._open_file.check()
        if self._damage:
            raise self._damage.with_traceback(None)

    def _check_connecting(self) -> None:
        if self._is_refusing:
            raise StoreUnavailable("The database was opened anew.", next_step="Reload the page.")
        if self._open_file:
            self._open_file.check()

    def refuse_from_now_on(self) -> None:
        """Open no more connections: a SQLite file is about to be replaced."""
        self._is_refusing = True

    def check_before_paying(self) -> None:
        """`check_file`, and the count of sends is on the disk beside the database.

        Raises:
            StoreUnavailable: It is not so; nothing may be sent.
        """
        self.check_file()
        self.identity.settle()

    def copy_state(self) -> CopyState | None:
        """What is known of this database being a copy; None for an original."""
        with self.read() as session:
            return copy_state(session)

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
        try:
            with translated(self.url):
                made = backups.back_up(self.file, self.backup_folder)
        except DatabaseClosed as error:
            self._damage = error
            raise
        self._damage = None  # a copy that passes the check: what was found before was not in the database
        return made

    def back_up_daily(self) -> Path | None:
        """Copy a SQLite database unless a copy is younger than a day; also to see whether damage is still found."""
        if not self.file or not self.backup_folder:
            return None
        copies = self.backup_folder.glob(f"{self.file.stem}-*.db")
        # One from the future was made by a clock that was ahead: it must not stand for the copies until then.
        ages_s = [time.time() - copy.stat().st_mtime for copy in copies]
        is_copied = any(-MOST_SKEW_S <= age_s <= DAY_S for age_s in ages_s)
        return None if is_copied and self._damage is None else self.back_up()

    def damage(self) -> str | None:
        """What is wrong with a SQLite file; None when nothing was found in the time a check may take."""
        return sqlite_files.damage(self.file) if self.file else None

    def list_copies(self) -> list[CopyFile]:
        """The copies that could take the place of a SQLite database, newest first; none for PostgreSQL."""
        return backups.list_copies(self.file, self.backup_folder) if self.file else []

    def replace_with(self, copy: Path | None) -> Path | None:
        """Put a copy, or with None an empty file, in the place of a SQLite database; to be done while it is closed.

        Returns: where the former file is now, None when there was none. It is never deleted.

        Raises:
            ConfigError: It is no SQLite database.
            StoreUnavailable: Somebody uses it, the copy is damaged, or it cannot be written.
        """
        if self.file is None or self._use is None:
            raise connecting.only_sqlite()
        self._use.take_alone()
        try:
            with translated(self.url):
                return backups.begin_empty(self.file) if copy is None else backups.put_in_place(copy, self.file)
        finally:
            self._use.release()

    def close(self) -> None:
        """Close every connection. A later call opens new ones."""
        self._engine.dispose()
        if self._open_file:
            self._open_file.close()
        if self._use:
            self._use.release()
