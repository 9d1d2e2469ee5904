"""Tags and collections, with which users organize their media."""

from __future__ import annotations

from collections.abc import Collection as AnyCollection
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from kaimedia.domain import Collection
from kaimedia.errors import Conflict, NotFound
from kaimedia.store.chunks import chunks
from kaimedia.store.database import Database
from kaimedia.store.listing import fold
from kaimedia.store.tables import COLLECTION_MEDIA, COLLECTIONS, IN_GALLERY, MEDIA, MEDIA_TAGS

MAX_TAGS = 30


class Labels:
    """The part of `MediaStore` about tags and collections. Names must already be validated."""

    _db: Database

    def tags(self) -> list[tuple[str, int]]:
        """Every tag in the gallery with the number of its items, most used first."""
        number = func.count().label("number")
        statement = (
            select(func.min(MEDIA_TAGS.c.name).label("name"), number)
            .join(MEDIA, MEDIA.c.id == MEDIA_TAGS.c.media_id)
            .where(text(IN_GALLERY))
            .group_by(MEDIA_TAGS.c.folded)
            .order_by(number.desc(), MEDIA_TAGS.c.folded)
        )
        with self._db.read() as session:
            return [(row.name, row.number) for row in session.execute(statement)]

    def tags_of(self, media_ids: AnyCollection[int]) -> dict[int, tuple[str, ...]]:
        """The tags of items, sorted; items without tags have no entry."""
        found: dict[int, tuple[str, ...]] = {}
        with self._db.read() as session:
            for batch in chunks(media_ids):
                statement = select(MEDIA_TAGS).where(MEDIA_TAGS.c.media_id.in_(batch)).order_by(MEDIA_TAGS.c.folded)
                for row in session.execute(statement):
                    found[row.media_id] = (*found.get(row.media_id, ()), row.name)
        return found

    def add_tags(self, media_ids: AnyCollection[int], names: Sequence[str]) -> int:
        """Add tags to items; returns how many were added. An existing tag keeps its first spelling.

        Raises:
            Conflict: An item would have more than `MAX_TAGS`; nothing is changed.
        """
        with self._db.write() as session:
            return _add_tags(session, media_ids, names)

    def remove_tags(self, media_ids: AnyCollection[int], names: Sequence[str]) -> int:
        """Remove tags from items; returns how many were removed."""
        folded = MEDIA_TAGS.c.folded.in_([fold(name) for name in names])
        with self._db.write() as session:
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

    def set_tags(self, media_id: int, names: Sequence[str]) -> None:
        """Give one item exactly these tags."""
        folded = {fold(name) for name in names}
        with self._db.write() as session:
            unwanted = MEDIA_TAGS.c.media_id == media_id, MEDIA_TAGS.c.folded.not_in(folded)
            session.execute(delete(MEDIA_TAGS).where(*unwanted))
            _add_tags(session, [media_id], names)

    def collections(self, of_media_id: int | None = None) -> list[Collection]:
        """Every collection, or those that contain an item, by name; the count is of items in the gallery."""
        number = (
            select(func.count())
            .select_from(COLLECTION_MEDIA.join(MEDIA, MEDIA.c.id == COLLECTION_MEDIA.c.media_id))
            .where(COLLECTION_MEDIA.c.collection_id == COLLECTIONS.c.id, text(IN_GALLERY))
            .scalar_subquery()
        )
        statement = select(COLLECTIONS, number.label("number")).order_by(COLLECTIONS.c.folded)
        if of_media_id is not None:
            containing = select(COLLECTION_MEDIA.c.collection_id).where(COLLECTION_MEDIA.c.media_id == of_media_id)
            statement = statement.where(COLLECTIONS.c.id.in_(containing))
        with self._db.read() as session:
            return [_collection(row) for row in session.execute(statement)]

    def collection(self, collection_id: int) -> Collection:
        """One collection; the count is of items in the gallery.

        Raises:
            NotFound: There is no such collection.
        """
        found = [each for each in self.collections() if each.id == collection_id]
        _require_found(found)
        return found[0]

    def make_collection(self, name: str, now: datetime) -> Collection:
        """Create an empty collection.

        Raises:
            Conflict: A collection with this name exists.
        """
        values = {"name": name, "folded": fold(name), "created_at": now}
        with _unique_name(), self._db.write() as session:
            new_id = session.execute(insert(COLLECTIONS).values(**values).returning(COLLECTIONS.c.id)).scalar_one()
        return Collection(new_id, name, 0, now)

    def rename_collection(self, collection_id: int, name: str) -> None:
        """Rename a collection.

        Raises:
            NotFound: There is no such collection.
            Conflict: Another collection has this name.
        """
        renaming = update(COLLECTIONS).where(COLLECTIONS.c.id == collection_id).values(name=name, folded=fold(name))
        with _unique_name(), self._db.write() as session:
            _require_found(session.execute(renaming.returning(COLLECTIONS.c.id)).all())

    def remove_collection(self, collection_id: int) -> None:
        """Delete a collection; its items stay.

        Raises:
            NotFound: There is no such collection.
        """
        with self._db.write() as session:
            # Members are deleted explicitly first: not every database counts changes made by a cascade.
            session.execute(delete(COLLECTION_MEDIA).where(COLLECTION_MEDIA.c.collection_id == collection_id))
            removing = delete(COLLECTIONS).where(COLLECTIONS.c.id == collection_id)
            _require_found(session.execute(removing.returning(COLLECTIONS.c.id)).all())

    def add_to_collection(self, collection_id: int, media_ids: AnyCollection[int]) -> int:
        """Add items to a collection; returns how many are new in it. Unknown ids are ignored.

        Raises:
            NotFound: There is no such collection.
        """
        added = 0
        with self._db.write() as session:
            _require_found(session.execute(select(COLLECTIONS.c.id).where(COLLECTIONS.c.id == collection_id)).all())
            for batch in chunks(media_ids):
                known = select(MEDIA.c.id).where(MEDIA.c.id.in_(batch))
                rows = [{"collection_id": collection_id, "media_id": each} for each in session.execute(known).scalars()]
                added += _insert_new(session, COLLECTION_MEDIA, rows)
        return added

    def remove_from_collection(self, collection_id: int, media_ids: AnyCollection[int]) -> int:
        """Remove items from a collection; returns how many were removed."""
        in_collection = COLLECTION_MEDIA.c.collection_id == collection_id
        removed = 0
        with self._db.write() as session:
            for batch in chunks(media_ids):
                removing = delete(COLLECTION_MEDIA).where(in_collection, COLLECTION_MEDIA.c.media_id.in_(batch))
                removed += len(session.execute(removing.returning(COLLECTION_MEDIA.c.media_id)).all())
        return removed


