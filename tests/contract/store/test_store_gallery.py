"""The id index, counts, change count, trash, tags and collections, on both databases."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, insert, text, update

from kaimedia.domain import GalleryView, MediaQuery, Modality, Phase, Sort
from kaimedia.errors import InvalidRequest, NotFound
from kaimedia.store.database.database import Database
from kaimedia.store.media import overview
from kaimedia.store.stores import Stores
from kaimedia.store.tables import MEDIA, TASKS
from tests.contract.store.factories import NOW, finish, later, move, saved, send
from tests.contract.store.test_store_media import listed


def row(prompt: str = "p", at: datetime = NOW, **values: object) -> dict[str, object]:
    """A finished image row as a script would insert it."""
    plain = {"media_type": "image", "model": "m", "status": "completed", "width_px": 100, "height_px": 100}
    return plain | {"prompt": prompt, "created_at": at, "duration": None, "aspect_ratio": ""} | values


@pytest.fixture
def filled(stores: Stores, db: Database) -> Stores:
    """Seven items over three months, ids 1 to 7, oldest first."""
    at = [datetime(2025, month, day, 23, 59, 59, tzinfo=UTC) for month, day in ((3, 31), (4, 1), (4, 1), (4, 30))]
    at += [datetime(2025, 6, 1, tzinfo=UTC)] * 3
    video = {"media_type": "video", "model": "veo3"}
    kinds = (
        {},
        video | {"duration": 8},
        video | {"duration": 5, "is_favorite": True},
        {"is_favorite": True, "width_px": 3000},
        video | {"duration": 8, "width_px": None, "aspect_ratio": "16:9"},
        {"width_px": 0, "aspect_ratio": "a,b"},
        {"height_px": 1000},
    )
    with db.write() as session:
        for moment, kind in zip(at, kinds, strict=True):
            session.execute(insert(MEDIA).values(**row(at=moment, **kind)))
    return stores


def test_the_id_index_is_the_listing_with_aspect_codes_and_months(filled: Stores) -> None:
    found = filled.gallery_overview.id_index(MediaQuery())
    assert found.ids == (7, 6, 5, 4, 3, 2, 1) and found.total == 7
    assert found.months == (("2025-06", 0), ("2025-04", 3), ("2025-03", 6))
    square, wide = overview.aspect_code("1:1"), overview.aspect_code("16:9")
    assert found.ratios == f"A{square}{wide}_{square}{square}{square}"
    oldest = filled.gallery_overview.id_index(MediaQuery(sort=Sort.OLDEST))
    assert oldest.ids == (1, 2, 3, 4, 5, 6, 7)
    assert oldest.months == (("2025-03", 0), ("2025-04", 1), ("2025-06", 4))
    assert filled.gallery_overview.id_index(MediaQuery(text="zebra")).total == 0


@pytest.mark.parametrize("limit", [1, 2, 3, 10])
def test_longest_first_in_pages(filled: Stores, limit: int) -> None:
    expected = [5, 2, 3, 7, 6, 4, 1]
    assert listed(filled, limit, sort=Sort.LONGEST) == expected
    found = filled.gallery_overview.id_index(MediaQuery(sort=Sort.LONGEST))
    assert found.ids == tuple(expected) and found.months == ()
    cursor = filled.media_pages.page(MediaQuery(limit=1)).next_cursor
    with pytest.raises(InvalidRequest):
        filled.media_pages.page(MediaQuery(sort=Sort.LONGEST, cursor=cursor))


def test_days_are_half_open(filled: Stores, db: Database) -> None:
    april = {"created_from": datetime(2025, 4, 1, tzinfo=UTC), "created_before": datetime(2025, 5, 1, tzinfo=UTC)}
    assert listed(filled, **april) == [4, 3, 2]
    bare = "INSERT INTO media (media_type, prompt, model, task_id, status, created_at)"
    with db.write() as session:  # with a second's precision, as scripts write it
        for moment in ("2025-04-01 00:00:00", "2025-05-01 00:00:00"):
            zone = "+00" if db.dialect == "postgresql" else ""
            session.execute(text(f"{bare} VALUES ('image', 'p', 'm', 't', 'completed', '{moment}{zone}')"))
    assert listed(filled, **april) == [4, 3, 2, 8]
    assert filled.gallery_overview.id_index(MediaQuery(**april)).months == (("2025-04", 0),)  # type: ignore[arg-type]


def test_counts_are_what_other_filters_would_find(filled: Stores) -> None:
    every = filled.gallery_overview.counts(MediaQuery())
    assert (every.all, every.images, every.videos, every.favorites) == (7, 4, 3, 2)
    videos_only = filled.gallery_overview.counts(MediaQuery(media_type=Modality.VIDEO))
    assert (videos_only.all, videos_only.images, videos_only.videos, videos_only.favorites) == (7, 4, 3, 1)
    loved = filled.gallery_overview.counts(MediaQuery(favorites_only=True))
    assert (loved.all, loved.images, loved.videos, loved.favorites) == (2, 1, 1, 2)
    nothing = filled.gallery_overview.counts(MediaQuery(text="zebra"))
    assert (nothing.all, nothing.favorites, nothing.trash) == (0, 0, 0)
    filled.trash.delete([1, 4], NOW)
    after = filled.gallery_overview.counts(MediaQuery())
    assert (after.all, after.favorites, after.trash, after.working, after.failed) == (5, 1, 2, 0, 0)
    trash = filled.gallery_overview.counts(MediaQuery(view=GalleryView.TRASH))
    assert (trash.all, trash.favorites) == (2, 1)


def test_views(stores: Stores) -> None:
    done, running, deleted = finish(stores, "done"), send(stores, "running"), finish(stores, "deleted")
    failed = move(stores, send(stores, "failed"), Phase.FAILED)
    stores.trash.delete(deleted.media_ids, NOW)
    views = {view: listed(stores, view=view) for view in GalleryView}
    assert views == {
        GalleryView.FINISHED: list(done.media_ids),
        GalleryView.WORKING: list(running.media_ids),
        GalleryView.FAILED: list(failed.media_ids),
        GalleryView.TRASH: list(deleted.media_ids),
    }
    counts = stores.gallery_overview.counts(MediaQuery())
    assert (counts.all, counts.working, counts.failed, counts.trash) == (1, 1, 1, 1)


def test_the_change_count_changes_with_every_change_only(
    stores: Stores, url: str, open_database: Callable[[str], Database]
) -> None:
    seen = [stores.gallery_overview.change_count()]

    def is_new() -> bool:
        assert stores.gallery_overview.change_count() == stores.gallery_overview.change_count()
        seen.append(stores.gallery_overview.change_count())
        return seen[-1] not in seen[:-1]

    task = send(stores, "t", n_media=2)
    assert is_new()
    stores.task_results.save(task.task_id, 0, saved("a.png"), NOW)
    assert is_new()
    move(stores, task, Phase.DONE, due_at=None)
    assert is_new()
    first, second = task.media_ids
    changes: list[Callable[[], object]] = [
        lambda: stores.favorites.set([first], True),
        lambda: stores.trash.delete([first], NOW),
        lambda: stores.trash.restore([first]),
        lambda: stores.tags.add([first], ["x"]),
        lambda: stores.tags.remove([first], ["x"]),
        lambda: stores.collections.add(stores.collections.create("c", NOW).id, [first]),
        lambda: stores.collections.delete(stores.collections.all()[0].id),
        lambda: Stores(open_database(url)).trash.delete([first, second], NOW),
        lambda: stores.trash.empty(before=later(1)),
    ]
    for place, change in enumerate(changes):
        change()
        assert is_new(), place
    stores.gallery_overview.id_index(MediaQuery())
    stores.media_pages.page(MediaQuery())
    assert not is_new()
    assert stores.trash.delete([10**6], NOW) == [] and stores.favorites.set([], True) == 0


def test_the_trash_can_be_emptied_wholly_or_partly(stores: Stores) -> None:
    task = finish(stores, "a", n_media=3)
    first, second, third = task.media_ids
    assert stores.trash.state().count == 0 and stores.trash.state().oldest_deleted_at is None
    stores.trash.delete([first], later(1))
    stores.trash.delete([second], later(2))
    state = stores.trash.state()
    assert (state.count, state.size_bytes, state.oldest_deleted_at) == (2, 2000, later(1))
    assert stores.trash.empty([first, third, 10**6]) == (1, ["a-0.png", "a-0.png_large.webp", "a-0.png_thumb.webp"])
    assert stores.media_reader.get(third).id == third, "not in the trash: left alone"
    stores.trash.delete([third], later(3))
    removed, names = stores.trash.empty()
    assert removed == 2 and len(names) == 6 and stores.trash.state().count == 0


def test_the_trash_keeps_media_of_unfinished_tasks(stores: Stores) -> None:
    task = send(stores, "p", n_media=2)
    stores.task_results.save(task.task_id, 0, saved("kept.png"), NOW)
    assert stores.trash.delete(task.media_ids, NOW) == [task.media_ids[0]]
    assert stores.trash.empty() == (0, []) and stores.trash.empty(task.media_ids) == (0, [])
    assert stores.trash.state().count == 1


def test_tags_ignore_case(stores: Stores) -> None:
    first, second, third = finish(stores, "a", n_media=3).media_ids
    assert stores.tags.add([first, second, first, 10**6], ["Über den Wolken", "x"]) == 4
    assert stores.tags.add([third], ["ÜBER DEN WOLKEN"]) == 1
    assert stores.tags.all() == [("Über den Wolken", 3), ("x", 2)]
    assert stores.tags.of([first, third]) == {first: ("x", "Über den Wolken"), third: ("Über den Wolken",)}
    assert listed(stores, tag="über DEN wolken") == [third, second, first]
    assert stores.gallery_overview.id_index(MediaQuery(tag="X")).ids == (second, first)
    assert stores.tags.remove([first, third], ["über den wolken", "nothing"]) == 2
    stores.tags.set(second, ["X", "new"])
    assert stores.tags.of([second]) == {second: ("new", "x")}
    stores.trash.delete([second], NOW)
    assert stores.tags.all() == [("x", 1)]
    stores.trash.empty(before=later(1))
    assert stores.tags.of([second]) == {}


def test_an_item_has_at_most_thirty_tags(stores: Stores) -> None:
    first, second = finish(stores, "a", n_media=2).media_ids
    stores.tags.add([first], [f"t{number}" for number in range(29)])
    with pytest.raises(InvalidRequest) as caught:
        stores.tags.add([second, first], ["one", "two"])
    assert caught.value.field == "tags"
    assert stores.tags.of([second]) == {}, "all or nothing"
    assert stores.tags.add([first], ["one", "T0"]) == 1


def test_the_results_of_a_batch(stores: Stores, db: Database) -> None:
    first, second, alone = (finish(stores, name) for name in "abc")
    with db.write() as session:
        session.execute(update(TASKS).where(TASKS.c.task_id.in_([first.task_id, second.task_id])).values(batch_id=7))
    of_batch = [*second.media_ids, *first.media_ids]
    assert listed(stores, batch_id=7) == of_batch and listed(stores, batch_id=8) == []
    assert listed(stores) == [*alone.media_ids, *of_batch]
    page = stores.media_pages.page(MediaQuery(batch_id=7, limit=1))
    after = stores.media_pages.page(MediaQuery(batch_id=7, cursor=page.next_cursor))
    assert [item.id for item in after.items] == list(first.media_ids)
    for other in (MediaQuery(batch_id=8, cursor=page.next_cursor), MediaQuery(cursor=page.next_cursor)):
        with pytest.raises(InvalidRequest):
            stores.media_pages.page(other)


def test_collections(stores: Stores) -> None:
    first, second = finish(stores, "a", n_media=2).media_ids
    best = stores.collections.create("Best", later(1))
    other = stores.collections.create("another", later(2))
    with pytest.raises(InvalidRequest):
        stores.collections.create("BEST", NOW)
    with pytest.raises(InvalidRequest):
        stores.collections.rename(other.id, "best")
    assert stores.collections.add(best.id, [first, second, first, 10**6]) == 2
    assert stores.collections.add(best.id, [first]) == 0
    stores.collections.rename(best.id, "Zenith")
    assert [(each.name, each.count) for each in stores.collections.all()] == [("another", 0), ("Zenith", 2)]
    assert [each.id for each in stores.collections.all(of_media_id=first)] == [best.id]
    assert listed(stores, collection_id=best.id) == [second, first] and listed(stores, collection_id=10**6) == []
    stores.trash.delete([first], NOW)
    assert stores.collections.all()[1].count == 1
    stores.trash.empty(before=later(1))
    assert stores.collections.remove(best.id, [first, second]) == 1
    stores.collections.delete(best.id)
    for call in (stores.collections.delete, lambda deleted: stores.collections.add(deleted, [second])):
        with pytest.raises(NotFound):
            call(best.id)
    with pytest.raises(NotFound):
        stores.collections.rename(best.id, "x")
    assert stores.media_reader.get(second), "items stay"


def allow_fewer_values(connection: sqlite3.Connection, *_: object) -> None:
    """As with more rows and SQLite's own limit, 32,766."""
    connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 20_900)


