"""Removing media for good."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlmodel import Session

from kaimedia.domain import Status
from kaimedia.store.chunks import chunks
from kaimedia.store.observed_days import Waiting
from kaimedia.store.tables import MEDIA, TASKS

BATCH = 5000
TRASHED = Waiting("trash", MEDIA.c.id, MEDIA.c.deleted_at)
FILE_NAMES = (MEDIA.c.filename, MEDIA.c.thumbnail_path, MEDIA.c.thumbnail_large_path, MEDIA.c.poster_path)


def purge(
    session: Session, deleted_before: datetime | None, media_ids: Collection[int] | None = None, *, days: int = 0
) -> tuple[int, list[str]]:
    """Remove at most `BATCH` rows deleted before that moment (None: whenever), perhaps of some ids only.

    With `days` only those for which so many were counted, see `observed_days`.

    Returns how many went and the names of files no row points to any more.
    """
    deleted = MEDIA.c.deleted_at.is_not(None) if deleted_before is None else MEDIA.c.deleted_at < deleted_before
    if days:
        deleted &= TRASHED.has(days)
    ids = _removable(session, deleted, media_ids)[:BATCH]
    if not ids:
        return 0, []
    gone = MEDIA.c.id.in_(ids)
    names = {name for row in session.execute(select(*FILE_NAMES).where(gone)) for name in row if name}
    _point_elsewhere(session, ids)
    # What still points to a removed row is a task without media; the database removes it along.
    # Once more what was asked before: on PostgreSQL somebody may have undone the delete meanwhile.
    removing = delete(MEDIA).where(gone, deleted).returning(MEDIA.c.id)
    if len(session.execute(removing).all()) != len(ids):
        session.rollback()
        return 0, []
    return len(ids), sorted(names - _still_used(session, names))


def _removable(session: Session, deleted: ColumnElement[bool], media_ids: Collection[int] | None) -> list[int]:
    unsettled = exists().where(
        TASKS.c.task_id == MEDIA.c.task_id,
        or_(TASKS.c.status.in_((Status.PENDING.value, Status.PROCESSING.value)), TASKS.c.due_at.is_not(None)),
    )
    found = session.execute(select(MEDIA.c.id).where(deleted, ~unsettled).order_by(MEDIA.c.id)).scalars().all()
    if media_ids is None:
        return list(found)
    wanted = frozenset(media_ids)
    return [each for each in found if each in wanted]


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
    for some in chunks(names):
        for column in FILE_NAMES:
            used.update(session.execute(select(column).where(column.in_(some))).scalars())
    return used
