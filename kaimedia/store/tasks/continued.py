"""Tasks that continue an earlier one in a way its provider does only once, such as fetching its video in 4K.

The provider names such a task after the earlier one, so two rows for it would need the same provider task id.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session

from kaimedia.domain import ErrorCode, GenerationRequest, Status, Task
from kaimedia.errors import Conflict
from kaimedia.store.ledger.writer import reconcile
from kaimedia.store.rows import load_tasks
from kaimedia.store.tables import MEDIA, TASKS

_IN_TRASH = "It was made before as task {}, and the result is in the trash."
_IS_DONE = "It was made before as task {}. The result is in the gallery."
_IS_RUNNING = "It is being made already, as task {}."
_MAY_BE_PAID = "It was requested before as task {}, which failed and may have been charged."


@dataclass(frozen=True, slots=True)
class OnceOf:
    """The earlier task: the field of the request that names it, and the provider's id of it in that field."""

    field: str
    provider_task_id: str


def make_room(
    session: Session, provider: str, request: GenerationRequest, once_of: OnceOf, now: datetime, retry_of: str | None
) -> None:
    """Check that the provider's task is free for a new row; failed rows that hold its id give it up.

    `retry_of` is the failed task that the new one repeats, if any. A failed task that may be paid must be resumed or
    dismissed first: then the new row takes over its result, since the same call is free once the provider has it.

    Raises:
        Conflict: naming the field, the earlier task and what to do with it; nothing was changed.
    """
    # The second of two at the same moment waits here for the first (SQLite has one writer anyway).
    source = TASKS.c.provider == provider, TASKS.c.provider_task_id == once_of.provider_task_id
    session.execute(select(TASKS.c.id).where(*source).with_for_update())
    continues = TASKS.c.request[("params", once_of.field)].as_string() == once_of.provider_task_id
    same = TASKS.c.provider == provider, TASKS.c.model == request.model, continues
    earlier = load_tasks(session, select(TASKS).where(*same).order_by(TASKS.c.id))
    for task in earlier:
        if task.task_id != retry_of and (reason := _reason(session, task)):
            raise Conflict(reason[0].format(task.task_id), field=once_of.field, next_step=reason[1])
    for task in earlier:
        if task.provider_task_id is not None:
            _give_up_id(session, task, now)


def _reason(session: Session, task: Task) -> tuple[str, str] | None:
    """Why there can be no second row beside this one, and what to do; None if there can."""
    if task.status is not Status.FAILED:
        return _reason_unfailed(session, task)
    if task.dismissed_at is not None:
        return None
    if task.error_code is ErrorCode.OUTCOME_UNKNOWN:
        return _MAY_BE_PAID, "Send that task again on the Generate page, or dismiss it first."
    if task.provider_task_id is not None and task.may_have_cost:
        return _MAY_BE_PAID, "Check that task again on the Generate page, which is free, or dismiss it first."
    return None


def _reason_unfailed(session: Session, task: Task) -> tuple[str, str]:
    if task.status is not Status.COMPLETED:
        return _IS_RUNNING, "Wait for it on the Generate page."
    of_task = MEDIA.c.task_id == task.task_id, MEDIA.c.deleted_at.is_(None)
    is_shown = session.execute(select(MEDIA.c.id).where(*of_task).limit(1)).first() is not None
    if is_shown:
        return _IS_DONE, "Open it there."
    return _IN_TRASH, "Restore it in the gallery’s trash."


def _give_up_id(session: Session, task: Task, now: datetime) -> None:
    """Leave the provider's task to another row: this one is no longer polled."""
    values: dict[str, Any] = {
        "provider_task_id": None,
        "shared_provider_task_id": task.provider_task_id,
        "due_at": None,
        "owner": None,
        "lease_until": None,
        "updated_at": now,
    }
    session.execute(update(TASKS).where(TASKS.c.task_id == task.task_id).values(**values))
    reconcile(session, [task.task_id], now)
