"""Collections, with which users organize their media."""

from __future__ import annotations

from collections.abc import Collection as AnyCollection
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from kaimedia.domain import Collection
from kaimedia.errors import Conflict, NotFound
from kaimedia.store.database.database import Database
from kaimedia.store.media.listing import fold
from kaimedia.store.statements import chunks, insert_new
from kaimedia.store.tables import COLLECTION_MEDIA, COLLECTIONS, IN_GALLERY, MEDIA


class Collections:
    """The collections of media. Names must already be validated.

    Safe to share between threads; every method may raise `StoreUnavailable`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, of_media_id: int | None = None) -> list[Collection]:
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
        with self._database.read() as session:
            return [_collection(row) for row in session.execute(statement)]

    def get(self, collection_id: int) -> Collection:
        """One collection; the count is of items in the gallery.

        Raises:
            NotFound: There is no such collection.
        """
        found = [each for each in self.all() if each.id == collection_id]
        _require_found(found)
        return found[0]

    def create(self, name: str, now: datetime) -> Collection:
        """Create an empty collection.

        Raises:
            Conflict: A collection with this name exists.
        """
        values = {"name": name, "folded": fold(name), "created_at": now}
        with _unique_name(), self._database.write() as session:
            new_id = session.execute(insert(COLLECTIONS).values(**values).returning(COLLECTIONS.c.id)).scalar_one()
        return Collection(new_id, name, 0, now)

    def rename(self, collection_id: int, name: str) -> None:
        """Rename a collection.

        Raises:
            NotFound: There is no such collection.
            Conflict: Another collection has this name.
        """
        renaming = update(COLLECTIONS).where(COLLECTIONS.c.id == collection_id).values(name=name, folded=fold(name))
        with _unique_name(), self._database.write() as session:
            _require_found(session.execute(renaming.returning(COLLECTIONS.c.id)).all())

    def delete(self, collection_id: int) -> None:
        """Delete a collection; its items stay.

        Raises:
            NotFound: There is no such collection.
        """
        with self._database.write() as session:
            # Members are deleted explicitly first: not every database counts changes made by a cascade.
            session.execute(delete(COLLECTION_MEDIA).where(COLLECTION_MEDIA.c.collection_id == collection_id))
            removing = delete(COLLECTIONS).where(COLLECTIONS.c.id == collection_id)
            _require_found(session.execute(removing.returning(COLLECTIONS.c.id)).all())

    def add(self, collection_id: int, media_ids: AnyCollection[int]) -> int:
        """Add items to a collection; returns how many are new in it. Unknown ids are ignored.

        Raises:
            NotFound: There is no such collection.
        """
        added = 0
        with self._database.write() as session:
            _require_found(session.execute(select(COLLECTIONS.c.id).where(COLLECTIONS.c.id == collection_id)).all())
            for batch in chunks(media_ids):
                known = select(MEDIA.c.id).where(MEDIA.c.id.in_(batch))
                rows = [{"collection_id": collection_id, "media_id": each} for each in session.execute(known).scalars()]
                added += insert_new(session, COLLECTION_MEDIA, rows)
        return added

    def remove(self, collection_id: int, media_ids: AnyCollection[int]) -> int:
        """Remove items from a collection; returns how many were removed."""
        in_collection = COLLECTION_MEDIA.c.collection_id == collection_id
        removed = 0
        with self._database.write() as session:
            for batch in chunks(media_ids):
                removing = delete(COLLECTION_MEDIA).where(in_collection, COLLECTION_MEDIA.c.media_id.in_(batch))
                removed += len(session.execute(removing.returning(COLLECTION_MEDIA.c.media_id)).all())
        return removed


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
