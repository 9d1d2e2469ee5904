"""Batches on both databases: created as one, paused, resumed, stopped, counted, voted on."""

from __future__ import annotations

import pytest

from kaimedia.domain import BatchKind, ErrorCode, HoldCode, NoteCode, Phase, Status, TaskChange, WinRate
from kaimedia.errors import KeyReused, NotFound
from kaimedia.store.stores import Stores
from tests.contract.store.factories import NOW, SANDBOX, create_task, later, move, new_task


def a_batch(stores: Stores, prompts: str = "abc", kind: BatchKind = BatchKind.PROMPTS) -> int:
    return stores.batches.create(kind, "letters", [new_task(prompt=each) for each in prompts], NOW).id


def test_the_tasks_of_a_batch_keep_their_order(stores: Stores) -> None:
    batch_id = a_batch(stores)
    tasks = stores.batches.tasks(batch_id)
    assert [task.request.prompt for task in tasks] == ["a", "b", "c"]
    assert {task.batch_id for task in tasks} == {batch_id}
    progress = stores.batches.get(batch_id)
    assert (progress.total, progress.unsent, progress.is_active) == (3, 3, True)
    assert (progress.credits_estimated, progress.unpriced, progress.credits_actual) == (18.0, 0, None)
    sent = stores.task_claims.claim_to_send("me", later(1), 30, 2, provider=SANDBOX)
    assert [task.request.prompt for task in sent] == ["a", "b"]


def test_whether_there_is_a_batch_of_a_kind(stores: Stores) -> None:
    assert not stores.batches.has_any(BatchKind.PROMPTS)
    a_batch(stores)
    assert stores.batches.has_any(BatchKind.PROMPTS) and not stores.batches.has_any(BatchKind.COMPARISON)


def test_the_tasks_of_several_batches_are_read_together(stores: Stores) -> None:
    first, second = a_batch(stores, "ab"), a_batch(stores, "c")
    a_batch(stores, "x")
    found = stores.batches.tasks_of([second, first, 999])
    prompts = {batch_id: [task.request.prompt for task in tasks] for batch_id, tasks in found.items()}
    assert prompts == {first: ["a", "b"], second: ["c"]}
    assert stores.batches.tasks_of([]) == {}


def test_nothing_of_a_batch_is_stored_when_one_task_cannot_be(stores: Stores) -> None:
    with pytest.raises(ValueError, match="at least one"):
        stores.batches.create(BatchKind.PROMPTS, "x", [new_task(), new_task(n_media=0)], NOW)
    assert stores.batches.newest() == [] and stores.task_reader.page().total == 0


def test_a_key_gives_one_batch(stores: Stores) -> None:
    def create(body: str) -> int:
        new = [new_task(), new_task()]
        return stores.batches.create(BatchKind.PROMPTS, "x", new, NOW, idempotency=("key", body)).id

    assert stores.batches.by_key("key", "body") is None
    first = create("body")
    known = stores.batches.by_key("key", "body")
    assert create("body") == first and known is not None and known.id == first
    assert stores.task_reader.page().total == 2
    for call in (lambda: create("other"), lambda: stores.batches.by_key("key", "other")):
        with pytest.raises(KeyReused):
            call()
    stores.task_creator.create(new_task(), now=NOW, idempotency=("single", "body"))
    with pytest.raises(KeyReused):
        stores.batches.by_key("single", "body")


def test_a_paused_batch_sends_nothing_until_it_is_resumed(stores: Stores) -> None:
    batch_id, other = a_batch(stores), create_task(stores)
    running = stores.batches.tasks(batch_id)[0]
    move(stores, running, Phase.WAITING, provider_task_id="p1", due_at=NOW)
    paused = stores.batches.pause(batch_id, later(1))
    assert (paused.batch.paused_at, paused.unsent, paused.running) == (later(1), 2, 1)
    assert [task.hold_code for task in stores.batches.tasks(batch_id)] == [None, HoldCode.PAUSED, HoldCode.PAUSED]
    assert stores.held_tasks.count() == 0 and stores.held_tasks.release(None, later(2)) == 0
    sent = stores.task_claims.claim_to_send("me", later(2), 30, 9, provider=SANDBOX)
    assert [task.task_id for task in sent] == [other.task_id]
    resumed = stores.batches.resume(batch_id, later(3))
    assert resumed.batch.paused_at is None
    assert len(stores.task_claims.claim_to_send("me", later(4), 30, 9, provider=SANDBOX)) == 2


