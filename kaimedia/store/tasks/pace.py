"""How fast all processes together may do something: a bucket of tokens in the database."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session

from kaimedia.domain import Pace
from kaimedia.store.statements import insert_into
from kaimedia.store.tables import PACE

SKEW = timedelta(seconds=5)  # how far clocks may differ; later times come from a clock that was ahead


def bucket(session: Session, pace: Pace, now: datetime) -> tuple[float, datetime]:
    """The tokens of a bucket at `now`, and the time they refer to; its row stays locked until commit.

    Nothing is written unless the bucket is new: polling for work must not cost a disk write.
    """
    statement = select(PACE.c.tokens, PACE.c.updated_at).where(PACE.c.name == pace.name).with_for_update()
    found = session.execute(statement).first()
    if found is None:
        full = insert_into(session, PACE).values(name=pace.name, tokens=float(pace.burst), updated_at=now)
        session.execute(full.on_conflict_do_nothing())
        found = session.execute(statement).one()
    elapsed_s = max(0.0, (now - found.updated_at).total_seconds())
    if found.updated_at > now + SKEW:  # written by a clock that was ahead: start over
        return float(pace.burst), now
    as_of = max(now, found.updated_at)
    return min(float(pace.burst), found.tokens + elapsed_s * pace.rate_per_s), as_of