def _add_tags(session: Session, media_ids: AnyCollection[int], names: Sequence[str]) -> int:
    folded = {fold(name): name for name in reversed(names)}
    known = select(MEDIA_TAGS.c.folded, func.min(MEDIA_TAGS.c.name).label("name")).group_by(MEDIA_TAGS.c.folded)
    matching = MEDIA_TAGS.c.folded.in_(list(folded))
    folded |= {row.folded: row.name for row in session.execute(known.where(matching))}
    added = 0
    for batch in chunks(media_ids):
        existing = session.execute(select(MEDIA.c.id).where(MEDIA.c.id.in_(batch))).scalars().all()
        rows = [{"media_id": each, "folded": key, "name": name} for each in existing for key, name in folded.items()]
        added += _insert_new(session, MEDIA_TAGS, rows)
        number = func.count()
        crowded = select(number).where(MEDIA_TAGS.c.media_id.in_(batch)).group_by(MEDIA_TAGS.c.media_id)
        if session.execute(crowded.having(number > MAX_TAGS)).first() is not None:
            raise Conflict(
                f"An item can have at most {MAX_TAGS} tags.",
                field="tags",
                next_step="Remove some tags first. Nothing was changed.",
            )
    return added


def _insert_new(session: Session, table: Any, rows: Iterable[dict[str, Any]]) -> int:
    """Insert rows that do not exist yet; returns how many were inserted."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    added = 0
    for batch in chunks(list(rows), 3000):  # each row takes up to three of a statement's 32,766 values
        statement = dialect.insert(table).values(list(batch)).on_conflict_do_nothing().returning(table.c.media_id)
        added += len(session.execute(statement).all())
    return added


def _collection(row: Any) -> Collection:
    return Collection(row.id, row.name, row.number, row.created_at)


def _require_found(rows: Sequence[Any]) -> None:
    if not rows:
        raise NotFound("There is no such collection.")


@contextmanager
def _unique_name() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise Conflict("A collection with this name exists.", field="name", next_step="Choose another name.") from error
