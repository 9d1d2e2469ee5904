"""Remove media permanently."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlmodel import Session

from kaimedia.domain import Status, utc_now
from kaimedia.store.ledger.writer import locking, reconcile
from kaimedia.store.observed_days import DayCounter
from kaimedia.store.statements import chunks
from kaimedia.store.tables import MEDIA, TASKS

BATCH = 5000
TRASH_AGES = DayCounter("trash", MEDIA.c.id, MEDIA.c.deleted_at)
FILE_NAMES = (MEDIA.c.filename, MEDIA.c.thumbnail_path, MEDIA.c.thumbnail_large_path, MEDIA.c.poster_path)


def purge(
    session: Session, deleted_before: datetime | None, media_ids: Collection[int] | None = None, *, days: int = 0
) -> tuple[int, list[str]]:
    """Remove at most `BATCH` rows deleted before that time (None: at any time), optionally only some ids.

    With `days`, only rows for which that many days were counted, see `observed_days`.

    Returns how many were removed and the names of files no row refers to any more.
    """
    deleted = _deleted(deleted_before, days)
    found = _removable(session, deleted, media_ids)[:BATCH]
    _lock_tasks(session, found)
    # Again: a task may have been tracked again before it was locked, and must then keep its media.
    ids = _removable(session, deleted, found) if found else []
    if not ids:
        return 0, []
    removed = MEDIA.c.id.in_(ids)
    names = {name for row in session.execute(select(*FILE_NAMES).where(removed)) for name in row if name}
    _repoint_tasks(session, ids)
    _close_accounts(session, ids)
    # Tasks that still refer to a removed row have no other media; the foreign key deletes them too.
    # The condition is repeated: on PostgreSQL the delete may have been undone in the meantime.
    removing = delete(MEDIA).where(removed, deleted).returning(MEDIA.c.id)
    if len(session.execute(removing).all()) != len(ids):
        session.rollback()
        return 0, []
    return len(ids), sorted(names - _still_used(session, names))


def next_removable(
    session: Session, deleted_before: datetime | None, media_ids: Collection[int] | None, *, days: int, limit: int
) -> tuple[list[int], list[str]]:
    """The ids of at most `limit` rows that `purge` would remove, and the names of files that only they refer to."""
    ids = _removable(session, _deleted(deleted_before, days), media_ids)[:limit]
    if not ids:
        return [], []
    rows = session.execute(select(*FILE_NAMES).where(MEDIA.c.id.in_(ids)))
    names = {name for row in rows for name in row if name}
    return ids, sorted(names - _still_used(session, names, except_ids=ids))


def _deleted(deleted_before: datetime | None, days: int) -> ColumnElement[bool]:
    deleted = MEDIA.c.deleted_at.is_not(None) if deleted_before is None else MEDIA.c.deleted_at < deleted_before
    return deleted & TRASH_AGES.has_reached(days) if days else deleted


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


def _lock_tasks(session: Session, ids: list[int]) -> None:
    """Keep the tasks of these media from changing until they are removed."""
    of_media = select(MEDIA.c.task_id).where(MEDIA.c.id.in_(ids))
    removed = or_(TASKS.c.task_id.in_(of_media), TASKS.c.media_id.in_(ids))
    session.execute(locking(removed).with_only_columns(TASKS.c.id))


def _repoint_tasks(session: Session, ids: list[int]) -> None:
    """Point tasks whose first media is removed to the first one that remains."""
    first_remaining = (
        select(func.min(MEDIA.c.id))
        .where(MEDIA.c.task_id == TASKS.c.task_id, MEDIA.c.id.not_in(ids))
        .correlate(TASKS)
        .scalar_subquery()
    )
    moving = TASKS.c.media_id.in_(ids), first_remaining.is_not(None)
    session.execute(update(TASKS).where(*moving).values(media_id=first_remaining))


def _close_accounts(session: Session, ids: list[int]) -> None:
    """Leave nothing reserved for tasks that are removed with their last media; their ledger entries stay."""
    unsettled = TASKS.c.media_id.in_(ids), TASKS.c.status == Status.FAILED.value, TASKS.c.may_have_cost
    removed = session.execute(select(TASKS.c.task_id).where(*unsettled)).scalars()
    reconcile(session, removed, utc_now(), is_deleting=True)


def _still_used(session: Session, names: set[str], except_ids: Collection[int] = ()) -> set[str]:
    ignored = frozenset(except_ids)
    used: set[str] = set()
    for batch in chunks(names):
        for column in FILE_NAMES:
            rows = session.execute(select(MEDIA.c.id, column).where(column.in_(batch)))
            used.update(name for media_id, name in rows if media_id not in ignored)
    return used
