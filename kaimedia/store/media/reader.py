"""Media by id, by task and by file."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, select, text

from kaimedia.domain import Media, Role, Status
from kaimedia.errors import NotFound
from kaimedia.store.database.database import Database
from kaimedia.store.prepared import KEPT_LISTS, PreparedSelect, in_list, is_in_list
from kaimedia.store.rows import media_from, media_from_columns
from kaimedia.store.statements import chunks
from kaimedia.store.tables import IN_GALLERY, MEDIA, MEDIA_INPUTS


@lru_cache(KEPT_LISTS)
def _of_tasks(count: int) -> PreparedSelect:
    """The media of that many tasks that are not deleted, in variant order."""
    media = select(MEDIA).where(is_in_list(MEDIA.c.task_id, count), MEDIA.c.deleted_at.is_(None))
    return PreparedSelect(media.order_by(MEDIA.c.variant, MEDIA.c.id))


@lru_cache(KEPT_LISTS)
def _by_ids(count: int) -> PreparedSelect:
    return PreparedSelect(select(MEDIA).where(is_in_list(MEDIA.c.id, count)))


class MediaReader:
    """Reads media in any state. Safe to share between threads; every method may raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

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
        with self._database.read() as session:
            found: str | None = session.execute(statement).scalar_one_or_none()
            return found

    def of_task(self, task_id: str) -> list[Media]:
        """The media of one task that are not deleted, in variant order."""
        return self.of_tasks([task_id]).get(task_id, [])

    def of_tasks(self, task_ids: Collection[str]) -> dict[str, list[Media]]:
        """The media of tasks that are not deleted, in variant order; a task without media has no entry."""
        found: dict[str, list[Media]] = {}
        with self._database.read_prepared() as reader:
            for batch in chunks(task_ids, KEPT_LISTS):
                for stored in _of_tasks(len(batch)).rows(reader, **in_list(batch)):
                    found.setdefault(stored["task_id"], []).append(media_from_columns(stored))
        return found

    def made_from(self, media_id: int, limit: int) -> list[Media]:
        """The newest finished items made from this one, in any role, without those in the trash."""
        made = select(MEDIA_INPUTS.c.media_id).where(MEDIA_INPUTS.c.parent_id == media_id)
        children = MEDIA.c.id.in_(made), MEDIA.c.deleted_at.is_(None), MEDIA.c.status == Status.COMPLETED.value
        return self._load(select(MEDIA).where(*children).order_by(MEDIA.c.id.desc()).limit(limit))

    def parents_of(self, media_id: int) -> list[tuple[int, Role | None]]:
        """The ids of the items this one was made from, which may be deleted, and the role of each."""
        statement = select(MEDIA_INPUTS.c.parent_id, MEDIA_INPUTS.c.role).where(MEDIA_INPUTS.c.media_id == media_id)
        with self._database.read() as session:
            rows = session.execute(statement.order_by(MEDIA_INPUTS.c.position)).all()
        return [(row.parent_id, Role(row.role) if row.role else None) for row in rows]

    def family_of(self, media_id: int, limit: int) -> list[int]:
        """The ids of an item, of everything it was made from (directly or not) and of everything made from those.

        Oldest first, at most `limit`; the search goes outward from the item.
        """
        known, newest = {media_id}, {media_id}
        with self._database.read() as session:
            while newest and len(known) < limit:
                up = select(MEDIA_INPUTS.c.parent_id).where(MEDIA_INPUTS.c.media_id.in_(newest))
                down = select(MEDIA_INPUTS.c.media_id).where(MEDIA_INPUTS.c.parent_id.in_(newest))
                found = {*session.execute(up).scalars(), *session.execute(down).scalars()} - known
                newest = set(sorted(found)[: limit - len(known)])
                known |= newest
        return sorted(known)

    def by_ids(self, media_ids: Collection[int], *, include_deleted: bool) -> list[Media]:
        """The items that exist, in the order of `media_ids`."""
        found: dict[int, Media] = {}
        with self._database.read_prepared() as reader:
            for batch in chunks(media_ids, KEPT_LISTS):
                found |= {
                    row["id"]: media_from_columns(row) for row in _by_ids(len(batch)).rows(reader, **in_list(batch))
                }
        known = [found[media_id] for media_id in media_ids if media_id in found]
        return known if include_deleted else [item for item in known if item.deleted_at is None]

    def models(self) -> list[str]:
        """The ids of models that have media in the gallery, sorted."""
        with self._database.read() as session:
            statement = select(MEDIA.c.model).where(text(IN_GALLERY)).distinct().order_by(MEDIA.c.model)
            return list(session.execute(statement).scalars())

    def _load(self, statement: Select[Any]) -> list[Media]:
        with self._database.read() as session:
            return [media_from(row) for row in session.execute(statement)]
