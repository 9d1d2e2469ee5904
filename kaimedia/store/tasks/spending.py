"""What tasks have cost, in credits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select

from kaimedia.domain import Phase
from kaimedia.store.database.database import Database
from kaimedia.store.tables import TASKS

_UNSENT = (Phase.PREPARING.value, Phase.QUEUED.value)  # may have `sent_at` from an attempt that never arrived


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
        """Credits spent with a provider since `moment`, without tasks that certainly cost nothing.

        Raises:
            StoreUnavailable: The database does not answer.
        """
        credits = func.coalesce(TASKS.c.credits_actual, TASKS.c.credits_estimated)
        was_free = and_(TASKS.c.phase == Phase.FAILED.value, TASKS.c.may_have_cost.is_(False))
        statement = select(
            func.count().label("tasks"), func.sum(credits).label("credits"), func.count(credits).label("priced")
        ).where(
            TASKS.c.provider == str(provider),
            TASKS.c.sent_at >= moment,
            TASKS.c.phase.not_in(_UNSENT),
            or_(~was_free, TASKS.c.credits_actual > 0),
        )
        with self._database.read() as session:
            row = session.execute(statement).one()
        return Spending(row.tasks, float(row.credits or 0.0), row.tasks - row.priced)
