"""What tasks have cost, in credits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select

from kaimedia.domain import Phase
from kaimedia.domain.ledger import EntryKind, LedgerNote
from kaimedia.store.database.database import Database
from kaimedia.store.ledger.quarters import quarter_of, start_of
from kaimedia.store.ledger_tables import LEDGER, LEDGER_SUMS
from kaimedia.store.tables import TASKS

_RUNNING = (Phase.SENDING.value, Phase.WAITING.value, Phase.GENERATING.value)


@dataclass(frozen=True, slots=True)
class Spending:
    """Credits spent on sent tasks: as reported by the provider, otherwise the list price."""

    tasks: int = 0
    credits: float = 0.0
    unpriced: int = 0  # tasks with neither


class SpendingHistory:
    """The cost of earlier tasks. Safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def since(self, moment: datetime, provider: str) -> Spending:
        """Credits of the tasks requested from a provider since `moment`: spent, and reserved for those that were sent.

        Like limits and sums, this counts a task with all its entries when it was requested. `moment` begins a quarter
        of an hour, else the quarter it is in counts too.

        Raises:
            StoreUnavailable: The database does not answer.
        """
        sums, first = LEDGER_SUMS.c, quarter_of(moment)
        spent = select(func.sum(sums.tasks), func.sum(sums.credits)).where(
            sums.provider == str(provider), sums.quarter >= first
        )
        with self._database.read() as session:
            tasks, credits = session.execute(spent).one()
            unpriced = session.execute(_unpriced(start_of(first), provider)).scalar_one()
            running, reserved = session.execute(_reserved(start_of(first), provider)).one()
        total = round(float(credits or 0.0) + float(reserved or 0.0), 6)
        return Spending(int(tasks or 0) + int(unpriced) + int(running), total, int(unpriced))


def _unpriced(moment: datetime, provider: str) -> Select[Any]:
    """The number of tasks charged at an unknown price, that the provider has not reported since either."""
    is_charged = LEDGER.c.kind.in_((EntryKind.SETTLED.value, EntryKind.REFUNDED.value))
    is_marked = LEDGER.c.note_code.is_not(None), LEDGER.c.note_code == LedgerNote.PRICE_UNKNOWN.value
    which = LEDGER.c.provider == str(provider), LEDGER.c.task_created_at >= moment, is_charged
    marked = select(LEDGER.c.task_id).where(*which, *is_marked)
    entries = LEDGER.alias()
    unpriced = (
        select(entries.c.task_id)
        .where(entries.c.task_id.in_(marked), entries.c.kind.in_((EntryKind.SETTLED.value, EntryKind.REFUNDED.value)))
        .group_by(entries.c.task_id)
        .having(func.sum(func.abs(entries.c.credits)) == 0)
    )
    return select(func.count()).select_from(unpriced.subquery())


def _reserved(moment: datetime, provider: str) -> Select[int, float]:
    """The tasks requested since `moment` that were sent and have neither ended nor failed for good."""
    credits = func.sum(LEDGER.c.credits)
    is_recent = TASKS.c.provider == str(provider), TASKS.c.created_at >= moment, TASKS.c.sent_at >= moment
    is_open = or_(TASKS.c.phase.in_(_RUNNING), (TASKS.c.phase == Phase.FAILED.value) & TASKS.c.may_have_cost)
    by_task = (
        select(credits.label("credits"))
        .select_from(TASKS.join(LEDGER, LEDGER.c.task_id == TASKS.c.task_id))
        .where(*is_recent, is_open, LEDGER.c.kind == EntryKind.RESERVED.value)
        .group_by(TASKS.c.task_id)
        .having(credits > 0)
        .subquery()
    )
    return select(func.count(), func.sum(by_task.c.credits))