def test_stopping_cancels_what_was_not_sent_and_keeps_the_rest(stores: Stores) -> None:
    batch_id = a_batch(stores)
    running = stores.batches.tasks(batch_id)[0]
    move(stores, running, Phase.WAITING, provider_task_id="p1", due_at=NOW)
    stores.batches.pause(batch_id, later(1))
    stopped = stores.batches.stop(batch_id, later(2))
    assert (stopped.batch.stopped_at, stopped.batch.paused_at) == (later(2), None)
    assert (stopped.unsent, stopped.running, stopped.failed, stopped.may_have_cost) == (0, 1, 2, 0)
    first, *others = stores.batches.tasks(batch_id)
    assert first.phase is Phase.WAITING
    for task in others:
        assert (task.status, task.error_code, task.hold_code) == (Status.FAILED, ErrorCode.CANCELLED, None)
        assert task.dismissed_at == later(2)
        assert stores.media_reader.of_task(task.task_id)[0].status is Status.FAILED
    assert stores.task_claims.claim_to_send("me", later(9), 30, 9, provider=SANDBOX) == []


def test_every_task_is_counted_once(stores: Stores) -> None:
    batch_id = a_batch(stores, "abcde")
    unsent, running, done, failed, unknown = stores.batches.tasks(batch_id)
    move(stores, running, Phase.GENERATING, provider_task_id="p1")
    move(stores, done, Phase.DONE, provider_task_id="p2", credits_actual=5.0)
    move(stores, failed, Phase.FAILED, error_code=ErrorCode.REJECTED)
    move(stores, unknown, Phase.FAILED, error_code=ErrorCode.OUTCOME_UNKNOWN, may_have_cost=True)
    progress = stores.batches.get(batch_id)
    counts = progress.unsent, progress.running, progress.completed, progress.failed, progress.may_have_cost
    assert counts == (1, 1, 1, 1, 1) and progress.total == 5 and progress.credits_actual == 5.0
    assert unsent.batch_id == batch_id


def test_a_repeated_task_stays_in_its_batch(stores: Stores) -> None:
    batch_id = a_batch(stores)
    free, paid, _ = stores.batches.tasks(batch_id)
    move(stores, free, Phase.FAILED, error_code=ErrorCode.PROVIDER_FAILED)
    move(stores, paid, Phase.FAILED, error_code=ErrorCode.OUTCOME_UNKNOWN, may_have_cost=True)
    assert stores.task_creator.create(new_task(), now=later(1), retry_of=free).batch_id == batch_id
    progress = stores.batches.get(batch_id)
    assert (progress.total, progress.unsent, progress.failed, progress.may_have_cost) == (3, 2, 0, 1)
    stores.task_creator.create(new_task(), now=later(1), retry_of=paid)
    progress = stores.batches.get(batch_id)  # what may have been charged stays in the count
    assert (progress.total, progress.unsent, progress.may_have_cost) == (4, 3, 1)


def test_what_a_failed_task_was_charged_counts_also_beside_the_task_that_repeats_it(stores: Stores) -> None:
    batch_id = a_batch(stores)
    charged, free, _ = stores.batches.tasks(batch_id)
    move(stores, charged, Phase.FAILED, error_code=ErrorCode.PROVIDER_FAILED, credits_actual=4.0)
    move(stores, free, Phase.FAILED, error_code=ErrorCode.PROVIDER_FAILED, credits_actual=0.0)
    progress = stores.batches.get(batch_id)
    assert (progress.credits_estimated, progress.credits_actual, progress.failed) == (12.0, 4.0, 2)
    stores.task_creator.create(new_task(), now=later(1), retry_of=charged)
    progress = stores.batches.get(batch_id)
    assert (progress.credits_estimated, progress.credits_actual, progress.failed) == (18.0, 4.0, 1)
    assert progress.total == 3


