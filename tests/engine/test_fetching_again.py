"""A result that is fetched again keeps its old file until the new one is saved, and if none comes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import Condition, ErrorCode, Media, Phase, Status, Task, TaskChange, utc_now
from kaimedia.domain.integrity import FaultKind, Remedy
from kaimedia.media import names
from tests.conftest import image_request
from tests.contract.store.factories import saved
from tests.finished import finished
from tests.stored import AT, put_bytes

pytestmark = pytest.mark.every_storage("exhaustive")


@pytest.fixture
def context(config: Config, open_test_context: Callable[..., AppContext]) -> AppContext:
    return open_test_context(config)


def stored(context: AppContext, item: Media) -> bytes:
    with context.storage.open(str(item.filename)) as stream:
        return stream.read()


def faults(context: AppContext) -> set[FaultKind]:
    return {fault.kind for fault in context.studio.rescue.faults(is_deep=True)}


def made_once(context: AppContext, prompt: str) -> tuple[Task, Media]:
    """A finished item; another one keeps the storage in use, and nothing runs any more."""
    finished(context, image_request("another"))
    task, (item,) = finished(context, image_request(prompt))
    context.engine.stop()
    return task, item


def repaired(context: AppContext) -> tuple[Task, Media, bytes]:
    """A damaged file whose replacement was requested, with its original bytes."""
    task, item = made_once(context, "damaged")
    data = stored(context, item)
    put_bytes(context.storage, str(item.filename), data[:60])
    assert context.studio.rescue.integrity.repair().remedies == {Remedy.FETCHING: 1}
    return task, item, data


def end(context: AppContext, task: Task, code: ErrorCode) -> None:
    fields = {"phase": Phase.FAILED, "error_code": code, "error_message": "No.", "due_at": None}
    context.stores.task_updater.change(TaskChange(task.task_id, frozenset(Phase), fields), utc_now())


@pytest.mark.parametrize("code", [ErrorCode.EXPIRED, ErrorCode.NOT_SAVED, ErrorCode.PROVIDER_FAILED])
def test_a_replacement_that_does_not_come_leaves_the_file(context: AppContext, code: ErrorCode) -> None:
    task, item, data = repaired(context)
    waiting = context.studio.gallery.get(item.id)
    assert (waiting.status, waiting.filename) == (Status.PROCESSING, None)
    assert faults(context) == set(), "what is being fetched is no fault"
    end(context, task, code)
    left = context.studio.gallery.get(item.id)
    assert (left.status, left.filename, left.sha256) == (Status.COMPLETED, item.filename, item.sha256)
    assert (left.condition, left.thumbnail_path) == (Condition.DAMAGED, item.thumbnail_path)
    assert faults(context) == {FaultKind.WRONG_SIZE}
    put_bytes(context.storage, str(item.filename), data)  # from a backup
    assert faults(context) == set() and len(context.studio.gallery.of_task(task.task_id)) == 1


def test_a_canceled_fetch_leaves_the_item_marked_as_missing(context: AppContext) -> None:
    task, item = made_once(context, "missing")
    data = stored(context, item)
    context.storage.delete([str(item.filename)])
    context.studio.missing_files.fetch_again(item.id)
    context.studio.tasks.cancel(task.task_id)
    left = context.studio.gallery.get(item.id)
    assert (left.filename, left.status, left.condition) == (item.filename, Status.COMPLETED, Condition.MISSING)
    assert faults(context) == {FaultKind.FILE_MISSING}
    put_bytes(context.storage, str(item.filename), data)
    assert faults(context) == {FaultKind.FOUND_AGAIN}


def test_fewer_results_than_before_leave_the_file(context: AppContext) -> None:
    task, item, _ = repaired(context)
    context.stores.task_updater.change(TaskChange(task.task_id, frozenset(Phase), {"phase": Phase.DONE}), utc_now())
    left = context.studio.gallery.get(item.id)
    assert (left.filename, left.status, left.error_message) == (item.filename, Status.COMPLETED, None)


def test_a_file_of_a_task_that_ended_is_not_hidden_as_being_saved(context: AppContext) -> None:
    task, item = made_once(context, "a boat")
    data = stored(context, item)
    late = names.new_name(task.modality, AT, "png", names.result_key(task.task_id, 0))
    put_bytes(context.storage, late, data)
    context.stores.task_results.fetch_again(task.task_id, [], utc_now())
    assert faults(context) == set()
    end(context, task, ErrorCode.CANCELLED)
    assert faults(context) == {FaultKind.UNTRACKED}


def test_a_resumed_task_fetches_it_after_all(context: AppContext) -> None:
    task, item, data = repaired(context)
    end(context, task, ErrorCode.NOT_SAVED)
    context.studio.tasks.resume(task.task_id)
    assert context.studio.gallery.get(item.id).filename is None, "the engine saves what has no file"
    put_bytes(context.storage, str(item.filename), data)
    new = saved(str(item.filename), size_bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
    context.stores.task_results.save(task.task_id, item.variant, new, utc_now())
    back = context.studio.gallery.get(item.id)
    assert (back.condition, back.status, back.sha256) == (Condition.OK, Status.COMPLETED, item.sha256)
