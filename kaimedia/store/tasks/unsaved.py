"""Tasks whose results the provider made and that are not all saved here."""

from __future__ import annotations

from sqlalchemy import and_, or_, select

from kaimedia.domain import ErrorCode, Status, Task
from kaimedia.store import cursors
from kaimedia.store.database.database import Database
from kaimedia.store.rows import load_tasks
from kaimedia.store.tables import TASKS

_MAY_DELIVER = (ErrorCode.NOT_SAVED.value, ErrorCode.EXPIRED.value, ErrorCode.CANCELLED.value)
_UNSAVED = and_(
    TASKS.c.provider_done_at.is_not(None),
    TASKS.c.provider_task_id.is_not(None),
    or_(
        TASKS.c.status == Status.PROCESSING.value,
        and_(TASKS.c.status == Status.FAILED.value, TASKS.c.error_code.in_(_MAY_DELIVER)),
    ),
)


class UnsavedResults:
    """Generated, not saved yet. Safe to share between threads; may raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self, limit: int) -> list[Task]:
        """The newest tasks that the provider has finished and that are not saved, also those the user dismissed."""
        statement = select(TASKS).where(_UNSAVED).order_by(*cursors.order(TASKS, newest_first=True)).limit(limit)
        with self._database.read() as session:
            return load_tasks(session, statement)
