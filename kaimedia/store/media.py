"""The media: the gallery, favourites, deleting with time to undo."""

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
from kaimedia.store.labels import Labels
from kaimedia.store.outlines import Outlines
from kaimedia.store.purge import BATCH, FILE_NAMES, TRASHED, purge
from kaimedia.store.rows import media_from
from kaimedia.store.tables import IN_GALLERY, IN_TRASH, MEDIA


class MediaStore(Outlines, Labels):
    """All media of one database. Safe to share between threads; each call is one transaction.

    The gallery is what is completed and not deleted. Every method may raise `StoreUnavailable`.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    def get(self, media_id: int, include_deleted: bool = False) -> Media:
        """One item, in whatever state.

        Raises:
            NotFound: There is none, or it is deleted.
        """
        statement = select(MEDIA).where(MEDIA.c.id == media_id)
        if not include_deleted:
            statement = statement.where(MEDIA.c.deleted_at.is_(None))
        found = self._load(statement)
        if not found:
            raise NotFound("There is no such item.")
        return found[0]

    def prompt_of(self, filename: str) -> str | None:
        """The prompt behind a stored file, None for a file no row names."""
        statement = select(MEDIA.c.prompt).where(MEDIA.c.filename == filename).limit(1)
        with self._db.read() as session:
            found: str | None = session.execute(statement).scalar_one_or_none()
            return found

    def of_task(self, task_id: str) -> list[Media]:
        """The media of one task that are not deleted, by variant."""
        return self.of_tasks([task_id]).get(task_id, [])

    def of_tasks(self, task_ids: Collection[str]) -> dict[str, list[Media]]:
        """The media of tasks that are not deleted, by task and variant; a task without any has no entry."""
        wanted = select(MEDIA).where(MEDIA.c.task_id.in_(task_ids), MEDIA.c.deleted_at.is_(None))
        found: dict[str, list[Media]] = {}
        for item in self._load(wanted.order_by(MEDIA.c.variant, MEDIA.c.id)) if task_ids else ():
            found.setdefault(item.task_id, []).append(item)
        return found

    def made_from(self, media_id: int, limit: int) -> list[Media]:
        """The newest finished items that were made with this one as their reference, not those in the trash."""
        wanted = MEDIA.c.parent_id == media_id, MEDIA.c.deleted_at.is_(None), MEDIA.c.status == Status.COMPLETED.value
        return self._load(select(MEDIA).where(*wanted).order_by(MEDIA.c.id.desc()).limit(limit))

    def page(self, query: MediaQuery) -> Page[Media]:
        """One page of the gallery.

        Raises:
            InvalidRequest: The cursor is not one of this listing.
        """
        counted = select(func.count()).select_from(MEDIA).where(*self._conditions(query))
        with self._db.read() as session:
            return Page(*self._some(session, query), session.execute(counted).scalar_one())

    def some(self, query: MediaQuery) -> tuple[tuple[Media, ...], str | None]:
        """Items and next cursor of that page without the count, which takes longer than both.

        Raises:
            InvalidRequest: The cursor is not one of this listing.
        """
        with self._db.read() as session:
            return self._some(session, query)

    def _some(self, session: Session, query: MediaQuery) -> tuple[tuple[Media, ...], str | None]:
        # The ids first and in one row: whole rows would be sorted with all their words, and each row the driver steps
        # to is a wait for the interpreter among busy threads.
        statement = select(cast(MEDIA.c.id, Text).label("id")).where(*self._conditions(query))
        if (beyond := listing.after(query)) is not None:
            statement = statement.where(beyond)
        some = statement.order_by(*listing.order(query.sort)).limit(query.limit + 1).subquery()
        joined = session.execute(select(func.aggregate_strings(some.c.id, ","))).scalar_one()
        ids = [int(each) for each in joined.split(",")] if joined else []
        shown = ids[: query.limit]
        rows = session.execute(select(MEDIA, cursors.key(MEDIA)).where(MEDIA.c.id.in_(shown)))
        found = {row.id: row for row in rows}
        there = [found[each] for each in shown if each in found]
        if shown and not there:
            return self._some(session, query)  # all of it was purged between the two
        next_cursor = listing.cursor_after(query, there[-1]) if len(ids) > query.limit and there else None
        return tuple(map(media_from, there)), next_cursor

    def by_ids(self, media_ids: Collection[int], *, include_deleted: bool) -> list[Media]:
        """The items that are there, in the order of `media_ids`."""
        found: dict[int, Media] = {}
        for some in chunks(media_ids):
            statement = select(MEDIA).where(MEDIA.c.id.in_(some))
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
        """Mark or unmark; returns how many changed."""
        wanted = MEDIA.c.is_favorite != on, MEDIA.c.deleted_at.is_(None)
        return len(self._mark_these(media_ids, *wanted, is_favorite=on))

    def delete(self, media_ids: Collection[int], now: datetime) -> list[int]:
        """Put items into the trash; `restore` undoes it until they are purged. Returns the ids taken.

        Items still being made are left alone: something paid for may be on its way into them.
        """
        ended = MEDIA.c.status.in_((Status.COMPLETED.value, Status.FAILED.value))
        return self._mark_these(media_ids, ended, MEDIA.c.deleted_at.is_(None), deleted_at=now)

    def restore(self, media_ids: Collection[int]) -> list[int]:
        """Undo a delete; returns the ids brought back."""
        return self._mark_these(media_ids, MEDIA.c.deleted_at.is_not(None), deleted_at=None)

    def clear(self, now: datetime) -> list[int]:
        """Put everything into the trash; returns the ids taken. Items still being made are left alone."""
        with self._db.write() as session:
            return _marked(session, text(IN_GALLERY), deleted_at=now)

    def trash(self) -> TrashState:
        """What lies in the trash."""
        size_bytes = func.coalesce(func.sum(MEDIA.c.size_bytes), 0)
        statement = select(func.count(), size_bytes, func.min(MEDIA.c.deleted_at)).where(text(IN_TRASH))
        with self._db.read() as session:
            count, total_bytes, oldest = session.execute(statement).one()
            return TrashState(count, int(total_bytes), oldest)

    def purge(self, deleted_before: datetime, *, days: int = 0) -> list[str]:
        """Remove for good what was deleted before that moment; returns the names of the files to remove.

        With `days` only that for which so many were counted, see `count_days`.

        A task goes with its last media; one that may still yield something keeps what it has.
        """
        return self._purge(deleted_before, None, days)[1]

    def count_days(self, now: datetime) -> None:
        """Count the days that items lie in the trash; to be called more often than once a day."""
        with self._db.write() as session:
            TRASHED.count(session, now)

    def purge_trash(self, media_ids: Collection[int] | None = None) -> tuple[int, list[str]]:
        """The same for what is in the trash, however long: all of it, or these items; also how many went."""
        return self._purge(None, media_ids)

    def _purge(
        self, deleted_before: datetime | None, media_ids: Collection[int] | None, days: int = 0
    ) -> tuple[int, list[str]]:
        """Batch by batch, so that other writers get their turn between."""
        removed, names = 0, []
        while True:
            with self._db.write() as session:
                went, left_over = purge(session, deleted_before, media_ids, days=days)
            removed += went
            names += left_over
            if went < BATCH:
                return removed, names

    def known_files(self) -> set[str]:
        """The names of all files that rows point to, deleted ones included."""
        with self._db.read() as session:
            rows = session.execute(select(*FILE_NAMES))
            return {name for row in rows for name in row if name}

    def saved_files(self) -> list[tuple[str, int | None, str | None]]:
        """Name, size in bytes and SHA-256 in hex of every kept result, deleted ones included."""
        statement = select(MEDIA.c.filename, MEDIA.c.size_bytes, MEDIA.c.sha256).where(MEDIA.c.filename.is_not(None))
        with self._db.read() as session:
            return [(row.filename, row.size_bytes, row.sha256) for row in session.execute(statement)]

    def sizes(self) -> list[tuple[str, int, bool]]:
        """File name, size in bytes and whether it lies in the trash, of every kept result."""
        columns = MEDIA.c.filename, MEDIA.c.size_bytes, MEDIA.c.deleted_at.is_not(None)
        with self._db.read() as session:
            rows = session.execute(select(*columns).where(MEDIA.c.filename.is_not(None)))
            return [(name, size or 0, bool(in_trash)) for name, size, in_trash in rows]

    def used_bytes(self) -> int:
        """The size of all kept results, those still waiting to be purged included; without thumbnails."""
        with self._db.read() as session:
            return int(session.execute(select(func.coalesce(func.sum(MEDIA.c.size_bytes), 0))).scalar_one())

    def _load(self, statement: Select[Any]) -> list[Media]:
        with self._db.read() as session:
            return [media_from(row) for row in session.execute(statement)]

    def _mark_these(self, media_ids: Collection[int], *wanted: Any, **values: Any) -> list[int]:
        marked: list[int] = []
        for some in chunks(sorted(set(media_ids))):
            with self._db.write() as session:  # each its own, so that other writers get their turn between
                marked += _marked(session, MEDIA.c.id.in_(some), *wanted, **values)
        return marked


def _marked(session: Session, *wanted: Any, **values: Any) -> list[int]:
    statement = update(MEDIA).where(*wanted).values(**values).returning(MEDIA.c.id)
    return sorted(session.execute(statement).scalars())
