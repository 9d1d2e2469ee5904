"""Sign-ins that were ended by signing out; what they left behind (cookies, addresses) is refused from then on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Column, Index, PrimaryKeyConstraint, String, Table, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from kaimedia.store.columns import UtcDateTime
from kaimedia.store.database import Database
from kaimedia.store.observed_days import Waiting, days_for
from kaimedia.store.tables import METADATA

KEPT = timedelta(days=32)  # a sign-in's cookie is valid for 31

SIGN_OUTS = Table(
    "sign_outs",
    METADATA,
    Column("sign_in", String(64), nullable=False),
    Column("ended_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("sign_in", name="pk_sign_outs"),
    Index("ix_sign_outs_ended_at", "ended_at"),
)

ENDED = Waiting("sign_out", SIGN_OUTS.c.sign_in, SIGN_OUTS.c.ended_at)


class SignOuts:
    """Which sign-ins are over, for every process on this database."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def end(self, sign_in: str, now: datetime) -> None:
        """Note that this sign-in is over.

        Raises:
            StoreUnavailable: The database cannot be written.
        """
        with self._db.write() as session:
            insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
            session.execute(insert(SIGN_OUTS).values(sign_in=sign_in, ended_at=now).on_conflict_do_nothing())

    def forget_old(self, now: datetime) -> None:
        """Forget those whose cookies have run out; to be called more often than once a day.

        One forgotten early would make its cookie valid again, so a clock that is ahead must not.

        Raises:
            StoreUnavailable: The database cannot be written.
        """
        old = SIGN_OUTS.c.ended_at < now - KEPT
        with self._db.write() as session:
            ENDED.count(session, now)
            session.execute(delete(SIGN_OUTS).where(old, ENDED.has(days_for(KEPT))))

    def ended(self, sign_ins: Collection[str]) -> frozenset[str]:
        """Those of these sign-ins that are over.

        Raises:
            StoreUnavailable: The database cannot be read.
        """
        with self._db.read() as session:
            found = session.execute(select(SIGN_OUTS.c.sign_in).where(SIGN_OUTS.c.sign_in.in_(sign_ins)))
            return frozenset(found.scalars())
