"""One database, SQLite or PostgreSQL: connections, transactions, and readable errors."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, delete
from sqlmodel import Session

from kaimedia.domain import utc_now
from kaimedia.errors import ClosedReason, DatabaseClosed, StoreUnavailable
from kaimedia.store.database import backups, connecting, fingerprint, migrate, sqlite_files
from kaimedia.store.database.backups import CopyFile
from kaimedia.store.database.errors import translated
from kaimedia.store.database.fingerprint import Fingerprint
from kaimedia.store.database.identity import CopyState, Identity, copy_state
from kaimedia.store.database.open_file import OpenFile
from kaimedia.store.database.send_counter import SendCounter
from kaimedia.store.database.snapshot import Snapshots
from kaimedia.store.database.use_lock import UseLock
from kaimedia.store.prepared import Reader
from kaimedia.store.statements import insert_into
from kaimedia.store.tables import IDEMPOTENCY

WRITER_WAIT_S = 10.0
DAY_S = 24 * 3600.0
MAX_SKEW_S = 60.0
PROBE = "\x01probe"  # an idempotency key; those from outside are printable, so none equals this


class Database:
    """Sessions for reading and writing. Safe to share between threads; open one per process.

    Args:
        url: `sqlite:///…` (a file; its folder is created) or `postgresql://…`.
        backup_folder: Where SQLite copies go; by default `backups` next to the database file.
        counter_folder: Where sends are counted outside the database, so that a restored older one is detected.

    Raises:
        ConfigError: The URL is not supported, or the SQLite library is too old.
        StoreUnavailable: The folder of the database file cannot be created.
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
        self._snapshots = Snapshots(self._engine, self.url)
        self.identity = Identity(SendCounter(counter_folder) if counter_folder else None, self._fingerprint)
        self._writing = self._engine.execution_options(kaimedia_begin="BEGIN IMMEDIATE")
        self._write_lock = threading.Lock()

    @property
    def engine(self) -> Engine:
        """The engine for readers; only for use within the store."""
        return self._engine

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A read-only session that sees one state of the database.

        Raises:
            StoreUnavailable: The database is locked, unreachable, full or damaged.
        """
        with translated(self.url), Session(self._engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def read_prepared(self) -> Iterator[Reader]:
        """Like `read`, for statements of `PreparedSelect`, which read what is read all the time.

        Raises:
            StoreUnavailable: The database is locked, unreachable, full or damaged.
        """
        if not self.file:
            with self.read() as session:
                yield session
            return
        with translated(self.url), self._snapshots.reader() as cursor:
            yield cursor

    def snapshot(self) -> AbstractContextManager[None]:
        """Within it, `read_prepared` of this thread sees one state of the database, until the thread writes.

        On SQLite, beginning and ending a transaction costs more than finding a row. PostgreSQL reads as usual.
        Entering it raises StoreUnavailable like `read`.
        """
        return self._snapshots.opened() if self.file else nullcontext()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that commits at the end, or rolls back if anything is raised.

        On SQLite the write lock is taken at the start, so what is read here cannot change before it is written.
        Never use the network inside.

        Raises:
            StoreUnavailable: The database is locked, unreachable, full or damaged.
        """
        self._snapshots.end()
        with translated(self.url), self._in_turn(), Session(self._writing, expire_on_commit=False) as session:
            yield session
            session.commit()

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Serialize the writers of this process; SQLite's own waiting is random and can starve one."""
        if not self.file:
            yield
            return
        if not self._write_lock.acquire(timeout=WRITER_WAIT_S):
            raise StoreUnavailable("The database is busy: another write has not finished.")
        try:
            yield
        finally:
            self._write_lock.release()

    def upgrade(self) -> None:
        """Bring the tables to this version: create, migrate, or convert hand-made ones; harmless if up to date.

        A SQLite file is checked, copied into the backup folder before it is migrated, and kept open from then on.
        If the database is a copy of another one, its unsent tasks are held.

        Raises:
            ConfigError: The tables belong to a newer version or another program.
            DatabaseClosed: The file is damaged, or is missing although copies exist: the user must decide.
            StoreUnavailable: The database is locked, unreachable or full.
        """
        with ExitStack() as on_error:
            if self.file and self._use:
                if self._use.try_exclusive():
                    sqlite_files.activate_copy(self.file)
                self._use.acquire_shared()
                on_error.callback(self._use.release)
            with translated(self.url):
                if self.file:
                    self._check_usable(self.file)
                    sqlite_files.make(self.file)
                migrate.upgrade(self.url, self.file, self.backup_folder)
                if self._open_file:
                    self._open_file.hold()
            self._identify()
            on_error.pop_all()

    def _check_usable(self, file: Path) -> None:
        if not file.exists() and backups.has_copies(file, self.backup_folder):
            raise DatabaseClosed(
                f"The database file {file.name} is missing, but copies of it exist.",
                reason=ClosedReason.MISSING,
                next_step="Choose on the page, or with `python -m kaimedia restore`: use a copy, or start empty.",
            )
        if (found := sqlite_files.damage(file)) is not None:
            raise DatabaseClosed(
                f"The database file {file.name} is damaged: {found}.",
                reason=ClosedReason.DAMAGED,
                next_step="Choose on the page, or with `python -m kaimedia restore`: use a copy, or start empty.",
            )

    def _identify(self) -> None:
        with self.read() as session:
            is_known = self.identity.is_identified(session)
        if not is_known:
            with self.write() as session:
                found = self.identity.identify(session, utc_now())
            self.identity.confirm(found)
        with suppress(StoreUnavailable):  # only sending needs it; `check_before_paying` raises it again
            self.identity.record_sends()

    def _fingerprint(self, session: Session) -> Fingerprint:
        return fingerprint.of_file(self.file) if self.file else fingerprint.of_server(session)

    def check_file(self) -> None:
        """Check that what is written now will still exist after a restart. Cheap.

        Raises:
            DatabaseClosed: The file was deleted or replaced, or was found to be damaged.
        """
        if self._open_file:
            self._open_file.check()
        if self._damage:
            raise self._damage.with_traceback(None)

    def _check_connecting(self) -> None:
        if self._is_refusing:
            raise StoreUnavailable("The database was reopened.", next_step="Reload the page.")
        if self._open_file:
            self._open_file.check()

    def refuse_connections(self) -> None:
        """Refuse new connections: the SQLite file is about to be replaced."""
        self._is_refusing = True

    def check_before_paying(self) -> None:
        """Run `check_file` and save the send count outside the database; required before paid requests.

        Raises:
            StoreUnavailable: One of them failed; nothing may be sent.
        """
        self.check_file()
        self.identity.record_sends()

    def probe_write(self, now: datetime) -> None:
        """Insert and delete a row, which fails if the disk is full or read-only.

        Raises:
            StoreUnavailable: With a message that says what is wrong.
        """
        probe = {"key": PROBE, "body_sha256": "", "task_id": "", "created_at": now}
        with self.write() as session:
            session.execute(insert_into(session, IDEMPOTENCY).values(**probe).on_conflict_do_nothing())
            session.execute(delete(IDEMPOTENCY).where(IDEMPOTENCY.c.key == PROBE))

    def copy_state(self) -> CopyState | None:
        """How this database was found to be a copy; None for an original."""
        with self.read() as session:
            return copy_state(session)

    def is_current(self) -> bool:
        """True if `upgrade` would do nothing. Changes nothing; does not create a missing SQLite file.

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
        self._damage = None  # this copy passed the check, so damage found before is not in the database
        return made

    def back_up_daily(self) -> Path | None:
        """Copy a SQLite database unless a copy is less than a day old; known damage is always checked again."""
        if not self.file or not self.backup_folder:
            return None
        copies = self.backup_folder.glob(f"{self.file.stem}-*.db")
        # A copy from the future was made by a clock that was ahead; it must not prevent copies until then.
        ages_s = [time.time() - copy.stat().st_mtime for copy in copies]
        is_copied = any(-MAX_SKEW_S <= age_s <= DAY_S for age_s in ages_s)
        return None if is_copied and self._damage is None else self.back_up()

    def damage(self) -> str | None:
        """What is wrong with the SQLite file; None if nothing was found within the time limit of a check."""
        return sqlite_files.damage(self.file) if self.file else None

    def list_copies(self) -> list[CopyFile]:
        """The copies that can replace a SQLite database, newest first; none for PostgreSQL."""
        return backups.list_copies(self.file, self.backup_folder) if self.file else []

    def replace_with(self, copy: Path | None) -> Path | None:
        """Replace a closed SQLite database with a copy, or with an empty file if None.

        Returns: where the old file is now, None if there was none. It is never deleted.

        Raises:
            ConfigError: It is not a SQLite database.
            StoreUnavailable: It is in use, the copy is damaged, or it cannot be written.
        """
        if self.file is None or self._use is None:
            raise connecting.only_sqlite()
        self._use.acquire_exclusive()
        try:
            with translated(self.url):
                return backups.start_empty(self.file) if copy is None else backups.replace_database(copy, self.file)
        finally:
            self._use.release()

    def close(self) -> None:
        """Close every connection. A later call opens new ones."""
        self._engine.dispose()
        if self._open_file:
            self._open_file.close()
        if self._use:
            self._use.release()
