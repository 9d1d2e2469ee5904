"""What the rescue needs of the store: tracked files, imported tasks, unsaved results, and what was sent when."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from kaimedia.domain import Condition, ErrorCode, GenerationRequest, MediaQuery, Modality, Phase, Status
from kaimedia.errors import StaleTransition
from kaimedia.store.stores import Stores
from kaimedia.store.tasks.creator import NewTask
from kaimedia.store.tasks.imports import FoundFacts
from tests.contract.store.factories import NOW, SANDBOX, create_task, finish, later, move, saved, send

FOUND = FoundFacts("theirs", Phase.SAVING, ("https://x/1.png", "https://x/2.png"), 12.0, later(-3600), later(-3500))


def imported(prompt: str = "a fox", n_media: int = 2) -> NewTask:
    request = GenerationRequest("gpt4o-image", prompt, "1:1", variants=n_media)
    return NewTask(request, Modality.IMAGE, SANDBOX, n_media, 6.0)


def unknown(stores: Stores, prompt: str, seconds: float) -> str:
    task = create_task(stores, now=later(seconds), prompt=prompt)
    fields = {"error_code": ErrorCode.OUTCOME_UNKNOWN, "may_have_cost": True, "sent_at": later(seconds)}
    return move(stores, task, Phase.FAILED, now=later(seconds), **fields).task_id


def test_tracked_files_are_read_in_chunks(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kaimedia.store.media.files.READ_AT_ONCE", 2)
    for name in ("a", "b", "c"):
        finish(stores, name)
    create_task(stores)
    chunks = list(stores.media_files.tracked())
    assert [[row.filename for row in chunk] for chunk in chunks] == [["a-0.png", "b-0.png"], ["c-0.png"]]
    first = chunks[0][0]
    assert (first.size_bytes, first.sha256, len(first.derived)) == (1000, "ab" * 32, 2)
    assert stores.media_files.count() == 3
    assert stores.media_files.referred({"a-0.png", *first.derived, "unknown.png"}) == {"a-0.png", *first.derived}


def test_a_condition_is_changed_only_for_the_same_file(stores: Stores) -> None:
    task = finish(stores, "a")
    (media_id,) = task.media_ids
    assert not stores.media_files.set_condition(media_id, "other.png", Condition.MISSING)
    assert stores.media_files.set_condition(media_id, "a-0.png", Condition.MISSING)
    assert stores.media_reader.get(media_id).condition is Condition.MISSING
    ((row,),) = stores.media_files.tracked()
    assert row.is_marked_missing and not row.is_marked_damaged and not row.is_in_trash


def test_a_registered_file_is_an_item(stores: Stores) -> None:
    file = saved("found.png", media_type=Modality.IMAGE)
    media_id = stores.media_files.register(file, Modality.IMAGE, prompt="Recovered", model="unknown", made_at=NOW)
    (item,) = stores.media_pages.page(MediaQuery()).items
    assert (item.id, item.filename, item.prompt, item.created_at) == (media_id, "found.png", "Recovered", NOW)
    assert stores.media_reader.of_task(item.task_id)[0].id == media_id


def test_an_imported_task_is_dated_by_the_provider_and_never_added_twice(stores: Stores) -> None:
    task = stores.imported_tasks.add(imported(), FOUND, NOW)
    assert (task.phase, task.status, task.provider_task_id) == (Phase.SAVING, Status.PROCESSING, "theirs")
    assert (task.created_at, task.imported_at, task.due_at) == (FOUND.made_at, NOW, NOW)
    assert task.result_urls == FOUND.result_urls and task.credits_actual == 12.0
    media = stores.media_reader.of_task(task.task_id)
    assert [(item.variant, item.status, item.created_at) for item in media] == [
        (0, Status.PROCESSING, FOUND.made_at),
        (1, Status.PROCESSING, FOUND.made_at),
    ]
    totals = stores.ledger.totals()
    assert (totals.settled, totals.reserved) == (12.0, 0.0)
    with pytest.raises(StaleTransition):
        stores.imported_tasks.add(imported("again"), FOUND, NOW)
    assert stores.task_reader.page().total == 1 and stores.ledger.totals() == totals


def test_lost_tasks_are_found_by_model_and_time(stores: Stores) -> None:
    near, far = unknown(stores, "a", 0), unknown(stores, "a", 5000)
    send(stores, "has-an-id")
    around = later(-60), later(60)
    assert [task.task_id for task in stores.imported_tasks.lost(SANDBOX, "gpt4o-image", *around)] == [near]
    assert stores.imported_tasks.lost(SANDBOX, "veo3", *around) == []
    assert {task.task_id for task in stores.imported_tasks.lost(SANDBOX, "gpt4o-image", around[0], later(9000))} == {
        near,
        far,
    }


def test_unsaved_results(stores: Stores) -> None:
    saving = send(stores, "one")
    move(stores, saving, Phase.SAVING, provider_done_at=NOW)
    given_up = send(stores, "two", now=later(1))
    fields = {"provider_done_at": NOW, "error_code": ErrorCode.NOT_SAVED, "dismissed_at": NOW, "due_at": None}
    move(stores, given_up, Phase.FAILED, **fields)
    failed = send(stores, "three")
    move(stores, failed, Phase.FAILED, provider_done_at=NOW, error_code=ErrorCode.PROVIDER_FAILED)
    finish(stores, "four")
    send(stores, "five")

    def listed(since: datetime, limit: int = 10, after: tuple[datetime, str] | None = None) -> list[str]:
        return [task.task_id for task in stores.unsaved.oldest(saving.provider, since, limit, after)]

    both = sorted([given_up.task_id, saving.task_id])  # finished at the same moment
    assert listed(later(-1)) == both and listed(NOW) == []
    assert listed(later(-1), limit=1) == both[:1] and listed(later(-1), after=(NOW, both[0])) == both[1:]
    assert [task.task_id for task in stores.unsaved.being_saved(10)] == [saving.task_id]
    assert stores.unsaved.oldest("another-provider", later(-1), 10) == []


def test_what_was_sent_between_two_readings(stores: Stores) -> None:
    mine = unknown(stores, "mine", 10)
    other = send(stores, "other", now=later(20))
    move(stores, other, Phase.WAITING, accepted_at=later(25))
    unknown(stores, "another lost one", 30)
    refused = create_task(stores, now=later(40))
    move(stores, refused, Phase.FAILED, sent_at=later(40), error_code=ErrorCode.REJECTED)
    stores.imported_tasks.add(imported(), FOUND, NOW)
    sent = stores.sent_tasks
    assert sent.others(mine, SANDBOX, later(0), later(60)) == (6.0, 1)
    assert sent.others(mine, SANDBOX, later(20), later(60)) == (0.0, 1)
    assert sent.others(mine, SANDBOX, later(100), later(200)) == (0.0, 0)
    longest = timedelta(minutes=3)
    assert sent.is_sending_at(mine, SANDBOX, later(22), longest)
    assert not sent.is_sending_at(mine, SANDBOX, later(15), longest)
    assert not sent.is_sending_at(mine, SANDBOX, later(27), longest)


def test_another_result_of_a_task_is_awaited_too(stores: Stores) -> None:
    task = finish(stores, "a", n_media=2)
    first, second = task.media_ids
    assert not stores.task_results.await_too(task.task_id, second)
    stores.task_results.fetch_again(task.task_id, [first], NOW)
    assert stores.task_results.await_too(task.task_id, second)
    assert [item.filename for item in stores.media_reader.of_task(task.task_id)] == [None, None]
