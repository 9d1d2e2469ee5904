"""A task without a reported price is settled by the balance, if only it can explain the change; on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kaimedia.domain import ErrorCode, Phase, ProviderName, Task
from kaimedia.domain.ledger import Basis, EntryKind
from kaimedia.store.stores import Stores
from tests.contract.store.factories import later, move, new_task

KIE = ProviderName.KIE


def done(stores: Stores, sent_s: float, ended_s: float, **fields: float) -> Task:
    """A task of 6 credits, sent and finished at these times."""
    task = stores.task_creator.create(new_task(provider=KIE), now=later(sent_s))
    task = move(stores, task, Phase.WAITING, now=later(sent_s), sent_at=later(sent_s))
    return move(stores, task, Phase.DONE, now=later(ended_s), due_at=None, **fields)


def read(stores: Stores, at_s: float, credits: float, key_id: str = "a") -> None:
    """The provider reports this balance of the account of a key."""
    stores.balances.record(KIE, credits, later(at_s), key_id)


def settled(stores: Stores, task: Task) -> list[tuple[float, Basis]]:
    """The amounts a task was settled with."""
    entries = stores.ledger.of_task(task.task_id)
    return [(entry.credits, entry.basis) for entry in entries if entry.kind is EntryKind.SETTLED]


@pytest.mark.parametrize("after", [92.0, 94.0, 95.5])
def test_one_task_between_two_balances_is_settled_by_their_difference(stores: Stores, after: float) -> None:
    read(stores, 0, 100.0)
    task = done(stores, 10, 40)
    read(stores, 20, 100.0)  # while it ran, not charged yet
    read(stores, 50, after)
    assert settled(stores, task) == [(6.0, Basis.ESTIMATE), (94.0 - after, Basis.BALANCE)]
    read(stores, 60, after - 3)
    assert len(settled(stores, task)) == 2, "what changes later has other reasons"


def test_a_later_report_still_counts(stores: Stores) -> None:
    read(stores, 0, 100.0)
    task = done(stores, 10, 40)
    read(stores, 50, 92.0)
    move(stores, task, Phase.DONE, now=later(60), credits_actual=6.0)
    assert settled(stores, task)[1:] == [(2.0, Basis.BALANCE), (-2.0, Basis.REPORTED)]


def test_a_reported_price_is_not_changed(stores: Stores) -> None:
    read(stores, 0, 100.0)
    task = done(stores, 10, 40, credits_actual=6.0)
    read(stores, 50, 92.0)
    assert settled(stores, task) == [(6.0, Basis.REPORTED)]


@pytest.mark.parametrize("after", [100.0, 100.5, 87.9])
def test_a_change_that_the_task_cannot_explain_leaves_the_estimate(stores: Stores, after: float) -> None:
    read(stores, 0, 100.0)
    task = done(stores, 10, 40)
    read(stores, 50, after)
    assert settled(stores, task) == [(6.0, Basis.ESTIMATE)]


def test_a_top_up_in_between_leaves_the_estimate(stores: Stores) -> None:
    read(stores, 0, 100.0)
    task = done(stores, 10, 40)
    read(stores, 20, 94.0)
    read(stores, 30, 104.0)
    read(stores, 50, 98.0)
    assert settled(stores, task) == [(6.0, Basis.ESTIMATE)]


def test_without_a_balance_before_nothing_is_known(stores: Stores) -> None:
    task = done(stores, 10, 40)
    read(stores, 20, 94.0)
    read(stores, 50, 94.0)
    assert settled(stores, task) == [(6.0, Basis.ESTIMATE)]


def test_another_task_under_way_could_be_the_reason(stores: Stores) -> None:
    other = stores.task_creator.create(new_task(provider=KIE), now=later(-20))
    move(stores, other, Phase.WAITING, now=later(-10), sent_at=later(-10))
    read(stores, 0, 100.0)
    task = done(stores, 10, 40)
    read(stores, 50, 92.0)
    assert settled(stores, task) == [(6.0, Basis.ESTIMATE)]


def test_two_tasks_between_two_balances_keep_their_estimates(stores: Stores) -> None:
    read(stores, 0, 100.0)
    tasks = [done(stores, 10, 40), done(stores, 15, 30)]
    read(stores, 50, 88.0)
    assert [settled(stores, task) for task in tasks] == [[(6.0, Basis.ESTIMATE)]] * 2


@pytest.mark.parametrize("is_watched", [True, False])
def test_a_task_that_may_be_charged_could_be_the_reason(stores: Stores, is_watched: bool) -> None:
    other = stores.task_creator.create(new_task(provider=KIE), now=later(-20))
    other = move(stores, other, Phase.WAITING, now=later(-20), sent_at=later(-20 if is_watched else 5))
    lost = {"error_code": ErrorCode.EXPIRED, "may_have_cost": True, "due_at": later(900) if is_watched else None}
    move(stores, other, Phase.FAILED, now=later(-5), **lost)
    read(stores, 0, 100.0)
    task = done(stores, 10, 40)
    read(stores, 50, 92.0)
    assert settled(stores, task) == [(6.0, Basis.ESTIMATE)]


@pytest.mark.parametrize("keys", ["aab", "aba", "abb", "baa"])
def test_a_change_of_the_key_leaves_the_estimate(stores: Stores, keys: str) -> None:
    task = done(stores, 10, 40)
    for key_id, at_s, credits in zip(keys, (0, 20, 50), (100.0, 98.0, 94.0), strict=True):
        read(stores, at_s, credits, key_id)
    assert settled(stores, task) == [(6.0, Basis.ESTIMATE)]


def test_an_unknown_price_stays_unknown(stores: Stores) -> None:
    read(stores, 0, 100.0)
    new = replace(new_task(provider=KIE), credits_estimated=None)
    task = stores.task_creator.create(new, now=later(10))
    move(stores, task, Phase.WAITING, now=later(10), sent_at=later(10))
    task = move(stores, task, Phase.DONE, now=later(40), due_at=None)
    read(stores, 50, 77.0)
    assert settled(stores, task) == [(0.0, Basis.ESTIMATE)]


def test_balances_are_found_before_and_after_a_time(stores: Stores) -> None:
    for seconds, credits in ((0, 100.0), (10, 94.0), (20, 88.0)):
        read(stores, seconds, credits)
    stores.balances.record("sandbox", 1.0, later(5))
    before, after = stores.balances.last_before(KIE, later(10)), stores.balances.first_after(KIE, later(10))
    assert before is not None and after is not None
    assert (before.credits, after.credits) == (94.0, 88.0)
    assert stores.balances.last_before(KIE, later(-1)) is None
    assert [each.credits for each in stores.balances.between(KIE, later(0), later(20))] == [100.0, 94.0]
