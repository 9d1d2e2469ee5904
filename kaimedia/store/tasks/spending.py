"""What tasks have cost, in credits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, case, func, literal, or_, select, union_all

from kaimedia.domain import Phase
from kaimedia.domain.ledger import EntryKind, LedgerNote
from kaimedia.store.database.database import Database
from kaimedia.store.ledger_tables import LEDGER
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
        """Credits spent with a provider since `moment`, and reserved for the tasks sent since then that still run.

        Raises:
            StoreUnavailable: The database does not answer.
        """
        both = union_all(_spent(moment, provider), _reserved(moment, provider)).subquery()
        statement = select(
            func.count(both.c.task_id.distinct()), func.sum(both.c.credits), func.sum(both.c.is_unpriced)
        )
        with self._database.read() as session:
            tasks, credits, unpriced = session.execute(statement).one()
        return Spending(tasks, float(credits or 0.0), int(unpriced or 0))


def _spent(moment: datetime, provider: str) -> Select[tuple[str, float, int]]:
    kinds = [kind.value for kind in (EntryKind.SETTLED, EntryKind.REFUNDED, EntryKind.WRITTEN_OFF)]
    credits = func.sum(LEDGER.c.credits)
    is_marked = func.max(case((LEDGER.c.note_code == LedgerNote.PRICE_UNKNOWN.value, 1), else_=0))
    is_unpriced = case((credits != 0, 0), else_=is_marked)  # not once the provider has reported an amount
    return (
        select(LEDGER.c.task_id, credits.label("credits"), is_unpriced.label("is_unpriced"))
        .where(LEDGER.c.at >= moment, LEDGER.c.provider == str(provider), LEDGER.c.kind.in_(kinds))
        .group_by(LEDGER.c.task_id)
        .having(or_(credits != 0, is_unpriced > 0))
    )


def _reserved(moment: datetime, provider: str) -> Select[tuple[str, float, int]]:
    """The tasks sent since `moment` that have neither ended nor failed for good."""
    credits = func.sum(LEDGER.c.credits)
    is_sent = TASKS.c.provider == str(provider), TASKS.c.sent_at >= moment
    is_open = or_(TASKS.c.phase.in_(_RUNNING), (TASKS.c.phase == Phase.FAILED.value) & TASKS.c.may_have_cost)
    reserved = LEDGER.c.kind == EntryKind.RESERVED.value
    return (
        select(TASKS.c.task_id, credits.label("credits"), literal(0).label("is_unpriced"))
        .join(LEDGER, LEDGER.c.task_id == TASKS.c.task_id)
        .where(*is_sent, is_open, reserved)
        .group_by(TASKS.c.task_id)
        .having(credits > 0)
    )
