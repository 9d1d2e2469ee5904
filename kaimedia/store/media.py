"""Media: the gallery, favorites, and deletion with an undo period."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Text, cast, func, select, text, update
from sqlmodel import Session

from kaimedia.domain import Media, MediaQuery, Page, Status, TrashState
from kaimedia.errors import NotFound
from kaimedia.store import cursors, listing
from kaimedia.store.chunks import chunks
from kaimedia.store.database import Database
from kaimedia.store.id_index import IdIndexes
from kaimedia.store.labels import Labels
from kaimedia.store.purge import BATCH, FILE_NAMES, TRASH_AGES, purge
from kaimedia.store.rows import media_from
from kaimedia.store.tables import IN_GALLERY, IN_TRASH, MEDIA


class MediaStore(IdIndexes, Labels):
    """All media of one database. Safe to share between threads; each call is one transaction.

    The gallery contains what is completed and not deleted. Every method may raise `StoreUnavailable`.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    def get(self, media_id: int, include_deleted: bool = False) -> Media:
        """One item in any state.

        Raises:
            NotFound: It does not exist, or is deleted.
        """
        statement = select(MEDIA).where(MEDIA.c.id == media_id)
        if not include_deleted:
            statement = statement.where(MEDIA.c.deleted_at.is_(None))
        found = self._load(statement)
        if not found:
            raise NotFound("There is no such item.")
        return found[0]

    def prompt_of(self, filename: str) -> str | None:
        """The prompt of a stored file, None if no row refers to the file."""
        statement = select(MEDIA.c.prompt).where(MEDIA.c.filename == filename).limit(1)
        with self._db.read() as session:
            found: str | None = session.execute(statement).scalar_one_or_none()
            return found

    def of_task(self, task_id: str) -> list[Media]:
        """The media of one task that are not deleted, in variant order."""
        return self.of_tasks([task_id]).get(task_id, [])

    def of_tasks(self, task_ids: Collection[str]) -> dict[str, list[Media]]:
        """The media of tasks that are not deleted, in variant order; a task without media has no entry."""
        statement = select(MEDIA).where(MEDIA.c.task_id.in_(task_ids), MEDIA.c.deleted_at.is_(None))
        found: dict[str, list[Media]] = {}
        for item in self._load(statement.order_by(MEDIA.c.variant, MEDIA.c.id)) if task_ids else ():
            found.setdefault(item.task_id, []).append(item)
        return found

    def made_from(self, media_id: int, limit: int) -> list[Media]:
        """The newest finished items made with this one as their reference, without those in the trash."""
        children = MEDIA.c.parent_id == media_id, MEDIA.c.deleted_at.is_(None), MEDIA.c.status == Status.COMPLETED.value
        return self._load(select(MEDIA).where(*children).order_by(MEDIA.c.id.desc()).limit(limit))

    def page(self, query: MediaQuery) -> Page[Media]:
        """One page of the gallery.

        Raises:
            InvalidRequest: The cursor does not belong to this listing.
        """
        counted = select(func.count()).select_from(MEDIA).where(*self._conditions(query))
        with self._db.read() as session:
            return Page(*self._page(session, query), session.execute(counted).scalar_one())

    def page_without_total(self, query: MediaQuery) -> tuple[tuple[Media, ...], str | None]:
        """Items and next cursor of a page, without the total, which is slower than both.

        Raises:
            InvalidRequest: The cursor does not belong to this listing.
        """
        with self._db.read() as session:
            return self._page(session, query)

    def _page(self, session: Session, query: MediaQuery) -> tuple[tuple[Media, ...], str | None]:
        # First the ids, in one row: sorting whole rows would include all their text, and for each row the driver
        # releases the interpreter lock and must wait for it again when threads are busy.
        statement = select(cast(MEDIA.c.id, Text).label("id")).where(*self._conditions(query))
        if (beyond := listing.after(query)) is not None:
            statement = statement.where(beyond)
        batch = statement.order_by(*listing.order(query.sort)).limit(query.limit + 1).subquery()
        joined = session.execute(select(func.aggregate_strings(batch.c.id, ","))).scalar_one()
        ids = [int(each) for each in joined.split(",")] if joined else []
        page_ids = ids[: query.limit]
        rows = session.execute(select(MEDIA, cursors.key(MEDIA)).where(MEDIA.c.id.in_(page_ids)))
        found = {row.id: row for row in rows}
        present = [found[each] for each in page_ids if each in found]
        if page_ids and not present:
            return self._page(session, query)  # all rows were purged between the two queries
        next_cursor = listing.cursor_after(query, present[-1]) if len(ids) > query.limit and present else None
        return tuple(map(media_from, present)), next_cursor

    def by_ids(self, media_ids: Collection[int], *, include_deleted: bool) -> list[Media]:
        """The items that exist, in the order of `media_ids`."""
        found: dict[int, Media] = {}
        for batch in chunks(media_ids):
            statement = select(MEDIA).where(MEDIA.c.id.in_(batch))
            if not include_deleted:
                statement = statement.where(MEDIA.c.deleted_at.is_(None))
            found |= {item.id: item for item in self._load(statement)}
        return [found[media_id] for media_id in media_ids if media_id in found]

    def models(self) -> list[str]:
        """The ids of models that have media in the gallery, sorted."""
        with self._db.read() as session:
            statement = select(MEDIA.c.model).where(text(IN_GALLERY)).distinct().order_by(MEDIA.c.model)
            return list(session.execute(statement).scalars())

    def set_favorite(self, media_ids: Collection[int], on: bool) -> int:
        """Mark or unmark favorites; returns how many changed."""
        conditions = MEDIA.c.is_favorite != on, MEDIA.c.deleted_at.is_(None)
        return len(self._update_batches(media_ids, *conditions, is_favorite=on))

    def delete(self, media_ids: Collection[int], now: datetime) -> list[int]:
        """Move items to the trash; `restore` undoes it until they are purged. Returns the deleted ids.

        Unfinished items are not deleted: a paid result may still arrive.
        """
        ended = MEDIA.c.status.in_((Status.COMPLETED.value, Status.FAILED.value))
        return self._update_batches(media_ids, ended, MEDIA.c.deleted_at.is_(None), deleted_at=now)

    def restore(self, media_ids: Collection[int]) -> list[int]:
        """Undo a delete; returns the restored ids."""
        return self._update_batches(media_ids, MEDIA.c.deleted_at.is_not(None), deleted_at=None)

    def clear(self, now: datetime) -> list[int]:
        """Move the whole gallery to the trash; returns the deleted ids. Unfinished items are not deleted."""
        with self._db.write() as session:
            return _update(session, text(IN_GALLERY), deleted_at=now)

    def trash(self) -> TrashState:
        """What is in the trash."""
        size_bytes = func.coalesce(func.sum(MEDIA.c.size_bytes), 0)
        statement = select(func.count(), size_bytes, func.min(MEDIA.c.deleted_at)).where(text(IN_TRASH))
        with self._db.read() as session:
            count, total_bytes, oldest = session.execute(statement).one()
            return TrashState(count, int(total_bytes), oldest)

    def purge(self, deleted_before: datetime, *, days: int = 0) -> list[str]:
        """Permanently remove what was deleted before that time; returns the names of the files to remove.

        With `days`, only items for which that many days were counted, see `count_days`.

        A task is removed with its last media; media of a task that may still produce results are kept.
        """
        return self._purge(deleted_before, None, days)[1]

    def count_days(self, now: datetime) -> None:
        """Count the days items have been in the trash; call this more than once a day."""
        with self._db.write() as session:
            TRASH_AGES.count(session, now)

    def purge_trash(self, media_ids: Collection[int] | None = None) -> tuple[int, list[str]]:
        """The same for everything in the trash, or these items, regardless of age; also returns how many."""
        return self._purge(None, media_ids)

    def _purge(
        self, deleted_before: datetime | None, media_ids: Collection[int] | None, days: int = 0
    ) -> tuple[int, list[str]]:
        """Purge in batches, so that other writers get a turn in between."""
        removed, names = 0, []
        while True:
            with self._db.write() as session:
                count, batch_names = purge(session, deleted_before, media_ids, days=days)
            removed += count
            names += batch_names
            if count < BATCH:
                return removed, names

    def known_files(self) -> set[str]:
        """The names of all files that rows refer to, including deleted rows."""
        with self._db.read() as session:
            rows = session.execute(select(*FILE_NAMES))
            return {name for row in rows for name in row if name}

    def saved_files(self) -> list[tuple[str, int | None, str | None]]:
        """Name, size in bytes and SHA-256 in hex of every saved result, including deleted ones."""
        statement = select(MEDIA.c.filename, MEDIA.c.size_bytes, MEDIA.c.sha256).where(MEDIA.c.filename.is_not(None))
        with self._db.read() as session:
            return [(row.filename, row.size_bytes, row.sha256) for row in session.execute(statement)]

    def sizes(self) -> list[tuple[str, int, bool]]:
        """File name, size in bytes and whether it is in the trash, for every saved result."""
        columns = MEDIA.c.filename, MEDIA.c.size_bytes, MEDIA.c.deleted_at.is_not(None)
        with self._db.read() as session:
            rows = session.execute(select(*columns).where(MEDIA.c.filename.is_not(None)))
            return [(name, size or 0, bool(in_trash)) for name, size, in_trash in rows]

    def used_bytes(self) -> int:
        """The size of all saved results in bytes, including those in the trash; without thumbnails."""
        with self._db.read() as session:
            return int(session.execute(select(func.coalesce(func.sum(MEDIA.c.size_bytes), 0))).scalar_one())

    def _load(self, statement: Select[Any]) -> list[Media]:
        with self._db.read() as session:
            return [media_from(row) for row in session.execute(statement)]

    def _update_batches(self, media_ids: Collection[int], *conditions: Any, **values: Any) -> list[int]:
        changed: list[int] = []
        for batch in chunks(sorted(set(media_ids))):
            with self._db.write() as session:  # one transaction per batch, so that other writers get a turn
                changed += _update(session, MEDIA.c.id.in_(batch), *conditions, **values)
        return changed


def _update(session: Session, *conditions: Any, **values: Any) -> list[int]:
    statement = update(MEDIA).where(*conditions).values(**values).returning(MEDIA.c.id)
    return sorted(session.execute(statement).scalars())
