"""The trash: media that were deleted and can still be restored."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select, text

from kaimedia.domain import Status, TrashState
from kaimedia.store.database.database import Database
from kaimedia.store.media.purge import BATCH, TRASH_AGES, next_removable, purge
from kaimedia.store.media.updates import update_batches, update_media
from kaimedia.store.tables import IN_GALLERY, IN_TRASH, MEDIA


class Trash:
    """Deletes, restores and permanently removes media.

    Safe to share between threads; every method may raise `StoreUnavailable`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def delete(self, media_ids: Collection[int], now: datetime) -> list[int]:
        """Move items to the trash; `restore` undoes it until they are purged. Returns the deleted ids.

        Unfinished items are not deleted: a paid result may still arrive.
        """
        ended = MEDIA.c.status.in_((Status.COMPLETED.value, Status.FAILED.value))
        return update_batches(self._database, media_ids, ended, MEDIA.c.deleted_at.is_(None), deleted_at=now)

    def restore(self, media_ids: Collection[int]) -> list[int]:
        """Undo a delete; returns the restored ids."""
        return update_batches(self._database, media_ids, MEDIA.c.deleted_at.is_not(None), deleted_at=None)

    def clear(self, now: datetime) -> list[int]:
        """Move the whole gallery to the trash; returns the deleted ids. Unfinished items are not deleted."""
        with self._database.write() as session:
            return update_media(session, text(IN_GALLERY), deleted_at=now)

    def state(self) -> TrashState:
        """What is in the trash."""
        size_bytes = func.coalesce(func.sum(MEDIA.c.size_bytes), 0)
        statement = select(func.count(), size_bytes, func.min(MEDIA.c.deleted_at)).where(text(IN_TRASH))
        with self._database.read() as session:
            count, total_bytes, oldest = session.execute(statement).one()
            return TrashState(count, int(total_bytes), oldest)

    def removable(
        self, limit: int, media_ids: Collection[int] | None = None, *, before: datetime | None = None, days: int = 0
    ) -> tuple[list[int], list[str]]:
        """The next items that `empty` would remove, and the names of files only they use."""
        with self._database.read() as session:
            return next_removable(session, before, media_ids, days=days, limit=limit)

    def count_days(self, now: datetime) -> None:
        """Count the days items have been in the trash; call this more than once a day."""
        with self._database.write() as session:
            TRASH_AGES.count(session, now)

    def empty(
        self, media_ids: Collection[int] | None = None, *, before: datetime | None = None, days: int = 0
    ) -> tuple[int, list[str]]:
        """Permanently remove what is in the trash; returns how many items, and the names of files none uses any more.

        With `media_ids`, only those; with `before`, only what was deleted before that time; with `days`, only items
        for which that many days were counted, see `count_days`.

        A task is removed with its last media; media of a task that may still produce results are kept.
        """
        return self._purge(before, media_ids, days)

    def _purge(
        self, deleted_before: datetime | None, media_ids: Collection[int] | None, days: int
    ) -> tuple[int, list[str]]:
        """Purge in batches, so that other writers get a turn in between."""
        removed, names = 0, []
        while True:
            with self._database.write() as session:
                count, batch_names = purge(session, deleted_before, media_ids, days=days)
            removed += count
            names += batch_names
            if count < BATCH:
                return removed, names
