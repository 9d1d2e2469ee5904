"""What waits for a worker."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from kaimedia.domain import Phase
from kaimedia.domain.worker import DueTasks, QueueState
from kaimedia.store.database.database import Database
from kaimedia.store.tables import TASKS
from kaimedia.store.tasks.schedule import CLAIMABLE, NOT_HELD, is_free


class QueueStates:
    """Reads what is due and not claimed. Safe to share between threads; may raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, now: datetime) -> QueueState:
        """The due tasks at `now`, by phase, and the first end of a lease."""
        due = (
            select(TASKS.c.phase, func.count().label("number"), func.min(TASKS.c.due_at).label("oldest"))
            .where(TASKS.c.phase.in_(CLAIMABLE), TASKS.c.due_at <= now, NOT_HELD, is_free(now))
            .group_by(TASKS.c.phase)
        )
        lease = select(func.min(TASKS.c.lease_until)).where(TASKS.c.owner.is_not(None))
        with self._database.read() as session:
            rows = session.execute(due).all()
            first_lease_until = session.execute(lease).scalar_one()
        return QueueState({Phase(row.phase): DueTasks(row.number, row.oldest) for row in rows}, first_lease_until)
