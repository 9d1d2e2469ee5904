"""All changes of existing tasks: state transitions and attaching provider ids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, not_, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from kaimedia.domain import NO_NOTE, ErrorCode, Phase, Task, TaskChange
from kaimedia.errors import StaleTransition
from kaimedia.store.database.database import Database
from kaimedia.store.ledger.writer import is_decisive, reconcile
from kaimedia.store.rows import CHANGEABLE, column_value
from kaimedia.store.statements import chunks
from kaimedia.store.tables import TASKS
from kaimedia.store.tasks.batch_rules import queued_again
from kaimedia.store.tasks.media_status import follow_phase
from kaimedia.store.tasks.reader import one_task
from kaimedia.store.webhooks.outbox import queue_ended

TAKEN = "Another task already has this provider task id."
_ENDED = (Phase.DONE, Phase.FAILED)
_STATES = (
    select(TASKS.c.task_id, TASKS.c.phase, TASKS.c.owner)
    .where(TASKS.c.task_id.in_(bindparam("task_ids", expanding=True)))
    .order_by(TASKS.c.task_id)
    .with_for_update()
)
_CHANGED = "changed_task_id"
_WRITE = update(TASKS).where(TASKS.c.task_id == bindparam(_CHANGED))  # sets the columns of the rows it is run with


class TaskUpdater:
    """Changes existing tasks. Safe to share between threads; each call is one transaction.

    Every method may raise `StoreUnavailable`. Times are timezone-aware; `now` is the caller's clock.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def change(self, change: TaskChange, now: datetime) -> Task:
        """Apply one guarded change.

        A new phase also sets the status and updates the media: failing marks media without a file as failed
        with the task's message; resuming clears that (and the task's error, unless it is set). When a task is
        done, media without a file get an error that says so.

        Raises:
            StaleTransition: The task was not in the expected state, or another has its provider task id.
            NotFound: There is no such task.
            ValueError: `fields` contains a name that is not a changeable field of a task.
        """
        values = _values(change, now)
        try:
            with self._database.write() as session:
                applied = _apply(session, [(change, values)], now)
                task = one_task(session, TASKS.c.task_id == change.task_id)
        except IntegrityError as error:
            raise StaleTransition(TAKEN) from error
        if not applied:
            raise StaleTransition(f"The task is now {task.phase.value}; nothing was changed.")
        return task

    def change_many(self, changes: Collection[TaskChange], now: datetime) -> set[str]:
        """Apply many guarded changes in one transaction; tasks not in the expected state are skipped.

        Returns: the ids of the changed tasks.
        """
        prepared = [(change, _values(change, now)) for change in changes]
        if not prepared:
            return set()
        with self._database.write() as session:
            applied = _apply(session, [each for each in prepared if "provider_task_id" not in each[1]], now)
            for each in prepared:
                if "provider_task_id" in each[1]:
                    with suppress(IntegrityError), session.begin_nested():  # another task may have that id
                        applied |= _apply(session, [each], now)
        return applied

    def attach_provider_id(
        self,
        provider_task_id: str,
        now: datetime,
        *,
        task_id: str | None = None,
        nonce: str | None = None,
        is_proven: bool = False,
    ) -> Task:
        """Attach the provider's id to a task whose reply was lost; it is polled from now on and never sent again.

        The task is identified by the user or our own sender (`task_id`), or by a callback URL (`nonce`).
        `is_proven` means that the id comes from the provider itself: from its reply or a signed callback.

        Three things must not happen: a second send, the loss of a paid result, the loss of an id under which the
        task is progressing. Attaching never causes a send, which rules out the first. For the others:

        - A task without an id that is being sent, or whose outcome is unknown, accepts any id: it has none to lose.
        - An id is final once a poll has found a record for it, or when it came from the provider.
        - Any other id is unproven. While it is polled, only a proven id replaces it, so that neither a forged
          callback nor a typing error can displace the provider's reply or signed callback. If the task ended
          under an unproven id, a proven id reopens it, because that one may be paid for; but not if the user
          canceled it.
        - If the provider has no task with that id (outcome unknown again), the next id may replace it. The user
          may then replace any id, even a proven one, since the API key may have changed.

        Raises:
            StaleTransition: The task does not accept that id, or another task has it.
            NotFound: There is no such task.
        """
        which = TASKS.c.task_id == task_id if task_id is not None else TASKS.c.nonce == nonce
        accepts_id = _accepts_id(by_callback=task_id is None, is_proven=is_proven)
        values = _active_values(Phase.WAITING) | {
            "provider_task_id": provider_task_id,
            "is_id_unproven": not is_proven,
            "accepted_at": now,
            "due_at": now,
            "updated_at": now,
            "may_have_cost": False,
            **NO_NOTE,
            "attempts": 0,
            "owner": None,
            "lease_until": None,
        }
        try:
            with self._database.write() as session:
                found = one_task(session, which)
                attaching = update(TASKS).where(which, accepts_id).values(**values).returning(TASKS.c.id)
                is_attached = session.execute(attaching).first() is not None
                if is_attached:
                    follow_phase(session, [found.task_id], Phase.WAITING)
                    reconcile(session, [found.task_id], now)
                    found = one_task(session, which)
        except IntegrityError as error:
            raise StaleTransition(TAKEN) from error
        if not is_attached:
            raise StaleTransition("The outcome of this task is already known.")
        return found


