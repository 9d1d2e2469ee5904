"""The processes that run the tasks of this database: each announces itself in a row of its own."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, Table, Text, delete, select, text

from kaimedia.domain.worker import Worker
from kaimedia.store.columns import UtcDateTime
from kaimedia.store.database.database import Database
from kaimedia.store.statements import insert_into
from kaimedia.store.tables import METADATA

RETENTION = timedelta(days=1)

WORKERS = Table(
    "workers",
    METADATA,
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("engine", Text, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("takeovers", BigInteger, nullable=False, server_default=text("0")),
    Column("storage_errors", BigInteger, nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("name", name="pk_workers"),
)


class Workers:
    """The announced workers. Safe to share between threads; every method may raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def announce(self, worker: Worker) -> None:
        """Write its row, or update it."""
        values = asdict(worker)
        with self._database.write() as session:
            statement = insert_into(session, WORKERS).values(**values)
            session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))

    def leave(self, name: str) -> None:
        """Delete the row of a worker that stops."""
        with self._database.write() as session:
            session.execute(delete(WORKERS).where(WORKERS.c.name == name))

    def announced(self) -> list[Worker]:
        """All of the last day, killed ones too, the one that started first first."""
        with self._database.read() as session:
            rows = session.execute(select(WORKERS).order_by(WORKERS.c.started_at, WORKERS.c.name)).all()
        return [Worker(**row._mapping) for row in rows]

    def forget_old(self, now: datetime) -> None:
        """Delete the rows of workers that were killed; a running one writes its row again."""
        with self._database.write() as session:
            session.execute(delete(WORKERS).where(WORKERS.c.seen_at < now - RETENTION))
