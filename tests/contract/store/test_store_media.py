"""The gallery, deleting and purging, and settings."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import fields, replace

import pytest
from sqlalchemy import insert, text

from kaimedia.domain import ErrorCode, MediaQuery, Modality, Phase, ProviderName, Settings, Sort, Status
from kaimedia.errors import InvalidRequest, NotFound
from kaimedia.store import cursors
from kaimedia.store.database.database import Database
from kaimedia.store.settings import SettingsStore
from kaimedia.store.stores import Stores
from kaimedia.store.tables import MEDIA
from tests.contract.store.factories import NOW, create_task, finish, later, move, saved, send


def used_bytes(stores: Stores) -> int:
    """The size of all saved results, including those in the trash."""
    return sum(size_bytes for _, size_bytes, _ in stores.media_files.sizes())


def listed(stores: Stores, limit: int = 100, **query: object) -> list[int]:
    """The ids of every page of a listing, in order."""
    ids: list[int] = []
    cursor = None
    while True:
        page = stores.media_pages.page(MediaQuery(limit=limit, cursor=cursor, **query))  # type: ignore[arg-type]
        ids += [item.id for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            assert page.total == len(ids)
            return ids


def test_the_gallery_holds_what_is_completed_and_not_deleted(stores: Stores) -> None:
    done = finish(stores, "done", n_media=3)
    deleted = finish(stores, "deleted")
    send(stores, "running")
    move(stores, send(stores, "failed"), Phase.FAILED, error_code=ErrorCode.REJECTED)
    stores.trash.delete(deleted.media_ids, later(1))
    assert listed(stores) == sorted(done.media_ids, reverse=True)
    with pytest.raises(NotFound):
        stores.media_reader.get(deleted.media_ids[0])
    assert stores.media_reader.get(deleted.media_ids[0], include_deleted=True).deleted_at == later(1)
    with pytest.raises(NotFound):
        stores.media_reader.get(10**6)


@pytest.mark.parametrize("newest_first", [True, False])
def test_pages_list_everything_once(stores: Stores, newest_first: bool) -> None:
    made = [finish(stores, f"t{place}", now=later(place // 2), n_media=2) for place in range(5)]
    expected = [media_id for task in made for media_id in task.media_ids]
    if newest_first:
        expected.reverse()
    for limit in (1, 3, 10, 11):
        assert listed(stores, limit, sort=Sort.NEWEST if newest_first else Sort.OLDEST) == expected


def test_rows_that_scripts_wrote_are_listed_once(stores: Stores, db: Database) -> None:
    bare = "INSERT INTO media (media_type, prompt, model, task_id, status) VALUES ('image', 'p', 'm', 't', 'completed')"
    with db.write() as session:
        for _ in range(5):
            session.execute(text(bare))
    item = stores.media_reader.get(1)
    assert (item.provider, item.variant, item.params, item.is_favorite) == (ProviderName.KIE, 0, {}, False)
    assert listed(stores, 2) == [5, 4, 3, 2, 1]
    assert listed(stores, 2, sort=Sort.OLDEST) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("bad", ["", "nonsense", "W10", "WyJ0YXNrcyIsICIyMDI2IiwgMV0", "[" * 150, "x" * 5000])
def test_a_bad_cursor_names_its_field(stores: Stores, bad: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        stores.media_pages.page(MediaQuery(cursor=bad))
    assert raised.value.field == "cursor"


def test_a_cursor_of_an_earlier_version_is_still_valid(stores: Stores) -> None:
    """The listing's name in it, recorded before two fields of the query were renamed."""
    finish(stores, "one")
    earlier = cursors.encode("media 2c574882aec2", cursors.Position("2999-01-01 00:00:00", 10**6))
    assert len(stores.media_pages.page(MediaQuery(cursor=earlier)).items) == 1


def test_a_cursor_is_valid_only_with_its_order_and_filters(stores: Stores) -> None:
    for name in ("one", "two", "three"):
        finish(stores, name)
    query = MediaQuery(limit=1, media_type=Modality.IMAGE)
    cursor = stores.media_pages.page(query).next_cursor
    assert cursor is not None and len(stores.media_pages.page(replace(query, cursor=cursor, limit=2)).items) == 2
    for other in ({"sort": Sort.OLDEST}, {"media_type": None}, {"text": "boat"}, {"favorites_only": True}):
        with pytest.raises(InvalidRequest) as raised:
            stores.media_pages.page(replace(query, cursor=cursor, **other))  # type: ignore[arg-type]
        assert raised.value.field == "cursor"
    tasks_cursor = stores.task_reader.page(limit=1).next_cursor
    with pytest.raises(InvalidRequest):
        stores.task_reader.page(limit=1, cursor=tasks_cursor, status=Status.COMPLETED)


