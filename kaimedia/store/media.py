"""The media: the gallery, favourites, deleting with time to undo."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, text, update

from kaimedia.domain import Media, MediaQuery, Page, Status
from kaimedia.errors import NotFound
from kaimedia.store import cursors
from kaimedia.store.database import Database
from kaimedia.store.purge import FILE_NAMES, purge
from kaimedia.store.rows import media_from
from kaimedia.store.tables import IN_GALLERY, MEDIA

LISTING = "media"


class MediaStore:
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

    def page(self, query: MediaQuery) -> Page[Media]:
        """One page of the gallery.

        Raises:
            InvalidRequest: The cursor is not one of this listing.
        """
        wanted = _filters(query)
        statement = select(MEDIA, cursors.key(MEDIA)).where(*wanted)
        if query.cursor is not None:
            place = cursors.decode(LISTING, query.cursor)
            statement = statement.where(cursors.beyond(MEDIA, place, newest_first=query.newest_first))
        statement = statement.order_by(*cursors.order(MEDIA, newest_first=query.newest_first)).limit(query.limit + 1)
        with self._db.read() as session:
            rows = session.execute(statement).all()
            total = session.execute(select(func.count()).select_from(MEDIA).where(*wanted)).scalar_one()
        last = rows[query.limit - 1] if len(rows) > query.limit else None
        next_cursor = cursors.encode(LISTING, cursors.Place(last.place, last.id)) if last else None
        return Page(tuple(media_from(row) for row in rows[: query.limit]), next_cursor, total)

    def models(self) -> list[str]:
        """The ids of models that have media in the gallery, sorted."""
        with self._db.read() as session:
            statement = select(MEDIA.c.model).where(text(IN_GALLERY)).distinct().order_by(MEDIA.c.model)
            return list(session.execute(statement).scalars())

    def set_favorite(self, media_ids: Collection[int], on: bool) -> int:
        """Mark or unmark; returns how many changed."""
        wanted = MEDIA.c.id.in_(media_ids), MEDIA.c.is_favorite != on, MEDIA.c.deleted_at.is_(None)
        return len(self._mark(*wanted, is_favorite=on))

    def delete(self, media_ids: Collection[int], now: datetime) -> list[int]:
        """Take items out of the gallery; `restore` undoes it until they are purged. Returns the ids taken.

        Items still being made are left alone: something paid for may be on its way into them.
        """
        ended = MEDIA.c.status.in_((Status.COMPLETED.value, Status.FAILED.value))
        return self._mark(MEDIA.c.id.in_(media_ids), ended, MEDIA.c.deleted_at.is_(None), deleted_at=now)

    def restore(self, media_ids: Collection[int]) -> list[int]:
        """Undo a delete; returns the ids brought back."""
        return self._mark(MEDIA.c.id.in_(media_ids), MEDIA.c.deleted_at.is_not(None), deleted_at=None)

    def deleted_since(self, moment: datetime) -> list[int]:
        """The ids of finished items deleted at or after that moment, the last deleted first."""
        wanted = MEDIA.c.deleted_at >= moment, MEDIA.c.status == Status.COMPLETED.value
        statement = select(MEDIA.c.id).where(*wanted).order_by(MEDIA.c.deleted_at.desc(), MEDIA.c.id)
        with self._db.read() as session:
            return list(session.execute(statement).scalars())

    def clear(self, now: datetime) -> list[int]:
        """Take everything out of the gallery; returns the ids taken. Items still being made are left alone."""
        return self._mark(text(IN_GALLERY), deleted_at=now)

    def purge(self, deleted_before: datetime) -> list[str]:
        """Remove for good what was deleted before that moment; returns the names of the files to remove.

        A task goes with its last media; one that may still yield something keeps what it has.
        """
        with self._db.write() as session:
            return purge(session, deleted_before)

    def known_files(self) -> set[str]:
        """The names of all files that rows point to, deleted ones included."""
        with self._db.read() as session:
            rows = session.execute(select(*FILE_NAMES))
            return {name for row in rows for name in row if name}

    def used_bytes(self) -> int:
        """The size of all kept results, those still waiting to be purged included; without thumbnails."""
        with self._db.read() as session:
            return int(session.execute(select(func.coalesce(func.sum(MEDIA.c.size_bytes), 0))).scalar_one())

    def _load(self, statement: Select[Any]) -> list[Media]:
        with self._db.read() as session:
            return [media_from(row) for row in session.execute(statement)]

    def _mark(self, *wanted: Any, **values: Any) -> list[int]:
        statement = update(MEDIA).where(*wanted).values(**values).returning(MEDIA.c.id)
        with self._db.write() as session:
            return sorted(session.execute(statement).scalars())


def _filters(query: MediaQuery) -> list[ColumnElement[bool]]:
    wanted: list[Any] = [text(IN_GALLERY)]
    if query.media_type is not None:
        wanted.append(MEDIA.c.media_type == query.media_type.value)
    if query.model is not None:
        wanted.append(MEDIA.c.model == query.model)
    if query.favorites_only:
        wanted.append(MEDIA.c.is_favorite)
    if words := (query.words or "").strip():
        wanted.append(MEDIA.c.prompt.icontains(words, autoescape=True))
    return wanted
