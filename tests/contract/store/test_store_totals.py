"""The total of a listing, which is only counted again after the gallery has changed."""

from __future__ import annotations

from datetime import timedelta

from kaimedia.domain import GalleryView, MediaQuery
from kaimedia.store.database.database import Database
from kaimedia.store.stores import Stores
from tests.contract.store.factories import NOW, finish

ALL, FAVORITES, TAGGED = MediaQuery(), MediaQuery(favorites_only=True), MediaQuery(tag="blue")
TRASH, LATER = MediaQuery(view=GalleryView.TRASH), MediaQuery(created_from=NOW + timedelta(hours=1))
QUERIES = (ALL, FAVORITES, TAGGED, TRASH, LATER)


def totals(stores: Stores) -> tuple[int, ...]:
    return tuple(stores.media_pages.page(query).total for query in QUERIES)


def test_every_change_is_counted(db: Database, stores: Stores) -> None:
    elsewhere = Stores(db)  # its changes are those of another process: only the database knows of them
    assert totals(stores) == totals(stores) == (0, 0, 0, 0, 0)
    items = [finish(elsewhere, f"result-{number}").media_ids[0] for number in range(3)]
    assert totals(stores) == totals(stores) == (3, 0, 0, 0, 0)
    elsewhere.favorites.set(items[:2], True)
    assert totals(stores) == (3, 2, 0, 0, 0)
    elsewhere.tags.add(items[:1], ["blue"])
    assert totals(stores) == (3, 2, 1, 0, 0)
    elsewhere.trash.delete(items[:1], NOW)
    assert totals(stores) == (2, 1, 0, 1, 0)
    elsewhere.trash.restore(items[:1])
    elsewhere.tags.remove(items, ["blue"])
    assert totals(stores) == (3, 2, 0, 0, 0)
