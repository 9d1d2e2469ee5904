"""The one place where tasks change."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from kaimedia.domain import ErrorCode, Phase, Status, Task, TaskChange
from kaimedia.errors import StaleTransition
from kaimedia.store.database import Database
from kaimedia.store.rows import CHANGEABLE, column_value
from kaimedia.store.tables import MEDIA, TASKS
from kaimedia.store.task_reads import one_task

FEWER = "The provider returned fewer results than asked for"
TAKEN = "Another task already has this provider task id."


class TaskChanges:
    """The changing half of `TaskStore`."""

    _db: Database

    def change(self, change: TaskChange, now: datetime) -> Task:
        """Apply one guarded change.

        A new phase sets the status and carries the media along: failing marks those without a file as failed
        with the task's message, going on takes that back (and the task's error, unless named). The error of
        media that got no file of a task that is done says so.

        Raises:
            StaleTransition: The task was no longer as expected, or another has its provider task id.
            NotFound: There is no such task.
            ValueError: `fields` names something that is no field of a task.
        """
        values = _values(change, now)
        try:
            with self._db.write() as session:
                applied = _apply(session, change, values)
                task = one_task(session, TASKS.c.task_id == change.task_id)
        except IntegrityError as error:
            raise StaleTransition(TAKEN) from error
        if not applied:
            raise StaleTransition(f"The task is {task.phase.value} by now; nothing was changed.")
        return task

    def change_many(self, changes: Collection[TaskChange], now: datetime) -> set[str]:
        """Apply many guarded changes in one transaction; those no longer as expected are left out.

        Returns: the ids of the tasks changed.
        """
        # In one order everywhere, so that two processes cannot wait for each other.
        ordered = [(change, _values(change, now)) for change in sorted(changes, key=lambda change: change.task_id)]
        applied: set[str] = set()
        if not ordered:
            return applied
        with self._db.write() as session:
            for change, values in ordered:
                if _apply_or_leave(session, change, values):
                    applied.add(change.task_id)
        return applied

    def adopt(
        self, provider_task_id: str, now: datetime, *, task_id: str | None = None, nonce: str | None = None
    ) -> Task:
        """Give a task whose reply was lost the provider's id; it is watched from now on.

        Raises:
            StaleTransition: Its outcome is not open, or another task has that id.
            NotFound: There is no such task.
        """
        which = TASKS.c.task_id == task_id if task_id is not None else TASKS.c.nonce == nonce
        unknown = and_(TASKS.c.phase == Phase.FAILED.value, TASKS.c.error_code == ErrorCode.OUTCOME_UNKNOWN.value)
        unsent = and_(TASKS.c.phase == Phase.SENDING.value, TASKS.c.provider_task_id.is_(None))
        is_open = or_(unsent, unknown)  # an id typed wrong leaves the outcome unknown and may be replaced
        values = _going_on(Phase.WAITING) | {
            "provider_task_id": provider_task_id,
            "accepted_at": now,
            "due_at": now,
            "updated_at": now,
            "may_have_cost": False,
            "note": None,
            "attempts": 0,
            "owner": None,
            "lease_until": None,
        }
        try:
            with self._db.write() as session:
                found = one_task(session, which)
                adopting = update(TASKS).where(which, is_open).values(**values).returning(TASKS.c.id)
                adopted = session.execute(adopting).first() is not None
                if adopted:
                    _carry_media(session, found.task_id, Phase.WAITING)
                    found = one_task(session, which)
        except IntegrityError as error:
            raise StaleTransition(TAKEN) from error
        if not adopted:
            raise StaleTransition("The outcome of this task is not open (any more).")
        return found


def _going_on(phase: Phase) -> dict[str, Any]:
    """What a phase says about a task that has not failed."""
    return {
        "phase": phase.value,
        "status": phase.status.value,
        "error_code": None,
        "error_message": None,
        "dismissed_at": None,
        "completed_at": None,
    }


def _values(change: TaskChange, now: datetime) -> dict[str, Any]:
    if unknown := set(change.fields) - CHANGEABLE:
        raise ValueError(f"not a field of a task that can change: {', '.join(sorted(unknown))}")
    named = {name: column_value(value) for name, value in change.fields.items()}
    values: dict[str, Any] = {"updated_at": now}
    if not change.keep_lease:
        values |= {"owner": None, "lease_until": None}
    if "phase" in named:
        phase = Phase(named["phase"])
        if phase is Phase.FAILED:
            values["status"] = phase.status.value
        else:
            values |= _going_on(phase)
        if phase is Phase.DONE:
            values["completed_at"] = now
    return values | named


def _apply(session: Session, change: TaskChange, values: dict[str, Any]) -> bool:
    guard = [TASKS.c.task_id == change.task_id, TASKS.c.phase.in_([phase.value for phase in change.expect])]
    if change.owner is not None:
        guard.append(TASKS.c.owner == change.owner)
    if session.execute(update(TASKS).where(*guard).values(**values).returning(TASKS.c.id)).first() is None:
        return False
    if "phase" in values:
        _carry_media(session, change.task_id, Phase(values["phase"]))
    return True


def _apply_or_leave(session: Session, change: TaskChange, values: dict[str, Any]) -> bool:
    if "provider_task_id" not in values:
        return _apply(session, change, values)
    try:
        with session.begin_nested():
            return _apply(session, change, values)
    except IntegrityError:
        return False


def _carry_media(session: Session, task_id: str, phase: Phase) -> None:
    """Bring the media that have no file yet to the task's new phase."""
    values: dict[str, Any] = {"status": phase.status.value, "error_message": None}
    if phase is Phase.DONE:
        values = {"status": Status.FAILED.value, "error_message": FEWER}
    elif phase is Phase.FAILED:
        values["error_message"] = select(TASKS.c.error_message).where(TASKS.c.task_id == task_id).scalar_subquery()
    unfinished = MEDIA.c.task_id == task_id, MEDIA.c.status != Status.COMPLETED.value
    session.execute(update(MEDIA).where(*unfinished).values(**values))
