"""The id index, counts, change count, trash, tags and collections, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, text

from kaimedia.domain import GalleryView, MediaQuery, Modality, Phase, Sort
from kaimedia.errors import InvalidRequest, NotFound
from kaimedia.store import id_index
from kaimedia.store.database import Database
from kaimedia.store.media import MediaStore
from kaimedia.store.stores import Stores
from kaimedia.store.tables import MEDIA
from tests.contract.store.factories import NOW, finish, later, move, saved, send
from tests.contract.store.test_store_media import listed


def row(prompt: str = "p", at: datetime = NOW, **values: object) -> dict[str, object]:
    """A finished image row as a script would insert it."""
    plain = {"media_type": "image", "model": "m", "status": "completed", "width_px": 100, "height_px": 100}
    return plain | {"prompt": prompt, "created_at": at, "duration": None, "aspect_ratio": ""} | values


@pytest.fixture
def filled(media: MediaStore, db: Database) -> MediaStore:
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
    return media


def test_the_id_index_is_the_listing_with_aspect_codes_and_months(filled: MediaStore) -> None:
    found = filled.id_index(MediaQuery())
    assert found.ids == (7, 6, 5, 4, 3, 2, 1) and found.total == 7
    assert found.months == (("2025-06", 0), ("2025-04", 3), ("2025-03", 6))
    square, wide = id_index.aspect_code("1:1"), id_index.aspect_code("16:9")
    assert found.ratios == f"A{square}{wide}_{square}{square}{square}"
    oldest = filled.id_index(MediaQuery(sort=Sort.OLDEST))
    assert oldest.ids == (1, 2, 3, 4, 5, 6, 7)
    assert oldest.months == (("2025-03", 0), ("2025-04", 1), ("2025-06", 4))
    assert filled.id_index(MediaQuery(text="zebra")).total == 0


@pytest.mark.parametrize("limit", [1, 2, 3, 10])
def test_longest_first_in_pages(filled: MediaStore, limit: int) -> None:
    expected = [5, 2, 3, 7, 6, 4, 1]
    assert listed(filled, limit, sort=Sort.LONGEST) == expected
    found = filled.id_index(MediaQuery(sort=Sort.LONGEST))
    assert found.ids == tuple(expected) and found.months == ()
    cursor = filled.page(MediaQuery(limit=1)).next_cursor
    with pytest.raises(InvalidRequest):
        filled.page(MediaQuery(sort=Sort.LONGEST, cursor=cursor))


def test_days_are_half_open(filled: MediaStore, db: Database) -> None:
    april = {"created_from": datetime(2025, 4, 1, tzinfo=UTC), "created_before": datetime(2025, 5, 1, tzinfo=UTC)}
    assert listed(filled, **april) == [4, 3, 2]
    bare = "INSERT INTO media (media_type, prompt, model, task_id, status, created_at)"
    with db.write() as session:  # with a second's precision, as scripts write it
        for moment in ("2025-04-01 00:00:00", "2025-05-01 00:00:00"):
            zone = "+00" if db.dialect == "postgresql" else ""
            session.execute(text(f"{bare} VALUES ('image', 'p', 'm', 't', 'completed', '{moment}{zone}')"))
    assert listed(filled, **april) == [4, 3, 2, 8]
    assert filled.id_index(MediaQuery(**april)).months == (("2025-04", 0),)  # type: ignore[arg-type]


def test_counts_are_what_other_filters_would_find(filled: MediaStore) -> None:
    every = filled.counts(MediaQuery())
    assert (every.all, every.images, every.videos, every.favorites) == (7, 4, 3, 2)
    videos_only = filled.counts(MediaQuery(media_type=Modality.VIDEO))
    assert (videos_only.all, videos_only.images, videos_only.videos, videos_only.favorites) == (7, 4, 3, 1)
    loved = filled.counts(MediaQuery(favorites_only=True))
    assert (loved.all, loved.images, loved.videos, loved.favorites) == (2, 1, 1, 2)
    nothing = filled.counts(MediaQuery(text="zebra"))
    assert (nothing.all, nothing.favorites, nothing.trash) == (0, 0, 0)
    filled.delete([1, 4], NOW)
    after = filled.counts(MediaQuery())
    assert (after.all, after.favorites, after.trash, after.working, after.failed) == (5, 1, 2, 0, 0)
    trash = filled.counts(MediaQuery(view=GalleryView.TRASH))
    assert (trash.all, trash.favorites) == (2, 1)


def test_views(stores: Stores, media: MediaStore) -> None:
    done, running, deleted = finish(stores, "done"), send(stores, "running"), finish(stores, "deleted")
    failed = move(stores, send(stores, "failed"), Phase.FAILED)
    media.delete(deleted.media_ids, NOW)
    shelves = {view: listed(media, view=view) for view in GalleryView}
    assert shelves == {
        GalleryView.FINISHED: list(done.media_ids),
        GalleryView.WORKING: list(running.media_ids),
        GalleryView.FAILED: list(failed.media_ids),
        GalleryView.TRASH: list(deleted.media_ids),
    }
    counts = media.counts(MediaQuery())
    assert (counts.all, counts.working, counts.failed, counts.trash) == (1, 1, 1, 1)


def test_the_change_count_changes_with_every_change_only(
    stores: Stores, media: MediaStore, url: str, open_database: Callable[[str], Database]
) -> None:
    seen = [media.change_count()]

    def is_new() -> bool:
        assert media.change_count() == media.change_count()
        seen.append(media.change_count())
        return seen[-1] not in seen[:-1]

    task = send(stores, "t", n_media=2)
    assert is_new()
    stores.task_results.save(task.task_id, 0, saved("a.png"), NOW)
    assert is_new()
    move(stores, task, Phase.DONE, due_at=None)
    assert is_new()
    first, second = task.media_ids
    changes: list[Callable[[], object]] = [
        lambda: media.set_favorite([first], True),
        lambda: media.delete([first], NOW),
        lambda: media.restore([first]),
        lambda: media.add_tags([first], ["x"]),
        lambda: media.remove_tags([first], ["x"]),
        lambda: media.add_to_collection(media.make_collection("c", NOW).id, [first]),
        lambda: media.remove_collection(media.collections()[0].id),
        lambda: MediaStore(open_database(url)).delete([first, second], NOW),
        lambda: media.purge(later(1)),
    ]
    for place, change in enumerate(changes):
        change()
        assert is_new(), place
    media.id_index(MediaQuery())
    media.page(MediaQuery())
    assert not is_new()
    assert media.delete([10**6], NOW) == [] and media.set_favorite([], True) == 0


def test_the_trash_can_be_emptied_wholly_or_partly(stores: Stores, media: MediaStore) -> None:
    task = finish(stores, "a", n_media=3)
    first, second, third = task.media_ids
    assert media.trash().count == 0 and media.trash().oldest_deleted_at is None
    media.delete([first], later(1))
    media.delete([second], later(2))
    state = media.trash()
    assert (state.count, state.size_bytes, state.oldest_deleted_at) == (2, 2000, later(1))
    assert media.purge_trash([first, third, 10**6]) == (1, ["a-0.png", "a-0.png_large.webp", "a-0.png_thumb.webp"])
    assert media.get(third).id == third, "not in the trash: left alone"
    media.delete([third], later(3))
    removed, names = media.purge_trash()
    assert removed == 2 and len(names) == 6 and media.trash().count == 0


def test_the_trash_keeps_media_of_unfinished_tasks(stores: Stores, media: MediaStore) -> None:
    task = send(stores, "p", n_media=2)
    stores.task_results.save(task.task_id, 0, saved("kept.png"), NOW)
    assert media.delete(task.media_ids, NOW) == [task.media_ids[0]]
    assert media.purge_trash() == (0, []) and media.purge_trash(task.media_ids) == (0, [])
    assert media.trash().count == 1


def test_tags_ignore_case(stores: Stores, media: MediaStore) -> None:
    first, second, third = finish(stores, "a", n_media=3).media_ids
    assert media.add_tags([first, second, first, 10**6], ["Über den Wolken", "x"]) == 4
    assert media.add_tags([third], ["ÜBER DEN WOLKEN"]) == 1
    assert media.tags() == [("Über den Wolken", 3), ("x", 2)]
    assert media.tags_of([first, third]) == {first: ("x", "Über den Wolken"), third: ("Über den Wolken",)}
    assert listed(media, tag="über DEN wolken") == [third, second, first]
    assert media.id_index(MediaQuery(tag="X")).ids == (second, first)
    assert media.remove_tags([first, third], ["über den wolken", "nothing"]) == 2
    media.set_tags(second, ["X", "new"])
    assert media.tags_of([second]) == {second: ("new", "x")}
    media.delete([second], NOW)
    assert media.tags() == [("x", 1)]
    media.purge(later(1))
    assert media.tags_of([second]) == {}


def test_an_item_has_at_most_thirty_tags(stores: Stores, media: MediaStore) -> None:
    first, second = finish(stores, "a", n_media=2).media_ids
    media.add_tags([first], [f"t{number}" for number in range(29)])
    with pytest.raises(InvalidRequest) as caught:
        media.add_tags([second, first], ["one", "two"])
    assert caught.value.field == "tags"
    assert media.tags_of([second]) == {}, "all or nothing"
    assert media.add_tags([first], ["one", "T0"]) == 1


def test_collections(stores: Stores, media: MediaStore) -> None:
    first, second = finish(stores, "a", n_media=2).media_ids
    best = media.make_collection("Best", later(1))
    other = media.make_collection("another", later(2))
    with pytest.raises(InvalidRequest):
        media.make_collection("BEST", NOW)
    with pytest.raises(InvalidRequest):
        media.rename_collection(other.id, "best")
    assert media.add_to_collection(best.id, [first, second, first, 10**6]) == 2
    assert media.add_to_collection(best.id, [first]) == 0
    media.rename_collection(best.id, "Zenith")
    assert [(each.name, each.count) for each in media.collections()] == [("another", 0), ("Zenith", 2)]
    assert [each.id for each in media.collections(of_media_id=first)] == [best.id]
    assert listed(media, collection_id=best.id) == [second, first] and listed(media, collection_id=10**6) == []
    media.delete([first], NOW)
    assert media.collections()[1].count == 1
    media.purge(later(1))
    assert media.remove_from_collection(best.id, [first, second]) == 1
    media.remove_collection(best.id)
    for call in (media.remove_collection, lambda deleted: media.add_to_collection(deleted, [second])):
        with pytest.raises(NotFound):
            call(best.id)
    with pytest.raises(NotFound):
        media.rename_collection(best.id, "x")
    assert media.get(second), "items stay"


def test_many_at_once(media: MediaStore, db: Database) -> None:
    # More values than a SQLite statement allows, and more than two purge batches.
    number = 35_000 if db.dialect == "sqlite" else 11_000
    with db.write() as session:
        session.execute(insert(MEDIA), [row(at=NOW + timedelta(seconds=place)) for place in range(number)])
    ids = range(1, number + 1)
    assert media.set_favorite(ids, True) == number
    assert media.id_index(MediaQuery(favorites_only=True)).ids == tuple(reversed(ids))
    collection = media.make_collection("all", NOW)
    assert media.add_to_collection(collection.id, ids) == number
    assert media.add_tags(ids, ["all"]) == number
    assert media.remove_tags(ids, ["all"]) == number
    assert len(media.by_ids(ids, include_deleted=False)) == number
    assert len(media.delete(ids, NOW)) == number and len(media.restore(ids)) == number
    assert len(media.clear(NOW)) == number
    assert media.purge_trash(ids)[0] == number and media.id_index(MediaQuery(view=GalleryView.TRASH)).total == 0


@given(st.integers(1, 20_000), st.integers(1, 20_000))
def test_a_code_is_the_nearest_aspect_ratio(width: int, height: int) -> None:
    ratio = min(max(width / height, id_index.NARROWEST), id_index.WIDEST)
    place = id_index.ASPECT_CODES.index(id_index.aspect_code(f"{width}:{height}"))
    assert ratio == pytest.approx(0.56 * (2.1 / 0.56) ** (place / 63), rel=0.011)


@pytest.mark.parametrize("shape", ["", ":", "0:5", "5:0", "-1:1", "x:y", "nan:1", "inf:inf", "1:1:1"])
def test_an_invalid_ratio_is_square(shape: str) -> None:
    assert id_index.aspect_code(shape) == id_index.aspect_code("1:1")
