"""The one place where tasks change."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, not_, or_, select, update
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
        self,
        provider_task_id: str,
        now: datetime,
        *,
        task_id: str | None = None,
        nonce: str | None = None,
        is_proven: bool = False,
    ) -> Task:
        """Give a task whose reply was lost the provider's id; it is watched from now on and never sent again.

        The task is named by a person or by our own sender (`task_id`), or by a callback's address (`nonce`).
        `is_proven` says that the provider itself told the id: in its reply, or in a signed callback.

        Three things must not happen: a second send, a paid result lost, a task torn from an id under which it
        goes well. Adopting never leads to a send, so the first cannot. For the others:

        - A task without id that is being sent, or whose outcome is unknown, takes any id: there is nothing to lose.
        - With an id, it is kept for good once a look has found a record under it, or when the provider told it.
        - Any other id is only what somebody said. While it is watched, only a proven one takes its place; so a
          forged callback does not hide the reply that is still under way, nor a slip of the finger the signed
          callback. A task that ended meanwhile under such an id is taken up again by a proven one, because
          that one may be paid; not when a person cancelled it.
        - When the provider knows no task of that id (outcome unknown again), whatever comes next may replace it.
          A person may replace any id then, also a proven one: the key may have been changed meanwhile.

        Raises:
            StaleTransition: It is not open to that id, or another task has it.
            NotFound: There is no such task.
        """
        which = TASKS.c.task_id == task_id if task_id is not None else TASKS.c.nonce == nonce
        is_open = _open_to(by_address=task_id is None, is_proven=is_proven)
        values = _going_on(Phase.WAITING) | {
            "provider_task_id": provider_task_id,
            "is_id_unproven": not is_proven,
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


def _open_to(*, by_address: bool, is_proven: bool) -> ColumnElement[bool]:
    """The tasks that may take another id; the reasons are with `TaskChanges.adopt`."""
    has_none = TASKS.c.provider_task_id.is_(None)
    is_lost = and_(TASKS.c.phase == Phase.FAILED.value, TASKS.c.error_code == ErrorCode.OUTCOME_UNKNOWN.value)
    ways = [and_(has_none, TASKS.c.phase == Phase.SENDING.value), is_lost]
    if by_address:
        ways[1] = and_(is_lost, or_(has_none, TASKS.c.is_id_unproven))
    if is_proven:
        is_given_up = TASKS.c.error_code.is_not_distinct_from(ErrorCode.CANCELLED.value)
        is_mistaken = TASKS.c.phase.in_((Phase.WAITING.value, Phase.FAILED.value))
        ways.append(and_(TASKS.c.is_id_unproven, is_mistaken, not_(is_given_up)))
    return or_(*ways)


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
