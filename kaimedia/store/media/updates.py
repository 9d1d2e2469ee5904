"""Many media updated at once, and the favorites."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import update
from sqlmodel import Session

from kaimedia.store.database.database import Database
from kaimedia.store.statements import chunks
from kaimedia.store.tables import MEDIA


class Favorites:
    """The favorites among the media. Safe to share between threads; every method may raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set(self, media_ids: Collection[int], on: bool) -> int:
        """Mark or unmark favorites; returns how many changed."""
        conditions = MEDIA.c.is_favorite != on, MEDIA.c.deleted_at.is_(None)
        return len(update_batches(self._database, media_ids, *conditions, is_favorite=on))


def update_batches(database: Database, media_ids: Collection[int], *conditions: Any, **values: Any) -> list[int]:
    """Update those of these items that meet the conditions; returns the ids of the changed ones."""
    changed: list[int] = []
    for batch in chunks(sorted(set(media_ids))):
        with database.write() as session:  # one transaction per batch, so that other writers get a turn
            changed += update_media(session, MEDIA.c.id.in_(batch), *conditions, **values)
    return changed


def update_media(session: Session, *conditions: Any, **values: Any) -> list[int]:
    """Update all rows that meet the conditions; returns their ids, sorted."""
    statement = update(MEDIA).where(*conditions).values(**values).returning(MEDIA.c.id)
    return sorted(session.execute(statement).scalars())
