"""The status of a task's media follows its phase until they are saved."""

from __future__ import annotations

from sqlalchemy import and_, or_, select, update
from sqlmodel import Session

from kaimedia.domain import Phase, Status
from kaimedia.store.tables import MEDIA, TASKS

FEWER = "The provider returned fewer results than requested"
# With a file, but fetched again because that is missing or damaged; not while the item is in the trash.
_AWAITED = and_(MEDIA.c.awaits_file, MEDIA.c.deleted_at.is_(None))
_UNFINISHED = or_(MEDIA.c.status != Status.COMPLETED.value, _AWAITED)


def follow_phase(session: Session, task_id: str, phase: Phase) -> None:
    """Set the status of a task's unfinished media for its new phase.

    When it ends, media without a file get an error that says so. One that was fetched again in vain is what it was
    before: the names of its files are kept, as they may still be in the storage. It is tried again if a failed task
    is resumed.
    """
    of_task = MEDIA.c.task_id == task_id
    if phase.status not in (Status.COMPLETED, Status.FAILED):
        values = {"status": phase.status.value, "error_message": None}
        session.execute(update(MEDIA).where(of_task, _UNFINISHED).values(**values))
        return
    kept = update(MEDIA).where(of_task, MEDIA.c.awaits_file)
    session.execute(kept.values(status=Status.COMPLETED.value, error_message=None, awaits_file=phase is Phase.FAILED))
    why = select(TASKS.c.error_message).where(TASKS.c.task_id == task_id).scalar_subquery()
    error = why if phase is Phase.FAILED else FEWER
    failed = update(MEDIA).where(of_task, MEDIA.c.status != Status.COMPLETED.value)
    session.execute(failed.values(status=Status.FAILED.value, error_message=error))
