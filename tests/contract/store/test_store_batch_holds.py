"""What pausing and stopping a batch do to tasks that were being sent, are tried again, or are in a copy."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text

from kaimedia.domain import BatchKind, ErrorCode, HoldCode, Phase, Status, TaskChange
from kaimedia.store.database.database import Database
from kaimedia.store.stores import Stores
from tests.contract.store.factories import NOW, SANDBOX, later, move, new_task


def a_batch(stores: Stores, prompts: str = "ab", now: datetime = NOW) -> int:
    return stores.batches.create(BatchKind.PROMPTS, "letters", [new_task(prompt=each) for each in prompts], now).id


def sent_by(stores: Stores, seconds: float) -> list[str]:
    claimed = stores.task_claims.claim_to_send("me", later(seconds), 30, 9, provider=SANDBOX)
    return [task.request.prompt for task in claimed]


def back_to_the_queue(stores: Stores, task_id: str, seconds: float) -> None:
    """The provider refused it for now, so that it is to be sent again."""
    fields = {"phase": Phase.QUEUED, "due_at": later(seconds)}
    stores.task_updater.change_many([TaskChange(task_id, frozenset({Phase.SENDING}), fields)], later(seconds))


def test_a_task_that_comes_back_to_the_queue_of_a_paused_batch_waits(stores: Stores) -> None:
    batch_id = a_batch(stores)
    assert sent_by(stores, 1) == ["a", "b"]
    stores.batches.pause(batch_id, later(2))
    for task in stores.batches.tasks(batch_id):
        back_to_the_queue(stores, task.task_id, 3)
    assert sent_by(stores, 9) == []
    assert {task.hold_code for task in stores.batches.tasks(batch_id)} == {HoldCode.PAUSED}
    stores.batches.resume(batch_id, later(20))
    assert sent_by(stores, 21) == ["a", "b"]


def test_a_task_that_comes_back_to_the_queue_of_a_stopped_batch_ends(stores: Stores) -> None:
    batch_id = a_batch(stores)
    sent_by(stores, 1)
    stores.batches.stop(batch_id, later(2))
    first, second = stores.batches.tasks(batch_id)
    back_to_the_queue(stores, first.task_id, 3)
    assert sent_by(stores, 9) == []
    first = stores.task_reader.get(first.task_id)
    assert (first.phase, first.error_code, first.may_have_cost) == (Phase.FAILED, ErrorCode.CANCELLED, False)
    assert stores.media_reader.of_task(first.task_id)[0].status is Status.FAILED
    move(stores, second, Phase.FAILED, error_code=ErrorCode.REJECTED)
    again = stores.task_creator.create(new_task(prompt="b again"), now=later(4), retry_of=second)
    assert sent_by(stores, 20) == ["b again"]  # wanted after the stop
    back_to_the_queue(stores, again.task_id, 21)
    assert sent_by(stores, 40) == ["b again"]


def test_what_is_tried_again_in_a_paused_batch_waits_too(stores: Stores) -> None:
    batch_id = a_batch(stores)
    first = stores.batches.tasks(batch_id)[0]
    move(stores, first, Phase.FAILED, error_code=ErrorCode.REJECTED)
    stores.batches.pause(batch_id, later(1))
    again = stores.task_creator.create(new_task(prompt="a again"), now=later(2), retry_of=first)
    assert again.hold_code is HoldCode.PAUSED and sent_by(stores, 3) == []


def test_a_process_of_an_earlier_version_does_not_send_what_is_paused(stores: Stores, db: Database) -> None:
    stores.batches.pause(a_batch(stores), later(1))
    with db.read() as session:  # what earlier versions look at
        rows = session.execute(text("SELECT hold_code, due_at FROM tasks")).all()
    assert [tuple(row) for row in rows] == [(None, None), (None, None)]


def test_a_copy_holds_paused_tasks_as_well_and_stopping_leaves_them(stores: Stores, db: Database) -> None:
    batch_id = a_batch(stores)
    stores.batches.pause(batch_id, later(1))
    with db.write() as session:  # as when a copy is opened
        session.execute(text("UPDATE tasks SET hold_code = 'copy', due_at = NULL WHERE hold_code IS NULL"))
    assert stores.held_tasks.count() == 2
    assert len(stores.task_reader.shown()) == 2, "each is to be decided about"
    progress = stores.batches.resume(batch_id, later(2))
    assert (progress.on_hold, progress.unsent) == (2, 2) and sent_by(stores, 3) == []
    assert stores.batches.stop(batch_id, later(4)).unsent == 2
    assert stores.held_tasks.release(None, later(5)) == 2 and sent_by(stores, 6) == ["a", "b"]


def test_released_tasks_of_a_paused_batch_stay_paused(stores: Stores, db: Database) -> None:
    batch_id = a_batch(stores)
    stores.batches.pause(batch_id, later(1))
    with db.write() as session:
        session.execute(text("UPDATE tasks SET hold_code = 'copy'"))
    stores.held_tasks.release(None, later(2))
    assert sent_by(stores, 3) == []
    stores.batches.resume(batch_id, later(4))
    assert sent_by(stores, 5) == ["a", "b"]


def test_a_running_batch_is_shown_however_many_came_after_it(stores: Stores) -> None:
    first = a_batch(stores)
    for number in range(3):
        stores.batches.stop(a_batch(stores, now=later(10 + number)), later(20))
    shown = [each.batch.id for each in stores.batches.shown(later(5), limit=2)]
    assert len(shown) == 3 and shown[-1] == first
    stores.batches.stop(first, later(30))
    assert first not in [each.batch.id for each in stores.batches.shown(later(5), limit=2)]


def test_canceled_tasks_have_no_price(stores: Stores) -> None:
    batch_id = a_batch(stores, "abc")
    running = stores.batches.tasks(batch_id)[0]
    move(stores, running, Phase.WAITING, provider_task_id="p1")
    assert stores.batches.stop(batch_id, later(1)).credits_estimated == 6.0


def test_tasks_in_flight_are_found_in_batches_too(stores: Stores) -> None:
    first, second = stores.batches.tasks(a_batch(stores))
    move(stores, first, Phase.GENERATING, provider_task_id="p1")
    assert stores.task_reader.ids_in([Phase.WAITING, Phase.GENERATING, Phase.SAVING]) == [first.task_id]
    assert second.task_id not in stores.task_reader.ids_in([Phase.GENERATING])
