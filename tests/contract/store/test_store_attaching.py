"""A task whose reply was lost accepts the provider's id from the user or a callback."""

from __future__ import annotations

import pytest

from kaimedia.domain import ErrorCode, Phase, Status, Task, TaskChange
from kaimedia.errors import NotFound, StaleTransition
from kaimedia.store.stores import Stores
from tests.contract.store.factories import NOW, SANDBOX, create_task, later, move, send


def lost(stores: Stores) -> Task:
    """A task whose reply was lost and that the user dismissed."""
    fields = {"error_code": ErrorCode.OUTCOME_UNKNOWN, "error_message": "?", "may_have_cost": True, "due_at": None}
    return move(stores, create_task(stores), Phase.FAILED, dismissed_at=NOW, **fields)


@pytest.mark.parametrize("by", ["task_id", "nonce"])
def test_an_unknown_outcome_takes_an_id_once(stores: Stores, by: str) -> None:
    task = lost(stores)
    attached = stores.task_updater.attach_provider_id("p-9", later(5), **{by: getattr(task, by)})
    assert (attached.phase, attached.provider_task_id, attached.due_at) == (Phase.WAITING, "p-9", later(5))
    assert (attached.accepted_at, attached.status) == (later(5), Status.PROCESSING)
    assert (attached.error_code, attached.error_message, attached.dismissed_at) == (None, None, None)
    assert not attached.may_have_cost
    assert stores.media_reader.of_task(task.task_id)[0].status is Status.PROCESSING
    with pytest.raises(StaleTransition):
        stores.task_updater.attach_provider_id("p-9", later(6), task_id=task.task_id)
    assert stores.task_reader.get(task.task_id) == attached


def test_attaching_is_refused_when_the_outcome_is_known(stores: Stores) -> None:
    queued = create_task(stores)
    refused = move(stores, create_task(stores), Phase.FAILED, error_code=ErrorCode.REJECTED)
    other = send(stores, "taken")
    for task in (queued, refused, other):
        with pytest.raises(StaleTransition, match="already known"):
            stores.task_updater.attach_provider_id("p", NOW, task_id=task.task_id)
        assert stores.task_reader.get(task.task_id) == task
    with pytest.raises(StaleTransition, match="Another task already has this provider task id"):
        stores.task_updater.attach_provider_id("taken", NOW, task_id=lost(stores).task_id)
    with pytest.raises(StaleTransition, match="Another task"):
        move(stores, queued, Phase.WAITING, provider_task_id="taken")
    for which in ({"task_id": "nobody"}, {"nonce": "guess"}, {}):
        with pytest.raises(NotFound):
            stores.task_updater.attach_provider_id("p", NOW, **which)
    with pytest.raises(NotFound):
        stores.task_reader.by_nonce("")


def test_a_callback_attaches_its_id_to_a_task_being_sent(stores: Stores) -> None:
    create_task(stores)
    (sending,) = stores.task_claims.claim_to_send("a", NOW, 30, 1, provider=SANDBOX)
    assert stores.task_updater.attach_provider_id("p", later(1), nonce=sending.nonce).phase is Phase.WAITING
    reply = TaskChange(sending.task_id, frozenset({Phase.SENDING}), {"phase": Phase.WAITING}, owner="a")
    assert stores.task_updater.change_many([reply], later(2)) == set()


def test_a_proven_id_replaces_an_unproven_one(stores: Stores) -> None:
    for by in ("task_id", "nonce"):
        task = lost(stores)
        unproven = stores.task_updater.attach_provider_id(f"said-{by}", later(1), **{by: getattr(task, by)})
        assert unproven.is_id_unproven
        with pytest.raises(StaleTransition, match="already known"):
            stores.task_updater.attach_provider_id("said too", later(2), nonce=task.nonce)
        with pytest.raises(StaleTransition, match="already known"):
            stores.task_updater.attach_provider_id("typed", later(2), task_id=task.task_id)
        proven = stores.task_updater.attach_provider_id(f"true-{by}", later(3), nonce=task.nonce, is_proven=True)
        assert (proven.provider_task_id, proven.is_id_unproven, proven.due_at) == (f"true-{by}", False, later(3))
        with pytest.raises(StaleTransition, match="already known"):
            stores.task_updater.attach_provider_id("replayed", later(4), nonce=task.nonce, is_proven=True)


def test_a_progressing_task_keeps_its_id(stores: Stores) -> None:
    task = lost(stores)
    stores.task_updater.attach_provider_id("said", later(1), nonce=task.nonce)
    for phase in (Phase.WAITING, Phase.GENERATING, Phase.SAVING, Phase.DONE):
        move(stores, task, phase, is_id_unproven=False)
        for which in ({"nonce": task.nonce}, {"task_id": task.task_id}):
            with pytest.raises(StaleTransition, match="already known"):
                stores.task_updater.attach_provider_id("other", later(2), is_proven=True, **which)
    own = send(stores, "by reply")
    assert not own.is_id_unproven
    with pytest.raises(StaleTransition, match="already known"):
        stores.task_updater.attach_provider_id("other", later(2), nonce=own.nonce, is_proven=True)


@pytest.mark.parametrize("code", [None, ErrorCode.EXPIRED, ErrorCode.PROVIDER_FAILED, ErrorCode.OUTCOME_UNKNOWN])
def test_a_proven_id_reopens_a_task_that_ended_under_a_wrong_one(stores: Stores, code: ErrorCode | None) -> None:
    task = lost(stores)
    stores.task_updater.attach_provider_id("said", later(1), task_id=task.task_id)
    move(stores, task, Phase.FAILED, error_code=code, due_at=None)
    assert (
        stores.task_updater.attach_provider_id("true", later(2), nonce=task.nonce, is_proven=True).phase
        is Phase.WAITING
    )


def test_an_unknown_outcome_under_an_id(stores: Stores) -> None:
    unknown = {"error_code": ErrorCode.OUTCOME_UNKNOWN, "due_at": None}
    said = lost(stores)
    stores.task_updater.attach_provider_id("said", later(1), task_id=said.task_id)
    move(stores, said, Phase.FAILED, **unknown)
    assert (
        stores.task_updater.attach_provider_id("said next", later(2), nonce=said.nonce).provider_task_id == "said next"
    )
    own = move(stores, send(stores, "by reply"), Phase.FAILED, **unknown)  # the key was changed
    for is_proven in (False, True):
        with pytest.raises(StaleTransition, match="already known"):
            stores.task_updater.attach_provider_id("other", later(2), nonce=own.nonce, is_proven=is_proven)
    assert stores.task_updater.attach_provider_id("typed", later(2), task_id=own.task_id).provider_task_id == "typed"


def test_a_canceled_task_stays_canceled(stores: Stores) -> None:
    task = lost(stores)
    stores.task_updater.attach_provider_id("said", later(1), task_id=task.task_id)
    move(stores, task, Phase.FAILED, error_code=ErrorCode.CANCELLED, due_at=None)
    with pytest.raises(StaleTransition, match="already known"):
        stores.task_updater.attach_provider_id("true", later(2), nonce=task.nonce, is_proven=True)
