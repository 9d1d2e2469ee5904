"""The status of a task's media follows its phase until they are saved."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import and_, bindparam, or_, select, update
from sqlmodel import Session

from kaimedia.domain import Phase, Status
from kaimedia.store.tables import MEDIA, TASKS

FEWER = "The provider returned fewer results than requested"
# With a file, but fetched again because that is missing or damaged; not while the item is in the trash.
_AWAITED = and_(MEDIA.c.awaits_file, MEDIA.c.deleted_at.is_(None))
_UNFINISHED = or_(MEDIA.c.status != Status.COMPLETED.value, _AWAITED)
_OF_TASKS = MEDIA.c.task_id.in_(bindparam("task_ids", expanding=True))
_FOLLOW = update(MEDIA).where(_OF_TASKS, _UNFINISHED)
_KEEP = update(MEDIA).where(_OF_TASKS, MEDIA.c.awaits_file)
_FAIL = update(MEDIA).where(_OF_TASKS, MEDIA.c.status != Status.COMPLETED.value).values(status=Status.FAILED.value)
_WHY = select(TASKS.c.error_message).where(TASKS.c.task_id == MEDIA.c.task_id).scalar_subquery()


def follow_phase(session: Session, task_ids: Collection[str], phase: Phase) -> None:
    """Set the status of the unfinished media of tasks for the phase they have entered.

    When a task ends, media without a file get an error that says so. One that was fetched again in vain is what it was
    before: the names of its files are kept, as they may still be in the storage. It is tried again if a failed task
    is resumed.
    """
    which = {"task_ids": list(task_ids)}
    if phase.status not in (Status.COMPLETED, Status.FAILED):
        session.execute(_FOLLOW, {**which, "status": phase.status.value, "error_message": None})
        return
    kept = {"status": Status.COMPLETED.value, "error_message": None, "awaits_file": phase is Phase.FAILED}
    session.execute(_KEEP, which | kept)
    session.execute(_FAIL.values(error_message=_WHY if phase is Phase.FAILED else FEWER), which)
