"""What tasks have cost, in credits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, or_, select

from kaimedia.domain import Phase
from kaimedia.domain.ledger import EntryKind, LedgerNote
from kaimedia.store.columns import UtcDateTime
from kaimedia.store.database.database import Database
from kaimedia.store.ledger.quarters import quarter_of, start_of
from kaimedia.store.ledger_tables import LEDGER, LEDGER_SUMS
from kaimedia.store.prepared import PreparedSelect, is_one_of
from kaimedia.store.tables import TASKS

_RUNNING = (Phase.SENDING.value, Phase.WAITING.value, Phase.GENERATING.value)
_CHARGED = (EntryKind.SETTLED.value, EntryKind.REFUNDED.value)


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
        first = quarter_of(moment)
        wanted = {"provider": str(provider), "since": start_of(first)}
        with self._database.read_prepared() as reader:
            (spent,) = _SPENT.rows(reader, provider=str(provider), first=first)
            (charged,) = _UNPRICED.rows(reader, **wanted)
            (running,) = _RESERVED.rows(reader, **wanted)
        unpriced, reserved = int(charged["tasks"]), float(running["credits"] or 0.0)
        total = round(float(spent["credits"] or 0.0) + reserved, 6)
        return Spending(int(spent["tasks"] or 0) + unpriced + int(running["tasks"]), total, unpriced)


def _unpriced() -> Select[Any]:
    """The number of tasks charged at an unknown price, that the provider has not reported since either."""
    is_charged = is_one_of(LEDGER.c.kind, _CHARGED)
    is_marked = LEDGER.c.note_code.is_not(None), LEDGER.c.note_code == LedgerNote.PRICE_UNKNOWN.value
    which = LEDGER.c.provider == bindparam("provider"), LEDGER.c.task_created_at >= bindparam("since"), is_charged
    marked = select(LEDGER.c.task_id).where(*which, *is_marked)
    entries = LEDGER.alias()
    unpriced = (
        select(entries.c.task_id)
        .where(entries.c.task_id.in_(marked), is_one_of(entries.c.kind, _CHARGED))
        .group_by(entries.c.task_id)
        .having(func.sum(func.abs(entries.c.credits)) == 0)
    )
    return select(func.count().label("tasks")).select_from(unpriced.subquery())


def _reserved() -> Any:
    """The tasks requested `since` then that were sent and have neither ended nor failed for good."""
    credits, since = func.sum(LEDGER.c.credits), bindparam("since", type_=UtcDateTime)
    is_recent = TASKS.c.provider == bindparam("provider"), TASKS.c.created_at >= since, TASKS.c.sent_at >= since
    is_open = or_(is_one_of(TASKS.c.phase, _RUNNING), (TASKS.c.phase == Phase.FAILED.value) & TASKS.c.may_have_cost)
    by_task = (
        select(credits.label("credits"))
        .select_from(TASKS.join(LEDGER, LEDGER.c.task_id == TASKS.c.task_id))
        .where(*is_recent, is_open, LEDGER.c.kind == EntryKind.RESERVED.value)
        .group_by(TASKS.c.task_id)
        .having(credits > 0)
        .subquery()
    )
    return select(func.count().label("tasks"), func.sum(by_task.c.credits).label("credits"))


_SUMS = LEDGER_SUMS.c
_SPENT = PreparedSelect(
    select(func.sum(_SUMS.tasks).label("tasks"), func.sum(_SUMS.credits).label("credits")).where(
        _SUMS.provider == bindparam("provider"), _SUMS.quarter >= bindparam("first")
    )
)
_UNPRICED = PreparedSelect(_unpriced())
_RESERVED = PreparedSelect(_reserved())