def test_the_newest_batches_come_first_and_dismissed_ones_are_not_shown(stores: Stores) -> None:
    first, second = a_batch(stores), a_batch(stores, kind=BatchKind.COMPARISON)
    assert [each.batch.id for each in stores.batches.newest()] == [second, first]
    assert [each.batch.id for each in stores.batches.newest(before=second)] == [first]
    assert [each.batch.id for each in stores.batches.newest(kind=BatchKind.PROMPTS)] == [first]
    stores.batches.dismiss(second, later(1))
    assert [each.batch.id for each in stores.batches.shown(NOW)] == [first]
    with pytest.raises(NotFound, match="no batch 99"):
        stores.batches.pause(99, NOW)


def test_a_model_wins_where_its_result_was_chosen(stores: Stores) -> None:
    for winner in (0, 0, 1, None):
        new = [new_task(model=model) for model in ("one", "two", "three")]
        batch_id = stores.batches.create(BatchKind.COMPARISON, "x", new, NOW).id
        one, two, three = stores.batches.tasks(batch_id)
        for number, task in enumerate((one, two)):
            move(stores, task, Phase.DONE, provider_task_id=f"{batch_id}-{number}")
        stores.task_updater.change(TaskChange(three.task_id, frozenset(Phase), {"phase": Phase.FAILED}), NOW)
        if winner is not None:
            stores.batches.vote(batch_id, (one, two)[winner].task_id, later(1))
    assert stores.batches.win_rates() == {"one": WinRate(2, 3), "two": WinRate(1, 3)}
    stores.batches.vote(batch_id - 1, None, later(2))
    assert stores.batches.win_rates() == {"one": WinRate(2, 2), "two": WinRate(0, 2)}


def test_an_ended_batch_is_shown_for_a_while_and_a_running_one_until_it_has_ended(stores: Stores) -> None:
    batch_id = a_batch(stores)
    assert [each.batch.id for each in stores.batches.shown(later(60))] == [batch_id]
    stores.batches.stop(batch_id, later(1))
    assert stores.batches.shown(later(60)) == []
    assert [each.batch.id for each in stores.batches.shown(NOW)] == [batch_id]


def test_the_tasks_shown_are_those_no_batch_stands_for(stores: Stores) -> None:
    batch_id, single = a_batch(stores), create_task(stores)
    first, second, _ = stores.batches.tasks(batch_id)
    move(stores, first, Phase.FAILED, error_code=ErrorCode.PROVIDER_FAILED)
    assert [task.task_id for task in stores.task_reader.shown()] == [single.task_id, first.task_id]
    assert stores.task_reader.running_count() == 3
    stores.batches.pause(batch_id, later(1))
    assert stores.task_reader.running_count() == 1
    stores.batches.dismiss(batch_id, later(2))
    assert len(stores.task_reader.shown()) == 4
    assert stores.batches.pause(batch_id, later(3)).batch.dismissed_at is None  # shown again, or nobody could resume it
    assert second.task_id not in {task.task_id for task in stores.task_reader.shown()}


def test_why_tasks_failed_or_wait_is_counted(stores: Stores) -> None:
    batch_id = a_batch(stores)
    first, second, third = stores.batches.tasks(batch_id)
    move(stores, first, Phase.FAILED, error_code=ErrorCode.CANCELLED)
    move(stores, second, Phase.FAILED, error_code=ErrorCode.CANCELLED, may_have_cost=True)
    move(stores, third, Phase.WAITING, note_code=NoteCode.NO_ANSWER)
    progress = stores.batches.get(batch_id)
    assert (progress.failed, progress.canceled, progress.may_have_cost, progress.unanswered) == (1, 1, 1, 1)
    assert (progress.ended, progress.is_active) == (2, True)
