"""Sign-ins ended by signing out; their cookies and signed URLs are refused from then on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Column, Index, PrimaryKeyConstraint, String, Table, delete, select

from kaimedia.store.columns import UtcDateTime
from kaimedia.store.database.database import Database
from kaimedia.store.observed_days import DayCounter, days_for
from kaimedia.store.statements import insert_into
from kaimedia.store.tables import METADATA

RETENTION = timedelta(days=32)  # a sign-in's cookie is valid for 31

SIGN_OUTS = Table(
    "sign_outs",
    METADATA,
    Column("sign_in", String(64), nullable=False),
    Column("ended_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("sign_in", name="pk_sign_outs"),
    Index("ix_sign_outs_ended_at", "ended_at"),
)

SIGN_OUT_AGES = DayCounter("sign_out", SIGN_OUTS.c.sign_in, SIGN_OUTS.c.ended_at)


class SignOuts:
    """The ended sign-ins, for every process on this database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def end(self, sign_in: str, now: datetime) -> None:
        """Record that this sign-in has ended.

        Raises:
            StoreUnavailable: The database cannot be written.
        """
        with self._database.write() as session:
            session.execute(
                insert_into(session, SIGN_OUTS).values(sign_in=sign_in, ended_at=now).on_conflict_do_nothing()
            )

    def forget_old(self, now: datetime) -> None:
        """Delete those whose cookies have expired; call this more than once a day.

        Deleting one early would make its cookie valid again, so a clock that is ahead must not cause it.

        Raises:
            StoreUnavailable: The database cannot be written.
        """
        old = SIGN_OUTS.c.ended_at < now - RETENTION
        with self._database.write() as session:
            SIGN_OUT_AGES.count(session, now)
            session.execute(delete(SIGN_OUTS).where(old, SIGN_OUT_AGES.has_reached(days_for(RETENTION))))

    def ended(self, sign_ins: Collection[str]) -> frozenset[str]:
        """The sign-ins in `sign_ins` that have ended.

        Raises:
            StoreUnavailable: The database cannot be read.
        """
        with self._database.read() as session:
            found = session.execute(select(SIGN_OUTS.c.sign_in).where(SIGN_OUTS.c.sign_in.in_(sign_ins)))
            return frozenset(found.scalars())
