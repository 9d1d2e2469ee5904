"""Spending, on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kaimedia.domain import ErrorCode, Phase, ProviderName
from kaimedia.domain.ledger import EntryKind
from kaimedia.store.stores import Stores
from kaimedia.store.tasks.spending import Spending
from tests.contract.store.factories import NOW, SANDBOX, create_task, finish, later, move, new_task, send


@pytest.mark.parametrize("free", [True, False])
def test_failed_tasks_count_only_if_they_may_have_cost(stores: Stores, free: bool) -> None:
    task = send(stores, "p1")
    failed = {"error_code": ErrorCode.PROVIDER_FAILED, "may_have_cost": not free, "due_at": None}
    move(stores, task, Phase.FAILED, **failed)
    spent = stores.spending.since(NOW, SANDBOX)
    assert spent == (Spending() if free else Spending(1, 6.0, 0))


def test_the_providers_figure_wins_and_other_days_and_providers_are_left_out(stores: Stores) -> None:
    create_task(stores)  # not sent
    move(stores, create_task(stores), Phase.QUEUED, sent_at=later(30))  # attempted, without a response
    finish(stores, "first", now=later(10))
    task = send(stores, "second", now=later(20))
    move(stores, task, Phase.GENERATING, credits_actual=4.5)
    assert stores.spending.since(NOW, SANDBOX) == Spending(2, 10.5, 0)
    assert stores.spending.since(later(900), SANDBOX) == Spending()
    send(stores, "later", now=later(900))
    assert stores.spending.since(later(900), SANDBOX) == Spending(1, 6.0, 0)
    assert stores.spending.since(NOW, ProviderName.KIE) == Spending()


def test_a_task_counts_on_the_day_it_was_requested_also_with_a_refund_of_today(stores: Stores) -> None:
    today = later(3600)
    task = finish(stores, "first")
    move(stores, task, Phase.DONE, now=today, credits_actual=6.0)
    move(stores, task, Phase.DONE, now=today, credits_actual=0.0)
    kinds = [(entry.kind, entry.credits, entry.at) for entry in stores.ledger.of_task(task.task_id)]
    assert (EntryKind.REFUNDED, -6.0, today) in kinds
    assert stores.spending.since(today, SANDBOX) == Spending()
    send(stores, "second", now=later(60))
    assert stores.spending.since(today, SANDBOX) == Spending(), "requested before"


def test_a_task_without_any_price_is_counted_as_such_until_the_provider_tells_it(stores: Stores) -> None:
    new = replace(new_task(), credits_estimated=None)
    task = stores.task_creator.create(new, now=NOW)
    move(stores, task, Phase.DONE, provider_task_id="p", sent_at=NOW, due_at=None)
    assert stores.spending.since(NOW, SANDBOX) == Spending(1, 0.0, 1)
    move(stores, task, Phase.DONE, credits_actual=3.0)
    assert stores.spending.since(NOW, SANDBOX) == Spending(1, 3.0, 0)
