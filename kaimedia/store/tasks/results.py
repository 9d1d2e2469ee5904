"""The saved results of tasks."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from kaimedia.domain import NO_NOTE, Condition, Media, Phase, SavedFile, Status, Task
from kaimedia.errors import NotFound, StaleTransition
from kaimedia.store.database.database import Database
from kaimedia.store.ledger.writer import reconcile
from kaimedia.store.rows import media_from
from kaimedia.store.tables import MEDIA, TASKS
from kaimedia.store.tasks.creator import pending_media, record_inputs
from kaimedia.store.tasks.reader import one_task

_COMPLETE = update(MEDIA).where(MEDIA.c.id == bindparam("media_id")).returning(MEDIA)  # with the columns it is run with


class TaskResults:
    """The files of tasks' results. Safe to share between threads; each call is one transaction.

    Every method may raise `StoreUnavailable`. Times are timezone-aware; `now` is the caller's clock.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, task_id: str, variant: int, saved: SavedFile, now: datetime) -> Media:
        """Complete the media of one result, adding a row if there are more results than requested.

        A result that is already completed is returned unchanged: the first saved file wins.

        Raises:
            NotFound: There is no such task.
        """
        with self._database.write() as session:
            # Locked, so that two workers do not add the same row.
            locked = select(TASKS.c.id).where(TASKS.c.task_id == task_id).with_for_update()
            if session.execute(locked).first() is None:
                raise NotFound("There is no such task.")
            which = select(MEDIA).where(MEDIA.c.task_id == task_id, MEDIA.c.variant == variant).order_by(MEDIA.c.id)
            row = session.execute(which.limit(1)).first()
            if row is not None and row.status == Status.COMPLETED.value and not row.awaits_file:
                return media_from(row)
            values = file_values(saved) | {"status": Status.COMPLETED.value, "completed_at": now, "awaits_file": False}
            if row is None:
                task = one_task(session, TASKS.c.task_id == task_id)
                new_values = pending_media(task.request, task.modality, task.provider, now)
                values = new_values | {"task_id": task_id, "variant": variant} | values
                completed = session.execute(insert(MEDIA).values(**values).returning(MEDIA)).one()
                record_inputs(session, [completed.id], task.request.references)
            else:
                values |= {"error_message": None, "deleted_at": None}
                completed = session.execute(_COMPLETE, values | {"media_id": row.id}).one()
            session.execute(update(TASKS).where(TASKS.c.task_id == task_id).values(updated_at=now))
            return media_from(completed)

    def fetch_again(
        self, task_id: str, media_ids: Collection[int], now: datetime, condition: Condition = Condition.MISSING
    ) -> Task:
        """Reopen a finished task because the files of these media are missing or damaged; the media become unfinished.

        Until new files are saved, the rows keep the names of the old ones; if none come, the media are complete
        again, in that condition.

        Raises:
            StaleTransition: The task is running.
            NotFound: There is no such task.
        """
        ended = TASKS.c.task_id == task_id, TASKS.c.phase.in_((Phase.DONE.value, Phase.FAILED.value))
        waiting: dict[str, Any] = {
            "phase": Phase.WAITING.value, "status": Phase.WAITING.status.value, "error_code": None,
            "error_message": None, **NO_NOTE, "attempts": 0, "findings": {}, "accepted_at": now, "due_at": now,
            "updated_at": now, "completed_at": None, "dismissed_at": None, "owner": None, "lease_until": None,
        }  # fmt: skip
        with self._database.write() as session:
            if session.execute(update(TASKS).where(*ended).values(**waiting).returning(TASKS.c.id)).first() is None:
                one_task(session, TASKS.c.task_id == task_id)
                raise StaleTransition("The task is still running.")
            session.execute(update(MEDIA).where(MEDIA.c.id.in_(media_ids)).values(**_awaited(condition)))
            reconcile(session, [task_id], now)
            return one_task(session, TASKS.c.task_id == task_id)

    def await_too(self, task_id: str, media_id: int, condition: Condition = Condition.MISSING) -> bool:
        """Have another result of a task fetched again that already waits for one; False if it does not wait."""
        waiting = select(TASKS.c.id).where(TASKS.c.task_id == task_id, TASKS.c.phase == Phase.WAITING.value)
        which = MEDIA.c.id == media_id, MEDIA.c.task_id == task_id, waiting.exists()
        with self._database.write() as session:
            statement = update(MEDIA).where(*which).values(**_awaited(condition)).returning(MEDIA.c.id)
            return session.execute(statement).first() is not None


def _awaited(condition: Condition) -> dict[str, Any]:
    return {
        "status": Phase.WAITING.status.value,
        "error_message": None,
        "awaits_file": True,
        "condition": condition.value,
    }


def file_values(saved: SavedFile) -> dict[str, Any]:
    """The columns of a media row that describe its file."""
    values: dict[str, Any] = {
        "filename": saved.filename,
        "file_path": saved.filename,
        "thumbnail_path": saved.thumbnail_name,
        "thumbnail_large_path": saved.thumbnail_large_name,
        "poster_path": saved.poster_name,
        "width_px": saved.width_px,
        "height_px": saved.height_px,
        "size_bytes": saved.size_bytes,
        "sha256": saved.sha256,
        "mime_type": saved.mime_type,
        "condition": saved.condition.value,
        "colors": saved.colors,
    }
    if saved.media_type is not None:
        values["media_type"] = saved.media_type.value
    if saved.duration_s is not None:
        values["duration"] = max(1, round(saved.duration_s))
    return values