def test_a_cursor_of_tasks_is_invalid_for_media(stores: Stores) -> None:
    for _ in range(2):
        create_task(stores)
    with pytest.raises(InvalidRequest):
        stores.media_pages.page(MediaQuery(cursor=stores.task_reader.page(limit=1).next_cursor))


def test_filters_and_search(stores: Stores, db: Database) -> None:
    prompts = ["A Red Kite", "100% wool_sock", "ÄPFEL und Birnen", "back\\slash", "Красный змей"]
    ids = [finish(stores, f"t{place}", prompt=prompt).media_ids[0] for place, prompt in enumerate(prompts)]
    video = {"media_type": "video", "model": "veo3", "status": "completed", "prompt": "red", "created_at": later(9)}
    with db.write() as session:
        ids.append(session.execute(insert(MEDIA).values(**video).returning(MEDIA.c.id)).scalar_one())
    assert listed(stores, media_type=Modality.VIDEO) == [ids[5]]
    assert listed(stores, model="veo3", media_type=Modality.IMAGE) == []
    assert listed(stores, text=" RED ") == [ids[5], ids[0]]
    for words, place in (("100% WOOL", 1), ("wool_so", 1), ("äpf bir", 2), ("back\\slash", 3), ("красный", 4)):
        assert listed(stores, text=words) == [ids[place]], words
    assert listed(stores, text="%") == [ids[1]] and listed(stores, text="_") == [ids[1]]
    assert listed(stores, text="  ") == listed(stores)
    assert stores.media_reader.models() == ["gpt4o-image", "veo3"]
    assert stores.favorites.set([ids[0], ids[5]], True) == 2
    assert stores.favorites.set([ids[0], ids[1]], True) == 1
    assert stores.favorites.set([ids[5], 10**6], False) == 1
    assert listed(stores, favorites_only=True) == [ids[1], ids[0]]
    assert stores.media_reader.get(ids[0]).is_favorite


def test_media_of_tasks_by_variant(stores: Stores) -> None:
    first, second = finish(stores, "a", n_media=3), finish(stores, "b")
    stores.trash.delete([first.media_ids[1]], NOW)
    found = stores.media_reader.of_tasks([first.task_id, second.task_id, "nobody"])
    assert {task_id: [item.variant for item in items] for task_id, items in found.items()} == {
        first.task_id: [0, 2],
        second.task_id: [0],
    }
    assert stores.media_reader.of_task("nobody") == [] and stores.media_reader.of_tasks([]) == {}


def test_deleting_can_be_undone(stores: Stores) -> None:
    done, running = finish(stores, "a", n_media=2), send(stores, "b")
    first, second = done.media_ids
    assert stores.trash.delete([first, first, *running.media_ids, 10**6], later(1)) == [first]
    assert stores.trash.delete([first], later(2)) == [], "the undo period does not restart"
    assert listed(stores) == [second]
    assert stores.trash.clear(later(3)) == [second]
    assert listed(stores) == [] and stores.media_reader.models() == []
    assert stores.media_reader.get(running.media_ids[0]).status is Status.PROCESSING
    assert stores.trash.restore([first, second, *running.media_ids]) == [first, second]
    assert listed(stores) == [second, first]


def test_purging_returns_the_files_and_keeps_the_rest(stores: Stores) -> None:
    task = finish(stores, "a", n_media=3)
    first, second, third = task.media_ids
    assert used_bytes(stores) == 3000 and len(stores.media_files.names()) == 9
    stores.trash.delete([first], later(1))
    stores.trash.delete([second], later(5))
    assert stores.trash.empty(before=later(1))[1] == [], "deleted exactly then, not before"
    assert stores.trash.empty(before=later(2))[1] == ["a-0.png", "a-0.png_large.webp", "a-0.png_thumb.webp"]
    with pytest.raises(NotFound):
        stores.media_reader.get(first, include_deleted=True)
    assert stores.task_reader.get(task.task_id).media_ids == (third,), "the task exists as long as it has media"
    assert stores.trash.restore([first, second]) == [second]
    stores.trash.delete([second, third], later(6))
    assert used_bytes(stores) == 2000 and len(stores.trash.empty(before=later(7))[1]) == 6
    with pytest.raises(NotFound):
        stores.task_reader.get(task.task_id)
    assert (
        stores.trash.empty(before=later(100))[1] == []
        and stores.media_files.names() == set()
        and used_bytes(stores) == 0
    )


