"""Sums of the ledger's entries. A task counts at the time it was requested, with all its entries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select

from kaimedia.domain import ErrorCode, Phase
from kaimedia.domain.ledger import EntryKind, LedgerNote
from kaimedia.domain.spending import LostLine, LostReason, Reserved, SpendingCell, SpendingRange, Sums
from kaimedia.store.columns import UtcDateTime
from kaimedia.store.database.database import Database
from kaimedia.store.ledger.days import day_number
from kaimedia.store.ledger_tables import BALANCES, LEDGER
from kaimedia.store.tables import GALLERY_CHANGES, TASKS

IS_CHARGED = LEDGER.c.kind.in_((EntryKind.SETTLED.value, EntryKind.REFUNDED.value))
IS_WRITTEN_OFF = LEDGER.c.kind == EntryKind.WRITTEN_OFF.value
IS_SPENT = or_(IS_CHARGED, IS_WRITTEN_OFF)
IS_RESERVED = LEDGER.c.kind == EntryKind.RESERVED.value
_IS_LOST = or_(IS_WRITTEN_OFF, and_(IS_CHARGED, LEDGER.c.note_code == LedgerNote.FAILED.value))
SMALLEST = 1e-6  # credits; less comes from floating-point arithmetic
_LOST = {reason.value: reason for reason in LostReason}


class SpendingReader:
    """Sums over many entries. Safe to share between threads; every method may raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def providers(self) -> list[str]:
        """The providers that anything was requested from."""
        with self._database.read() as session:
            return list(session.execute(select(LEDGER.c.provider).distinct()).scalars())

    def marker(self) -> tuple[int, ...]:
        """A value that changes whenever any of the sums may change, those of results and balances included."""
        parts = func.max(LEDGER.c.id), func.max(BALANCES.c.id), func.sum(GALLERY_CHANGES.c.number)
        with self._database.read() as session:
            row = session.execute(select(*(select(part).scalar_subquery() for part in parts))).one()
        return tuple(int(value or 0) for value in row)

    def first_at(self, provider: str) -> datetime | None:
        """When the first task was requested from a provider; None without one."""
        statement = select(func.min(LEDGER.c.task_created_at, type_=UtcDateTime)).where(LEDGER.c.provider == provider)
        with self._database.read() as session:
            found: datetime | None = session.execute(statement).scalar_one()
        return found

    def cells(self, where: SpendingRange, starts: Sequence[datetime] = ()) -> list[SpendingCell]:
        """The sums by day, model and API token.

        `starts` are the times at which days begin, with the end of the last one, whole seconds; without them, all are
        one day. The range must lie within them.
        """
        keys = (LEDGER.c.model, LEDGER.c.modality, LEDGER.c.token_id)
        day = day_number(starts, self._database.dialect) if len(starts) > 1 else literal(0)
        conditions = (*in_range(where), LEDGER.c.kind != EntryKind.ESTIMATED.value)
        statement = select(*keys, day.label("day"), *sums()).where(*conditions).group_by(*keys, "day")
        with self._database.read() as session:
            rows = session.execute(statement).all()
        return [SpendingCell(row.day, row.model, row.modality, row.token_id, sums_of(row)) for row in rows]

    def reserved(self, provider: str) -> Reserved:
        """What is set aside now at a provider."""
        held = (
            select(LEDGER.c.task_id, func.sum(LEDGER.c.credits).label("credits"))
            .where(LEDGER.c.provider == provider, IS_RESERVED)
            .group_by(LEDGER.c.task_id)
            .having(func.abs(func.sum(LEDGER.c.credits)) >= SMALLEST)
            .subquery()
        )
        is_undecided = and_(TASKS.c.phase == Phase.FAILED.value, TASKS.c.error_code == ErrorCode.OUTCOME_UNKNOWN.value)
        statement = select(
            func.count(),
            func.coalesce(func.sum(held.c.credits), 0.0),
            func.coalesce(func.sum(case((is_undecided, 1), else_=0)), 0),
            func.coalesce(func.sum(case((is_undecided, held.c.credits), else_=0.0)), 0.0),
        ).select_from(held.outerjoin(TASKS, TASKS.c.task_id == held.c.task_id))
        with self._database.read() as session:
            tasks, credits, undecided_tasks, undecided = session.execute(statement).one()
        return Reserved(tasks, float(credits), int(undecided_tasks), float(undecided))

    def lost(self, where: SpendingRange) -> list[LostLine]:
        """What was paid without a result, by reason."""
        with self._database.read() as session:
            rows = session.execute(_lost(where)).all()
        return [LostLine(_LOST[row.reason], row.tasks, row.credits, row.usd or 0.0) for row in rows]


def in_range(where: SpendingRange) -> list[ColumnElement[bool]]:
    """The conditions for the entries of these tasks."""
    conditions: list[ColumnElement[bool]] = [LEDGER.c.provider == where.provider]
    if where.since is not None:
        conditions.append(LEDGER.c.task_created_at >= where.since)
    if where.until is not None:
        conditions.append(LEDGER.c.task_created_at < where.until)
    return conditions


def total(which: ColumnElement[bool], amount: Any = LEDGER.c.credits) -> ColumnElement[float]:
    """The sum of an amount over the entries that match."""
    return func.sum(case((which, amount), else_=0.0))


def sums() -> tuple[ColumnElement[Any], ...]:
    """The columns of `Sums`."""
    is_paid = and_(IS_SPENT, LEDGER.c.credits != 0)
    return (
        func.count(case((is_paid, LEDGER.c.task_id)).distinct()).label("tasks"),
        total(IS_SPENT).label("credits"),
        total(IS_SPENT, func.coalesce(LEDGER.c.usd, 0.0)).label("usd"),
        total(_IS_LOST).label("lost"),
        total(IS_RESERVED).label("reserved"),
    )


def sums_of(row: Any) -> Sums:
    """The sums of one row of such columns."""
    return Sums(row.tasks, row.credits, row.usd, row.lost, row.reserved)


def _lost(where: SpendingRange) -> Select[Any]:
    """Of each task, the reason of its last such entry; what was taken back leaves nothing."""
    by_task = (
        select(
            total(_IS_LOST).label("credits"),
            total(_IS_LOST, func.coalesce(LEDGER.c.usd, 0.0)).label("usd"),
            func.max(case((LEDGER.c.note_code.in_(_LOST), LEDGER.c.note_code))).label("reason"),
        )
        .where(*in_range(where), _IS_LOST)
        .group_by(LEDGER.c.task_id)
        .subquery()
    )
    return (
        select(
            by_task.c.reason,
            func.count().label("tasks"),
            func.sum(by_task.c.credits).label("credits"),
            func.sum(by_task.c.usd).label("usd"),
        )
        .where(by_task.c.credits > 0, by_task.c.reason.is_not(None))
        .group_by(by_task.c.reason)
    )
