"""Count the age of rows in observed days, so that a clock set ahead cannot age them.

What is removed by age (trash, idempotency keys, ended sign-ins) is removed only when its date says so *and* enough
days were counted for it. At most one day is counted per 24 hours of wall-clock time, however far the clock moves at
once: a jump counts as one day, whether the app is running or not, and one day more than needed is counted.
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
SKEW = timedelta(seconds=60)  # how far the clocks of different machines may differ

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


def days_for(retention: timedelta) -> int:
    """How many days to count for that retention: one more than it has, since a clock set ahead may add one."""
    return -(-retention // DAY) + 1 if retention else 0


@dataclass(frozen=True, slots=True)
class DayCounter:
    """Counts days for rows that will be removed: their key, and the time from which they age (NULL: not aging)."""

    what: str
    key: Column[int] | Column[str]
    since: Column[datetime]

    def has_reached(self, days: int) -> ColumnElement[bool]:
        """The condition that this many days were counted for a row, for use on its table."""
        return exists().where(*self._of_row(), OBSERVED_DAYS.c.days >= days).correlate(self.key.table)

    def count(self, session: Session, now: datetime) -> None:
        """Count a day for each row whose last day was counted at least a day ago, and start counting new rows.

        Times written by a clock that was ahead are repaired: a start in the future becomes now.
        """
        session.execute(update(self.key.table).where(self.since > now + SKEW).values({self.since: now}))
        ours = OBSERVED_DAYS.c.what == self.what
        session.execute(delete(OBSERVED_DAYS).where(ours, ~self._row_exists()))
        new_rows = select(literal(self.what), cast(self.key, Text), self.since, literal(0), literal(now, UtcDateTime))
        new_rows = new_rows.where(self.since.is_not(None), ~exists().where(*self._of_row()))
        session.execute(insert(OBSERVED_DAYS).from_select(list(OBSERVED_DAYS.c), new_rows))
        counting = update(OBSERVED_DAYS).where(ours)
        session.execute(counting.where(OBSERVED_DAYS.c.counted_at > now + SKEW).values(counted_at=now))
        day_passed = counting.where(OBSERVED_DAYS.c.counted_at <= now - DAY)
        session.execute(day_passed.values(days=OBSERVED_DAYS.c.days + 1, counted_at=now))

    def _of_row(self) -> tuple[ColumnElement[bool], ...]:
        """The condition for a row's entry."""
        return (
            OBSERVED_DAYS.c.what == self.what,
            OBSERVED_DAYS.c.row_key == cast(self.key, Text),
            OBSERVED_DAYS.c.since == self.since,
        )

    def _row_exists(self) -> ColumnElement[bool]:
        """Whether an entry's row still exists with this start; compared in the table's type, to use its index."""
        key = cast(OBSERVED_DAYS.c.row_key, self.key.type)
        return exists().where(self.key == key, self.since == OBSERVED_DAYS.c.since).correlate(OBSERVED_DAYS)