@pytest.mark.parametrize("dialect", ["sqlite", pytest.param("postgresql", marks=pytest.mark.exhaustive)], indirect=True)
def test_many_at_once(stores: Stores, db: Database) -> None:
    # More values than a statement may have, and more than two purge batches.
    number = 21_000 if db.dialect == "sqlite" else 11_000
    with db.write() as session:
        session.execute(insert(MEDIA), [row(at=NOW + timedelta(seconds=place)) for place in range(number)])
    if db.dialect == "sqlite":
        event.listen(db.engine, "checkout", allow_fewer_values)
    ids = range(1, number + 1)
    assert stores.favorites.set(ids, True) == number
    assert stores.gallery_overview.id_index(MediaQuery(favorites_only=True)).ids == tuple(reversed(ids))
    collection = stores.collections.create("all", NOW)
    assert stores.collections.add(collection.id, ids) == number
    assert stores.tags.add(ids, ["all"]) == number
    assert stores.tags.remove(ids, ["all"]) == number
    assert len(stores.media_reader.by_ids(ids, include_deleted=False)) == number
    assert len(stores.trash.delete(ids, NOW)) == number and len(stores.trash.restore(ids)) == number
    assert len(stores.trash.clear(NOW)) == number
    assert (
        stores.trash.empty(ids)[0] == number
        and stores.gallery_overview.id_index(MediaQuery(view=GalleryView.TRASH)).total == 0
    )


@given(st.integers(1, 20_000), st.integers(1, 20_000))
def test_a_code_is_the_nearest_aspect_ratio(width: int, height: int) -> None:
    ratio = min(max(width / height, overview.NARROWEST), overview.WIDEST)
    place = overview.ASPECT_CODES.index(overview.aspect_code(f"{width}:{height}"))
    assert ratio == pytest.approx(0.56 * (2.1 / 0.56) ** (place / 63), rel=0.011)


@pytest.mark.parametrize("shape", ["", ":", "0:5", "5:0", "-1:1", "x:y", "nan:1", "inf:inf", "1:1:1"])
def test_an_invalid_ratio_is_square(shape: str) -> None:
    assert overview.aspect_code(shape) == overview.aspect_code("1:1")
