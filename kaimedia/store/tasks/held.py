"""Tasks held in a copy of a database until the user decides about them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, select, text, update

from kaimedia.domain import NO_NOTE, ErrorCode, HoldCode, Phase, Status, Task
from kaimedia.store import cursors
from kaimedia.store.database.database import Database
from kaimedia.store.ledger.writer import reconcile
from kaimedia.store.prepared import PreparedSelect
from kaimedia.store.rows import load_tasks
from kaimedia.store.tables import HELD, MEDIA, TASKS
from kaimedia.store.webhooks.outbox import queue_ended

DISMISSED = "Dismissed: not sent from this copy of the database. The original may have sent and paid for it."
_HELD = and_(text(HELD), TASKS.c.hold_code == HoldCode.COPY.value)  # repeats the condition of the partial index
_COUNT = PreparedSelect(select(func.count().label("number")).select_from(TASKS).where(_HELD))


class HeldTasks:
    """The held tasks of a database. Safe to share between threads; every method may raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self) -> int:
        """How many tasks are held."""
        with self._database.read_prepared() as reader:
            (counted,) = _COUNT.rows(reader)
        return int(counted["number"])

    def newest(self, limit: int = 500) -> list[Task]:
        """The newest held tasks."""
        statement = select(TASKS).where(_HELD).order_by(*cursors.order(TASKS, newest_first=True)).limit(limit)
        with self._database.read() as session:
            return load_tasks(session, statement)

    def release(self, task_ids: Collection[str] | None, now: datetime) -> int:
        """Put these held tasks, or all, back in the queue; returns how many."""
        due_at = case((TASKS.c.is_paused, None), else_=now)  # those of a paused batch stay paused
        values = {"hold_code": None, **NO_NOTE, "due_at": due_at, "updated_at": now}
        with self._database.write() as session:
            changing = update(TASKS).where(*_which(task_ids)).values(**values).returning(TASKS.c.id)
            return len(session.execute(changing).all())

    def dismiss(self, task_ids: Collection[str] | None, now: datetime) -> int:
        """Dismiss these held tasks, or all, without sending them; returns how many."""
        values = {
            "hold_code": None,
            **NO_NOTE,
            "phase": Phase.FAILED.value,
            "status": Status.FAILED.value,
            "error_code": ErrorCode.CANCELLED.value,
            "error_message": DISMISSED,
            "dismissed_at": now,
            "updated_at": now,
        }
        with self._database.write() as session:
            changing = update(TASKS).where(*_which(task_ids)).values(**values).returning(TASKS.c.task_id)
            ended = list(session.execute(changing).scalars())
            media = update(MEDIA).where(MEDIA.c.task_id.in_(ended), MEDIA.c.status != Status.COMPLETED.value)
            session.execute(media.values(status=Status.FAILED.value, error_message=DISMISSED))
            reconcile(session, ended, now)
            queue_ended(session, ended, now)
            return len(ended)


def _which(task_ids: Collection[str] | None) -> list[ColumnElement[bool]]:
    return [_HELD] if task_ids is None else [_HELD, TASKS.c.task_id.in_(task_ids)]
