"""Tasks that continue an earlier one in a way its provider does only once, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from kaimedia.domain import ErrorCode, Phase, Task
from kaimedia.errors import Conflict
from kaimedia.store.database.database import Database
from kaimedia.store.stores import Stores
from kaimedia.store.tasks.continued import OnceOf
from kaimedia.store.tasks.creator import NewTask
from tests.contract.store.factories import NOW, finish, later, move, new_task, saved, send

OLD_ID = "source/4k"


def upgrade(of: str = "source", media_ids: tuple[int, ...] = (), model: str = "upgrade") -> NewTask:
    new = new_task(model=model, params={"task_id": of})
    return replace(new, continued_media_ids=media_ids, once_of=OnceOf("task_id", of))


def create(stores: Stores, new: NewTask, retry_of: Task | None = None) -> Task:
    return stores.task_creator.create(new, now=NOW, retry_of=retry_of)


def failed(stores: Stores, code: ErrorCode, *, may_have_cost: bool = False, task_id: str | None = OLD_ID) -> Task:
    fields = {"error_code": code, "may_have_cost": may_have_cost, "provider_task_id": task_id, "due_at": later(60)}
    return move(stores, create(stores, upgrade()), Phase.FAILED, **fields)


def test_one_of_many_at_the_same_moment_is_created(db: Database) -> None:
    stores = Stores(db)
    send(stores, "source")

    def attempt(_: int) -> bool:
        try:
            create(stores, upgrade())
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(16))) == 1
    assert stores.task_reader.page().total == 2


def test_only_the_same_step_of_the_same_task_counts(db: Database) -> None:
    stores = Stores(db)
    create(stores, upgrade())
    create(stores, upgrade(of="another"))
    create(stores, upgrade(model="another"))
    with pytest.raises(Conflict):
        create(stores, upgrade())


@pytest.mark.parametrize(
    ("code", "may_have_cost", "task_id"),
    [
        (ErrorCode.CANCELLED, True, OLD_ID),
        (ErrorCode.EXPIRED, True, OLD_ID),
        (ErrorCode.NOT_SAVED, True, OLD_ID),
        (ErrorCode.OUTCOME_UNKNOWN, True, None),
    ],
)
def test_one_that_may_be_paid_is_resumed_or_dismissed_first(
    db: Database, code: ErrorCode, task_id: str | None, *, may_have_cost: bool
) -> None:
    stores = Stores(db)
    task = failed(stores, code, may_have_cost=may_have_cost, task_id=task_id)
    with pytest.raises(Conflict, match=task.task_id):
        create(stores, upgrade())
    assert stores.task_reader.get(task.task_id) == task
    move(stores, task, Phase.FAILED, dismissed_at=NOW)
    fresh = create(stores, upgrade())
    move(stores, fresh, Phase.WAITING, provider_task_id=OLD_ID)


@pytest.mark.parametrize("code", [ErrorCode.PROVIDER_FAILED, ErrorCode.MODERATED])
def test_one_that_failed_free_of_charge_gives_up_its_id(db: Database, code: ErrorCode) -> None:
    stores = Stores(db)
    task = failed(stores, code)
    fresh = create(stores, upgrade())
    move(stores, fresh, Phase.WAITING, provider_task_id=OLD_ID)
    before = stores.task_reader.get(task.task_id)
    assert (before.provider_task_id, before.shared_provider_task_id, before.due_at) == (None, OLD_ID, None)


def test_a_repeated_one_takes_the_id_of_the_one_whose_outcome_is_unknown(db: Database) -> None:
    stores = Stores(db)
    task = failed(stores, ErrorCode.OUTCOME_UNKNOWN, may_have_cost=True)
    fresh = create(stores, upgrade(), retry_of=task)
    move(stores, fresh, Phase.WAITING, provider_task_id=OLD_ID)
    assert stores.task_reader.get(task.task_id).provider_task_id is None


def test_the_models_made_from_an_item_are_those_of_all_tasks_that_have_not_failed(db: Database) -> None:
    stores = Stores(db)
    source = finish(stores, "source.png")
    (item,) = source.media_ids
    done = create(stores, upgrade(media_ids=(item,), model="done"))
    stores.task_results.save(done.task_id, 0, saved("done.png"), NOW)
    move(stores, done, Phase.DONE)
    stores.trash.delete(list(done.media_ids), NOW)
    create(stores, upgrade(media_ids=(item,), model="queued"))
    move(stores, create(stores, upgrade(media_ids=(item,), model="failed")), Phase.FAILED)
    create(stores, upgrade(model="of another"))
    assert stores.task_reader.models_made_from(item) == {"done", "queued"}
