"""What was sent around a task of unknown outcome."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, case, func, or_, select

from kaimedia.domain import ErrorCode, Phase
from kaimedia.store.database.database import Database
from kaimedia.store.tables import TASKS

_UNSENT = (Phase.PREPARING.value, Phase.QUEUED.value)


class SentTasks:
    """The tasks sent in a span of time. Safe to share between threads; may raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def others(self, task_id: str, provider: str, since: datetime, until: datetime) -> tuple[float, int]:
        """What all other tasks sent in that time cost, in credits, and how many have an unknown outcome or cost.

        A cost is what the provider reported, else the list price. Imported tasks count by when they were made.
        """
        is_unknown = or_(
            TASKS.c.phase == Phase.SENDING.value,
            and_(TASKS.c.phase == Phase.FAILED.value, TASKS.c.error_code == ErrorCode.OUTCOME_UNKNOWN.value),
        )
        has_failed = TASKS.c.phase == Phase.FAILED.value
        was_free = and_(has_failed, TASKS.c.may_have_cost.is_(False), TASKS.c.credits_actual.is_(None))
        cost = func.coalesce(TASKS.c.credits_actual, TASKS.c.credits_estimated)
        statement = select(
            func.sum(case((or_(is_unknown, was_free), 0.0), else_=func.coalesce(cost, 0.0))),
            func.sum(case((is_unknown, 1), (was_free, 0), (cost.is_(None), 1), else_=0)),
        ).where(
            TASKS.c.provider == provider,
            TASKS.c.sent_at > since,
            TASKS.c.sent_at <= until,
            TASKS.c.task_id != task_id,
            TASKS.c.phase.not_in(_UNSENT),
        )
        with self._database.read() as session:
            credits, unknown = session.execute(statement).one()
        return float(credits or 0.0), int(unknown or 0)

    def is_sending_at(self, task_id: str, provider: str, moment: datetime, longest: timedelta) -> bool:
        """Whether another task was being sent then, so that a balance of that moment may or may not include it.

        One that was never accepted counts for `longest` after it was sent.
        """
        until = func.coalesce(TASKS.c.accepted_at, TASKS.c.updated_at)
        statement = select(TASKS.c.id).where(
            TASKS.c.provider == provider,
            TASKS.c.sent_at.between(moment - longest, moment),
            until >= moment,
            TASKS.c.task_id != task_id,
            TASKS.c.phase.not_in(_UNSENT),
            TASKS.c.imported_at.is_(None),
        )
        with self._database.read() as session:
            return session.execute(statement.limit(1)).first() is not None