def _accepts_id(*, by_callback: bool, is_proven: bool) -> ColumnElement[bool]:
    """The condition for tasks that accept an id; see `TaskUpdater.attach_provider_id` for the reasons."""
    has_none = TASKS.c.provider_task_id.is_(None)
    is_lost = and_(TASKS.c.phase == Phase.FAILED.value, TASKS.c.error_code == ErrorCode.OUTCOME_UNKNOWN.value)
    conditions = [and_(has_none, TASKS.c.phase == Phase.SENDING.value), is_lost]
    if by_callback:
        conditions[1] = and_(is_lost, or_(has_none, TASKS.c.is_id_unproven))
    if is_proven:
        is_canceled = TASKS.c.error_code.is_not_distinct_from(ErrorCode.CANCELLED.value)
        may_be_wrong = TASKS.c.phase.in_((Phase.WAITING.value, Phase.FAILED.value))
        conditions.append(and_(TASKS.c.is_id_unproven, may_be_wrong, not_(is_canceled)))
    return or_(*conditions)


def _active_values(phase: Phase) -> dict[str, Any]:
    """The values for entering a phase other than failed."""
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
    changed = {name: column_value(value) for name, value in change.fields.items()}
    if urls := changed.get("reference_urls"):
        changed["reference_url"] = urls[0]  # a process of an earlier version may be the one that sends it
    values: dict[str, Any] = {"updated_at": now}
    if not change.keep_lease:
        values |= {"owner": None, "lease_until": None}
    if "phase" in changed:
        phase = Phase(changed["phase"])
        if phase is Phase.FAILED:
            values["status"] = phase.status.value
        else:
            values |= _active_values(phase)
        if phase is Phase.DONE:
            values["completed_at"] = now
    return values | changed


def _apply(session: Session, changes: Sequence[tuple[TaskChange, dict[str, Any]]], now: datetime) -> set[str]:
    """Apply guarded changes with their column values, and all that follows; returns the ids of the changed tasks.

    The rows are locked first: nobody can change what the guards have found. Of several changes of a task, one is
    applied at most. Changes of the same columns are written together.
    """
    # Before the tasks are locked: a batch is always locked before its tasks.
    changes = [(change, values | _queued_again(session, change, values)) for change, values in changes]
    states = _locked_states(session, [change.task_id for change, _ in changes])
    written: defaultdict[frozenset[str], list[dict[str, Any]]] = defaultdict(list)
    entered: defaultdict[Phase, list[str]] = defaultdict(list)
    decisive: list[str] = []
    for change, values in changes:
        before, owner = states.get(change.task_id, (None, None))
        if before not in change.expect or (change.owner is not None and owner != change.owner):
            continue
        del states[change.task_id]
        written[frozenset(values)].append(values | {_CHANGED: change.task_id})
        after = Phase(values.get("phase", before))
        if "phase" in values and (after in _ENDED or after.status is not Phase(before).status):
            entered[after].append(change.task_id)
        if is_decisive(values, Phase(before)):
            decisive.append(change.task_id)
    for same_columns in written.values():
        session.execute(_WRITE, same_columns)
    for phase, task_ids in entered.items():
        follow_phase(session, task_ids, phase)
    reconcile(session, decisive, now)
    queue_ended(session, [task_id for phase in _ENDED for task_id in entered[phase]], now)
    return {values[_CHANGED] for same_columns in written.values() for values in same_columns}


def _queued_again(session: Session, change: TaskChange, values: dict[str, Any]) -> dict[str, Any]:
    is_queued = values.get("phase") == Phase.QUEUED.value
    return queued_again(session, change.task_id, values["updated_at"]) if is_queued else {}


def _locked_states(session: Session, task_ids: Collection[str]) -> dict[str, tuple[str, str | None]]:
    """Phase and owner of these tasks, locked until the transaction ends.

    Always in the same order, so that two processes cannot deadlock.
    """
    states: dict[str, tuple[str, str | None]] = {}
    for some in chunks(sorted(task_ids)):
        for row in session.execute(_STATES, {"task_ids": some}):
            states[row.task_id] = row.phase, row.owner
    return states
