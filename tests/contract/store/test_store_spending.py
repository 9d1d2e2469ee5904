"""Spending, on both databases."""

from __future__ import annotations

import pytest

from kaimedia.domain import ErrorCode, Phase, ProviderName
from kaimedia.store.stores import Stores
from kaimedia.store.tasks.spending import Spending
from tests.contract.store.factories import NOW, SANDBOX, create_task, finish, later, move, send


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
    assert stores.spending.since(later(15), SANDBOX) == Spending(1, 4.5, 0)
    assert stores.spending.since(NOW, ProviderName.KIE) == Spending()
