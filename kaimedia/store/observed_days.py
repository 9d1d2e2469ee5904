"""Days that were lived through, counted one by one: an age that a clock set ahead cannot make up.

Whatever is removed by age (the trash, idempotency keys, ended sign-ins) is removed when its date says so *and* so many
days were counted for it. A day is counted at most once in 24 hours of the wall clock, however far that goes at once: a
jump makes one day, whether it happens while the app runs or while it is off, and one day is counted more than needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    cast,
    delete,
    exists,
    insert,
    literal,
    select,
    update,
)
from sqlmodel import Session

from kaimedia.store.columns import UtcDateTime
from kaimedia.store.tables import METADATA

DAY = timedelta(days=1)
SKEW = timedelta(seconds=60)  # how far the clocks of several machines may differ

OBSERVED_DAYS = Table(
    "observed_days",
    METADATA,
    Column("what", String(16), nullable=False),
    Column("row_key", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("days", Integer, nullable=False),
    Column("counted_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("what", "row_key", name="pk_observed_days"),
)


def days_for(kept: timedelta) -> int:
    """How many days are counted for what is kept that long: one more, which a clock set ahead may use up."""
    return -(-kept // DAY) + 1 if kept else 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """Rows that wait to be removed: their table's key and since when they wait; NULL there: they do not."""

    what: str
    key: Column[int] | Column[str]
    since: Column[datetime]

    def has(self, days: int) -> ColumnElement[bool]:
        """Whether so many days were counted for a row, as a condition on its table."""
        return exists().where(*self._of_row(), OBSERVED_DAYS.c.days >= days).correlate(self.key.table)

    def count(self, session: Session, now: datetime) -> None:
        """Count a day for each row whose last one was counted a day ago, and begin with those that are new.

        What a clock that was ahead wrote is set right: a row that waits since some day to come waits from now on.
        """
        session.execute(update(self.key.table).where(self.since > now + SKEW).values({self.since: now}))
        ours = OBSERVED_DAYS.c.what == self.what
        session.execute(delete(OBSERVED_DAYS).where(ours, ~self._row_exists()))
        fresh = select(literal(self.what), cast(self.key, Text), self.since, literal(0), literal(now, UtcDateTime))
        fresh = fresh.where(self.since.is_not(None), ~exists().where(*self._of_row()))
        session.execute(insert(OBSERVED_DAYS).from_select(list(OBSERVED_DAYS.c), fresh))
        counting = update(OBSERVED_DAYS).where(ours)
        session.execute(counting.where(OBSERVED_DAYS.c.counted_at > now + SKEW).values(counted_at=now))
        lived = counting.where(OBSERVED_DAYS.c.counted_at <= now - DAY)
        session.execute(lived.values(days=OBSERVED_DAYS.c.days + 1, counted_at=now))

    def _of_row(self) -> tuple[ColumnElement[bool], ...]:
        """The entry of a row of the table."""
        return (
            OBSERVED_DAYS.c.what == self.what,
            OBSERVED_DAYS.c.row_key == cast(self.key, Text),
            OBSERVED_DAYS.c.since == self.since,
        )

    def _row_exists(self) -> ColumnElement[bool]:
        """Whether the row of an entry still waits since then; compared in the table's type, whose index is used."""
        key = cast(OBSERVED_DAYS.c.row_key, self.key.type)
        return exists().where(self.key == key, self.since == OBSERVED_DAYS.c.since).correlate(OBSERVED_DAYS)
