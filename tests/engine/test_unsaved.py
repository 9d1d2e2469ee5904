"""Results that the provider made and that are not saved: listed with the time left, and fetched on demand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kaimedia.context import AppContext
from kaimedia.domain import ErrorCode, NoteCode, Phase, Task, TaskChange, utc_now
from kaimedia.errors import StaleTransition
from kaimedia.studio import left_text, unsaved_of
from tests.conftest import image_request, wait_for, wait_for_phase


def stuck(context: AppContext) -> Task:
    """Generated; every try to save it fails while the storage is full."""
    task = context.studio.tasks.submit(image_request("x [fault:download_503=3]"))
    wait_for(lambda: context.studio.tasks.get(task.task_id).note_code is NoteCode.NOT_SAVED_YET, "a failed download")
    return context.studio.tasks.get(task.task_id)


def end_as_not_saved(context: AppContext, task: Task) -> None:
    fields = {"phase": Phase.FAILED, "error_code": ErrorCode.NOT_SAVED, "may_have_cost": True, "due_at": None}
    context.stores.task_updater.change(TaskChange(task.task_id, frozenset(Phase), fields), utc_now())


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
