"""Sums of the ledger's entries. A task counts at the time it was requested, with all its entries."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select

from kaimedia.domain import ErrorCode, Phase
from kaimedia.domain.ledger import EntryKind
from kaimedia.domain.spending import LostLine, LostReason, Reserved, SpendingCell, SpendingRange, Sums
from kaimedia.store.columns import UtcDateTime
from kaimedia.store.database.database import Database
from kaimedia.store.ledger.quarters import quarter_from, quarter_of, start_of
from kaimedia.store.ledger.targets import LOST_NOTES
from kaimedia.store.ledger_tables import BALANCES, LEDGER, LEDGER_SUMS
from kaimedia.store.tables import GALLERY_CHANGES, TASKS

MOST_SPANS = 100
IS_CHARGED = LEDGER.c.kind.in_((EntryKind.SETTLED.value, EntryKind.REFUNDED.value))
IS_WRITTEN_OFF = LEDGER.c.kind == EntryKind.WRITTEN_OFF.value
IS_SPENT = or_(IS_CHARGED, IS_WRITTEN_OFF)
IS_RESERVED = LEDGER.c.kind == EntryKind.RESERVED.value
# Such entries always have a note, and there is an index of those that do.
_IS_LOST = and_(
    LEDGER.c.note_code.is_not(None),
    or_(IS_WRITTEN_OFF, and_(IS_CHARGED, LEDGER.c.note_code.in_([note.value for note in LOST_NOTES]))),
)
SMALLEST = 1e-6  # credits; less comes from floating-point arithmetic
_LOST = {reason.value: reason for reason in LostReason}


class SpendingReader:
    """Sums over many entries. Safe to share between threads; every method may raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def providers(self) -> list[str]:
        """The providers that anything was requested from."""
        found: list[str] = []
        with self._database.read() as session:
            while name := session.execute(_provider_after(found[-1] if found else "")).scalar():
                found.append(name)
        return found

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

        `starts` are the times at which days begin, with the end of the last one; without them, all are one day. The
        range must lie within them, and begin and end with a quarter of an hour.
        """
        with self._database.read() as session:
            summed = session.execute(_summed(where)).all()
            lost = session.execute(_lost_entries(where)).all()
        begins = [quarter_of(start) for start in starts[:-1]]
        added: dict[tuple[int, str, str, str], list[float]] = {}
        for quarter, model, modality, token_id, *amounts in summed:
            key = max(0, bisect_right(begins, quarter) - 1), model, modality, token_id
            sums = added.setdefault(key, [0.0] * len(amounts))
            for place, amount in enumerate(amounts):
                sums[place] += amount
        found = {
            key: Sums(int(tasks), credits, usd, reserved=reserved)
            for key, (tasks, credits, usd, reserved) in added.items()
        }
        for at, model, modality, token_id, credits in lost:
            key = max(0, bisect_right(begins, quarter_of(at)) - 1), model, modality, token_id
            found[key] = found.get(key, Sums()) + Sums(lost=credits)
        return [SpendingCell(*key, sums) for key, sums in found.items()]

    def reserved(self, provider: str) -> Reserved:
        """What is set aside now at a provider."""
        with self._database.read() as session:
            quarters = list(session.execute(_quarters_with_reserved(provider)).scalars())
            if not quarters:
                return Reserved()
            tasks, credits, undecided_tasks, undecided = session.execute(_reserved(provider, quarters)).one()
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


def _provider_after(name: str) -> Select[tuple[str]]:
    return select(func.min(LEDGER.c.provider)).where(LEDGER.c.provider > name)


def _summed(where: SpendingRange) -> Select[Any]:
    sums = LEDGER_SUMS.c
    conditions = [sums.provider == str(where.provider)]
    if where.since is not None:
        conditions.append(sums.quarter >= quarter_from(where.since))
    if where.until is not None:
        conditions.append(sums.quarter < quarter_from(where.until))
    keys = sums.quarter, sums.model, sums.modality, sums.token_id
    return select(*keys, sums.tasks, sums.credits, sums.usd, sums.reserved).where(*conditions)


def _quarters_with_reserved(provider: str) -> Select[tuple[int]]:
    sums = LEDGER_SUMS.c
    return (
        select(sums.quarter)
        .where(sums.provider == str(provider))
        .group_by(sums.quarter)
        .having(func.abs(func.sum(sums.reserved)) >= SMALLEST)
    )


def _reserved(provider: str, quarters: Sequence[int]) -> Select[Any]:
    """What is set aside for the tasks of these quarters, which are few as long as few tasks are under way."""
    spans = [(number, number) for number in quarters]
    if len(spans) > MOST_SPANS:
        spans = [(min(quarters), max(quarters))]
    created_at = LEDGER.c.task_created_at
    is_within = or_(*(and_(created_at >= start_of(first), created_at < start_of(last + 1)) for first, last in spans))
    held = (
        select(LEDGER.c.task_id, func.sum(LEDGER.c.credits).label("credits"))
        .where(LEDGER.c.provider == str(provider), is_within, IS_RESERVED)
        .group_by(LEDGER.c.task_id)
        .having(func.abs(func.sum(LEDGER.c.credits)) >= SMALLEST)
        .subquery()
    )
    is_undecided = and_(TASKS.c.phase == Phase.FAILED.value, TASKS.c.error_code == ErrorCode.OUTCOME_UNKNOWN.value)
    return select(
        func.count(),
        func.coalesce(func.sum(held.c.credits), 0.0),
        func.coalesce(func.sum(case((is_undecided, 1), else_=0)), 0),
        func.coalesce(func.sum(case((is_undecided, held.c.credits), else_=0.0)), 0.0),
    ).select_from(held.outerjoin(TASKS, TASKS.c.task_id == held.c.task_id))


def _lost_entries(where: SpendingRange) -> Select[Any]:
    columns = LEDGER.c.task_created_at, LEDGER.c.model, LEDGER.c.modality, LEDGER.c.token_id, LEDGER.c.credits
    return select(*columns).where(*in_range(where), _IS_LOST)


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
            func.max(case((LEDGER.c.note_code.in_(_LOST), LEDGER.c.id))).label("last_id"),
        )
        .where(*in_range(where), _IS_LOST)
        .group_by(LEDGER.c.task_id)
        .having(total(_IS_LOST) >= SMALLEST)
        .subquery()
    )
    last = LEDGER.alias()
    return (
        select(
            last.c.note_code.label("reason"),
            func.count().label("tasks"),
            func.sum(by_task.c.credits).label("credits"),
            func.sum(by_task.c.usd).label("usd"),
        )
        .join(by_task, by_task.c.last_id == last.c.id)
        .group_by(last.c.note_code)
    )
