"""Results that the provider made and that are not saved: listed with the time left, and fetched on demand."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select

from kaimedia.context import AppContext
from kaimedia.domain import ErrorCode, NoteCode, Phase, Task, TaskChange, utc_now
from kaimedia.errors import NotFound, StaleTransition
from kaimedia.store.tables import TASKS
from kaimedia.studio import left_text, unsaved_of
from kaimedia.studio.rescue.unsaved import UnsavedService
from tests.conftest import image_request, wait_for, wait_for_phase
from tests.finished import finished


def stuck(context: AppContext) -> Task:
    """Generated; every try to save it fails while the storage is full."""
    task = context.studio.tasks.submit(image_request("x [fault:download_503=3]"))
    wait_for(lambda: context.studio.tasks.get(task.task_id).note_code is NoteCode.NOT_SAVED_YET, "a failed download")
    return context.studio.tasks.get(task.task_id)


def end_as_not_saved(context: AppContext, task: Task) -> None:
    fields = {"phase": Phase.FAILED, "error_code": ErrorCode.NOT_SAVED, "may_have_cost": True, "due_at": None}
    context.stores.task_updater.change(TaskChange(task.task_id, frozenset(Phase), fields), utc_now())


@pytest.mark.every_storage("exhaustive")
def test_it_is_listed_with_the_time_left_and_fetched_now(context: AppContext) -> None:
    task = stuck(context)
    (listed,) = context.studio.rescue.unsaved.list()
    assert listed.task.task_id == task.task_id and listed.is_being_fetched
    assert timedelta(hours=23) < listed.link_until - utc_now() <= timedelta(hours=24)
    assert timedelta(days=13) < listed.kept_until - utc_now() <= timedelta(days=14)
    assert "about 23 hours more; the sandbox keeps it for 13 days" in left_text(listed, utc_now())
    for _ in range(3):
        context.studio.rescue.unsaved.fetch_all()
    wait_for_phase(context, task.task_id, Phase.DONE)
    assert context.studio.rescue.unsaved.list() == [] and context.studio.rescue.unsaved.fetch_all() == 0


def test_one_that_failed_and_was_dismissed_is_fetched_without_paying(context: AppContext) -> None:
    task = stuck(context)
    context.engine.stop()
    end_as_not_saved(context, task)
    context.studio.tasks.dismiss(task.task_id)
    (listed,) = context.studio.rescue.unsaved.list()
    assert not listed.is_being_fetched
    again = context.studio.rescue.unsaved.fetch(task.task_id)
    assert (again.task_id, again.phase, again.dismissed_at) == (task.task_id, Phase.WAITING, None)
    assert context.studio.tasks.page().total == 1


def test_what_is_saved_or_failed_at_the_provider_is_never_sent_again(context: AppContext) -> None:
    done = context.studio.tasks.submit(image_request())
    wait_for_phase(context, done.task_id, Phase.DONE)
    failed = context.studio.tasks.submit(image_request("y [fault:fail]"))
    wait_for_phase(context, failed.task_id, Phase.FAILED)
    for task_id in (done.task_id, failed.task_id):
        with pytest.raises(StaleTransition):
            context.studio.rescue.unsaved.fetch(task_id)
        with pytest.raises(StaleTransition):
            context.studio.tasks.resume(task_id)
    assert context.studio.rescue.unsaved.list() == [] and context.studio.tasks.page().total == 2


def test_texts_when_the_link_has_expired(context: AppContext) -> None:
    task = stuck(context)
    unsaved = unsaved_of(task)
    assert unsaved is not None
    later = unsaved.link_until + timedelta(hours=1)
    assert left_text(unsaved, later) == "The first link has expired; the sandbox makes a new one for 12 days more."
    assert left_text(unsaved, unsaved.kept_until) == "The sandbox no longer keeps it."


def unsaved_rows(context: AppContext, number: int, first_done_at: datetime) -> list[str]:
    """Tasks that were not saved, made an hour apart; returns their ids."""
    task, _ = finished(context, image_request())
    context.engine.stop()
    changes = {"phase": "failed", "status": "failed", "error_code": "not_saved", "due_at": None}
    with context.database.write() as session:
        row = dict(session.execute(select(TASKS).where(TASKS.c.task_id == task.task_id)).mappings().one()) | changes
        del row["id"]
        ids = [f"{each:032x}" for each in range(number)]
        for each, task_id in enumerate(ids):
            done_at = first_done_at + timedelta(hours=each)
            same = {"task_id": task_id, "nonce": task_id, "provider_task_id": f"provider-{each}"}
            session.execute(insert(TASKS).values({**row, **same, "provider_done_at": done_at, "created_at": done_at}))
    return ids


def test_what_is_deleted_first_comes_first_and_all_are_fetched(
    context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kaimedia.studio.rescue.unsaved.MAX_LISTED", 3)
    ids = unsaved_rows(context, 9, utc_now() - timedelta(days=14, hours=1))
    unsaved = context.studio.rescue.unsaved
    assert [each.task.task_id for each in unsaved.list()] == ids[2:5], "two are no longer kept"
    assert unsaved.fetch_all() == 7
    phases = [context.studio.tasks.get(task_id).phase for task_id in ids]
    assert phases == [Phase.FAILED] * 2 + [Phase.WAITING] * 7


def test_one_that_is_saved_meanwhile_does_not_stop_the_others(context: AppContext) -> None:
    ids = unsaved_rows(context, 3, utc_now() - timedelta(hours=5))
    resume, service = context.studio.tasks.resume, context.studio.rescue.unsaved

    def get(task_id: str) -> Task:
        if task_id == ids[0]:
            context.stores.task_updater.change(TaskChange(task_id, frozenset(Phase), {"phase": Phase.DONE}), utc_now())
        if task_id == ids[1]:
            raise NotFound("It is gone.")
        return context.studio.tasks.get(task_id)

    racing = UnsavedService(context.stores.unsaved, context.stores.task_schedule, resume, get, lambda: None)
    assert racing.fetch_all() == 1 and [each.task.task_id for each in service.list()] == ids[1:]
    assert context.studio.tasks.get(ids[2]).phase is Phase.WAITING
