"""Removing media for good."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, exists, func, or_, select, update
from sqlmodel import Session

from kaimedia.domain import Status
from kaimedia.store.tables import MEDIA, TASKS

FILE_NAMES = (MEDIA.c.filename, MEDIA.c.thumbnail_path, MEDIA.c.thumbnail_large_path, MEDIA.c.poster_path)


def purge(session: Session, deleted_before: datetime) -> list[str]:
    """Remove the rows deleted before that moment; returns the names of files no row points to any more."""
    ids = _removable(session, deleted_before)
    if not ids:
        return []
    gone = MEDIA.c.id.in_(ids)
    names = {name for row in session.execute(select(*FILE_NAMES).where(gone)) for name in row if name}
    _point_elsewhere(session, ids)
    # What still points to a removed row is a task without media; the database removes it along.
    # Once more what was asked before: on PostgreSQL somebody may have undone the delete meanwhile.
    removed = delete(MEDIA).where(gone, MEDIA.c.deleted_at < deleted_before).returning(MEDIA.c.id)
    if len(session.execute(removed).all()) != len(ids):
        session.rollback()
        return []
    return sorted(names - _still_used(session, names))


def _removable(session: Session, deleted_before: datetime) -> list[int]:
    unsettled = exists().where(
        TASKS.c.task_id == MEDIA.c.task_id,
        or_(TASKS.c.status.in_((Status.PENDING.value, Status.PROCESSING.value)), TASKS.c.due_at.is_not(None)),
    )
    statement = select(MEDIA.c.id).where(MEDIA.c.deleted_at < deleted_before, ~unsettled)
    return list(session.execute(statement).scalars())


def _point_elsewhere(session: Session, ids: list[int]) -> None:
    """Let tasks whose first media goes point to the first one that stays."""
    first_left = (
        select(func.min(MEDIA.c.id))
        .where(MEDIA.c.task_id == TASKS.c.task_id, MEDIA.c.id.not_in(ids))
        .correlate(TASKS)
        .scalar_subquery()
    )
    moving = TASKS.c.media_id.in_(ids), first_left.is_not(None)
    session.execute(update(TASKS).where(*moving).values(media_id=first_left))


def _still_used(session: Session, names: set[str]) -> set[str]:
    used: set[str] = set()
    for column in FILE_NAMES:
        used.update(session.execute(select(column).where(column.in_(names))).scalars())
    return used
