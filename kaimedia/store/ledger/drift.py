"""How a provider's balance moved, against what the ledger added meanwhile."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from sqlalchemy import Row, Subquery, exists, func, or_, select

from kaimedia.domain.ledger import EntryKind
from kaimedia.domain.spending import BalanceStep
from kaimedia.store.columns import UtcDateTime
from kaimedia.store.database.database import Database
from kaimedia.store.ledger_tables import BALANCES, LEDGER
from kaimedia.store.tables import TASKS

MOST_STEPS = 1000


class BalanceDrift:
    """Compares balances with the ledger. Thread-safe; every method may raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def steps(self, provider: str, since: datetime | None, until: datetime | None) -> list[BalanceStep]:
        """From each reading of the balance to the next that differs, the oldest first; the latest 1,000 at most.

        The first step begins with the first reading in the time asked for, the last ends with the last one. No step
        leads from a reading to one with another key, which may be of another account. What is reserved for a task
        counts from when it was sent: before that, the provider has taken nothing.
        """
        pairs = _pairs(_readings(provider, since, until))
        recorded = (
            select(func.coalesce(func.sum(LEDGER.c.credits), 0.0))
            .where(
                LEDGER.c.provider == provider,
                LEDGER.c.kind != EntryKind.ESTIMATED.value,
                LEDGER.c.at > pairs.c.started_at,
                LEDGER.c.at <= pairs.c.ended_at,
            )
            .correlate(pairs)
            .scalar_subquery()
        )
        statement = (
            select(pairs, recorded.label("recorded"))
            .where(pairs.c.started_at.is_not(None), pairs.c.key_id == pairs.c.previous_key_id)
            .order_by(pairs.c.ended_at)
        )
        with self._database.read() as session:
            rows = session.execute(statement).all()
            unsent = (
                _Unsent(session.execute(_waiting(provider, rows[0].started_at, rows[-1].ended_at))) if rows else None
            )
        return [
            BalanceStep(row.started_at, row.ended_at, row.before, row.after, row.recorded - unsent.between(row))
            for row in rows
            if unsent is not None
        ]


class _Unsent:
    """What was reserved at any time for tasks that had not been sent by then."""

    def __init__(self, entries: Iterable[Any]) -> None:
        found = list(entries)
        changes = [(row.at, row.credits) for row in found]
        changes += [(row.sent_at, -row.credits) for row in found if row.sent_at is not None]
        changes.sort()
        self._times: list[datetime] = [at for at, _ in changes]
        self._sums: list[float] = [0.0, *accumulate(credits for _, credits in changes)]

    def between(self, step: Row[Any]) -> float:
        """By how many credits that rose in a step."""
        return round(self._at(step.ended_at) - self._at(step.started_at), 6)

    def _at(self, moment: datetime) -> float:
        return self._sums[bisect_right(self._times, moment)]


def _waiting(provider: str, since: datetime, until: datetime) -> Any:
    """What is reserved, for tasks that waited while the balance was read, until they were sent."""
    is_of_provider = TASKS.c.provider == provider, TASKS.c.created_at <= until
    was_sent_later = or_(TASKS.c.sent_at.is_(None), TASKS.c.sent_at > since)
    is_read_meanwhile = exists().where(
        BALANCES.c.provider == provider,
        BALANCES.c.at >= TASKS.c.created_at,
        # One bound, so that the index is read only from there to here.
        BALANCES.c.at < func.coalesce(TASKS.c.sent_at, until + timedelta(microseconds=1)),
    )
    reserved = (
        LEDGER.c.task_id == TASKS.c.task_id,
        LEDGER.c.kind == EntryKind.RESERVED.value,
        or_(TASKS.c.sent_at.is_(None), LEDGER.c.at < TASKS.c.sent_at),
    )
    conditions = *is_of_provider, was_sent_later, is_read_meanwhile, *reserved
    return select(LEDGER.c.at, LEDGER.c.credits, TASKS.c.sent_at).where(*conditions)


def _readings(provider: str, since: datetime | None, until: datetime | None) -> Subquery:
    """The first and the last reading with each key, and those that differ from the one before; the latest only."""
    conditions = [BALANCES.c.provider == provider]
    if since is not None:
        conditions.append(BALANCES.c.at >= since)
    if until is not None:
        conditions.append(BALANCES.c.at < until)
    order = BALANCES.c.at, BALANCES.c.id
    all_readings = (
        select(
            BALANCES.c.id,
            BALANCES.c.at,
            BALANCES.c.credits,
            BALANCES.c.key_id,
            func.lag(BALANCES.c.credits).over(order_by=order).label("previous"),
            func.lag(BALANCES.c.key_id).over(order_by=order).label("previous_key_id"),
            func.lead(BALANCES.c.key_id).over(order_by=order).label("next_key_id"),
        )
        .where(*conditions)
        .subquery()
    )
    found = all_readings.c
    is_first = found.previous_key_id.is_distinct_from(found.key_id)
    is_last = found.next_key_id.is_distinct_from(found.key_id)
    return (
        select(found.id, found.at, found.credits, found.key_id)
        .where(or_(is_first, found.previous != found.credits, is_last))
        .order_by(found.at.desc(), found.id.desc())
        .limit(MOST_STEPS + 1)
        .subquery()
    )


def _pairs(readings: Subquery) -> Subquery:
    """Each reading with the one before; the first has none."""
    order = readings.c.at, readings.c.id
    return select(
        readings.c.at.label("ended_at"),
        readings.c.credits.label("after"),
        readings.c.key_id,
        func.lag(readings.c.key_id).over(order_by=order).label("previous_key_id"),
        func.lag(readings.c.at, type_=UtcDateTime).over(order_by=order).label("started_at"),
        func.lag(readings.c.credits).over(order_by=order).label("before"),
    ).subquery()
