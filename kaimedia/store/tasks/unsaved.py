"""Tasks whose results the provider made and that are not all saved here."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, or_, select, tuple_

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

    def oldest(
        self, provider: str, since: datetime, limit: int, after: tuple[datetime, str] | None = None
    ) -> list[Task]:
        """Tasks that the provider finished after `since` and that are not saved, also those the user dismissed.

        Those finished first come first; `after` is the time and the id of the last one of the page before.
        """
        done_at = TASKS.c.provider_done_at
        statement = select(TASKS).where(_UNSAVED, TASKS.c.provider == provider, done_at > since)
        if after is not None:
            statement = statement.where(tuple_(done_at, TASKS.c.task_id) > tuple_(*after))
        with self._database.read() as session:
            return load_tasks(session, statement.order_by(done_at, TASKS.c.task_id).limit(limit))

    def being_saved(self, limit: int) -> list[Task]:
        """The newest of those that the app still tries to save."""
        is_tried = or_(TASKS.c.status == Status.PROCESSING.value, TASKS.c.due_at.is_not(None))
        statement = select(TASKS).where(_UNSAVED, is_tried).order_by(*cursors.order(TASKS, newest_first=True))
        with self._database.read() as session:
            return load_tasks(session, statement.limit(limit))
