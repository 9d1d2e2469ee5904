"""What a paused or stopped batch means for a task that comes back to the queue."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from kaimedia.domain import NO_NOTE, ErrorCode, Phase, Status
from kaimedia.store.tables import TASKS
from kaimedia.store.tasks.batch_table import BATCHES

STOPPED = "Stopped with its batch before it was sent. Nothing was charged."


def pausing(now: datetime) -> dict[str, Any]:
    """The columns of an unsent task while its batch is paused.

    Without a due time no process sends it, not even one of an earlier version, which does not know `is_paused`.
    """
    return {"is_paused": True, "due_at": None, **NO_NOTE, "updated_at": now}


def stopping(now: datetime) -> dict[str, Any]:
    """The columns of an unsent task whose batch was stopped."""
    return {
        "phase": Phase.FAILED.value,
        "status": Status.FAILED.value,
        "error_code": ErrorCode.CANCELLED.value,
        "error_message": STOPPED,
        "may_have_cost": False,
        **NO_NOTE,
        "due_at": None,
        "owner": None,
        "lease_until": None,
        "dismissed_at": now,
        "is_paused": False,
        "updated_at": now,
    }


def queued_again(session: Session, task_id: str, now: datetime) -> dict[str, Any]:
    """The columns to change when this task is put back into the queue, {} unless its batch is paused or stopped.

    The batch's row is locked, so that a pause or a stop at the same moment sees the task in the queue.
    """
    row = session.execute(
        select(BATCHES.c.paused_at, BATCHES.c.stopped_at, TASKS.c.created_at)
        .join(TASKS, TASKS.c.batch_id == BATCHES.c.id)
        .where(TASKS.c.task_id == task_id)
        .with_for_update(of=BATCHES, read=True)
    ).first()
    if row is None:
        return {}
    if row.stopped_at is not None and row.created_at < row.stopped_at:  # one tried again after that is wanted
        return stopping(now)
    return pausing(now) if row.paused_at is not None else {}


def is_paused(session: Session, batch_id: int | None) -> bool:
    """True while the batch is paused; its row is locked until the end of the transaction."""
    if batch_id is None:
        return False
    paused_at = select(BATCHES.c.paused_at).where(BATCHES.c.id == batch_id).with_for_update(read=True)
    return session.execute(paused_at).scalar() is not None
