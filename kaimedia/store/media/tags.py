"""Tags, with which users organize their media."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache

from sqlalchemy import delete, func, select, text
from sqlmodel import Session

from kaimedia.errors import Conflict
from kaimedia.store.database.database import Database
from kaimedia.store.media.listing import fold
from kaimedia.store.prepared import KEPT_LISTS, PreparedSelect, in_list, is_in_list
from kaimedia.store.statements import chunks, insert_new
from kaimedia.store.tables import IN_GALLERY, MEDIA, MEDIA_TAGS

MAX_TAGS = 30


class Tags:
    """The tags of media. Names must already be validated.

    Safe to share between threads; every method may raise `StoreUnavailable`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[tuple[str, int]]:
        """Every tag in the gallery with the number of its items, most used first."""
        number = func.count().label("number")
        statement = (
            select(func.min(MEDIA_TAGS.c.name).label("name"), number)
            .join(MEDIA, MEDIA.c.id == MEDIA_TAGS.c.media_id)
            .where(text(IN_GALLERY))
            .group_by(MEDIA_TAGS.c.folded)
            .order_by(number.desc(), MEDIA_TAGS.c.folded)
        )
        with self._database.read() as session:
            return [(row.name, row.number) for row in session.execute(statement)]

    def of(self, media_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
        """The tags of items, sorted; items without tags have no entry."""
        found: dict[int, tuple[str, ...]] = {}
        with self._database.read_prepared() as reader:
            for batch in chunks(media_ids, KEPT_LISTS):
                for row in _tags_of(len(batch)).rows(reader, **in_list(batch)):
                    found[row["media_id"]] = (*found.get(row["media_id"], ()), row["name"])
        return found

    def add(self, media_ids: Collection[int], names: Sequence[str]) -> int:
        """Add tags to items; returns how many were added. An existing tag keeps its first spelling.

        Raises:
            Conflict: An item would have more than `MAX_TAGS`; nothing is changed.
        """
        with self._database.write() as session:
            return _add_tags(session, media_ids, names)

    def remove(self, media_ids: Collection[int], names: Sequence[str]) -> int:
        """Remove tags from items; returns how many were removed."""
        folded = MEDIA_TAGS.c.folded.in_([fold(name) for name in names])
        with self._database.write() as session:
            return sum(
                len(
                    session.execute(
                        delete(MEDIA_TAGS)
                        .where(folded, MEDIA_TAGS.c.media_id.in_(batch))
                        .returning(MEDIA_TAGS.c.media_id)
                    ).all()
                )
                for batch in chunks(media_ids)
            )

    def set(self, media_id: int, names: Sequence[str]) -> None:
        """Give one item exactly these tags."""
        folded = {fold(name) for name in names}
        with self._database.write() as session:
            unwanted = MEDIA_TAGS.c.media_id == media_id, MEDIA_TAGS.c.folded.not_in(folded)
            session.execute(delete(MEDIA_TAGS).where(*unwanted))
            _add_tags(session, [media_id], names)


@lru_cache(KEPT_LISTS)
def _tags_of(count: int) -> PreparedSelect:
    """The tags of that many items."""
    statement = select(MEDIA_TAGS).where(is_in_list(MEDIA_TAGS.c.media_id, count))
    return PreparedSelect(statement.order_by(MEDIA_TAGS.c.folded))


def _add_tags(session: Session, media_ids: Collection[int], names: Sequence[str]) -> int:
    folded = {fold(name): name for name in reversed(names)}
    known = select(MEDIA_TAGS.c.folded, func.min(MEDIA_TAGS.c.name).label("name")).group_by(MEDIA_TAGS.c.folded)
    matching = MEDIA_TAGS.c.folded.in_(list(folded))
    folded |= {row.folded: row.name for row in session.execute(known.where(matching))}
    added = 0
    for batch in chunks(media_ids):
        existing = session.execute(select(MEDIA.c.id).where(MEDIA.c.id.in_(batch))).scalars().all()
        rows = [{"media_id": each, "folded": key, "name": name} for each in existing for key, name in folded.items()]
        added += insert_new(session, MEDIA_TAGS, rows)
        number = func.count()
        crowded = select(number).where(MEDIA_TAGS.c.media_id.in_(batch)).group_by(MEDIA_TAGS.c.media_id)
        if session.execute(crowded.having(number > MAX_TAGS)).first() is not None:
            raise Conflict(
                f"An item can have at most {MAX_TAGS} tags.",
                field="tags",
                next_step="Remove some tags first. Nothing was changed.",
            )
    return added