def test_purging_keeps_media_of_unfinished_tasks(stores: Stores) -> None:
    saving = send(stores, "p", n_media=2)
    stores.task_results.save(saving.task_id, 0, saved("kept.png"), NOW)
    watched = move(stores, send(stores, "q"), Phase.FAILED, error_code=ErrorCode.EXPIRED, due_at=later(600))
    assert stores.trash.delete([*saving.media_ids, *watched.media_ids], later(1)) == [
        saving.media_ids[0],
        *watched.media_ids,
    ]
    assert stores.trash.empty(before=later(900))[1] == []
    assert stores.task_reader.get(saving.task_id).phase is Phase.WAITING and stores.task_reader.get(watched.task_id)
    stores.task_results.save(watched.task_id, 0, saved("late.png"), later(901))
    assert [item.filename for item in stores.media_reader.of_task(watched.task_id)] == ["late.png"], (
        "paid for, so it reappears"
    )
    move(stores, saving, Phase.DONE, due_at=None)
    assert stores.trash.empty(before=later(900))[1] == ["kept.png", "kept.png_large.webp", "kept.png_thumb.webp"]


def test_a_file_used_by_another_row_is_not_purged(stores: Stores) -> None:
    task = send(stores, "p", n_media=2)
    for variant in range(2):
        stores.task_results.save(task.task_id, variant, saved("same.png", thumbnail_large_name=None), NOW)
    move(stores, task, Phase.DONE, due_at=None)
    stores.trash.delete([task.media_ids[0]], NOW)
    assert stores.trash.empty(before=later(1))[1] == []
    stores.trash.delete([task.media_ids[1]], NOW)
    assert stores.trash.empty(before=later(1))[1] == ["same.png", "same.png_thumb.webp"]


def test_default_settings(settings: SettingsStore) -> None:
    found = settings.get()
    assert found.updated_at is not None
    for field in fields(Settings):
        if field.name != "updated_at":
            assert getattr(found, field.name) == getattr(Settings(), field.name)


def test_settings_are_saved_one_by_one(
    settings: SettingsStore, url: str, open_database: Callable[[str], Database]
) -> None:
    before = settings.get().updated_at
    settings.save(default_variant_count=4, default_enhance=True)
    found = settings.save(default_image_model="other")
    assert found == SettingsStore(open_database(url)).get()
    assert (found.default_variant_count, found.default_enhance, found.default_image_model) == (4, True, "other")
    assert before is not None and found.updated_at is not None and found.updated_at > before
    for name in ("api_key", "has_saved_key", "nonsense"):
        with pytest.raises(ValueError, match=name):
            settings.save(**{name: "x"})


def test_the_key_survives_a_reset(settings: SettingsStore, db: Database) -> None:
    assert settings.key_ciphertext() is None
    settings.save_key_ciphertext("gAAAA-sealed")
    settings.save(default_video_duration=10)
    assert settings.get().has_saved_key
    found = settings.reset()
    assert (found.default_video_duration, found.has_saved_key) == (5, True)
    assert settings.key_ciphertext() == "gAAAA-sealed"
    settings.save_key_ciphertext(None)
    assert settings.key_ciphertext() is None and not settings.get().has_saved_key


def test_settings_work_without_their_row(settings: SettingsStore, db: Database) -> None:
    with db.write() as session:
        session.execute(text("DELETE FROM settings"))
    assert settings.get() == Settings() and settings.key_ciphertext() is None
    settings.save_key_ciphertext("x")
    assert settings.get().has_saved_key


def test_a_file_is_registered_once_by_repairs_at_the_same_time(stores: Stores) -> None:
    ready, added = threading.Barrier(4), []

    def register() -> None:
        ready.wait()
        added.append(
            stores.media_files.register(saved("found.png"), Modality.IMAGE, prompt="x", model="unknown", made_at=NOW)
        )

    threads = [threading.Thread(target=register) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(added) == 4 and sum(each is not None for each in added) == 1 and stores.media_files.count() == 1
