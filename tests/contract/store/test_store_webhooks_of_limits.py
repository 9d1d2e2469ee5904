"""A limit that is reached is reported by webhooks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from kaimedia.domain import BatchKind, ProviderName
from kaimedia.domain.limits import LimitScope, SpendingLimit
from kaimedia.domain.webhook import (
    Attempt,
    DeliveryProblem,
    WebhookEvent,
)
from kaimedia.errors import LimitReached
from kaimedia.store.stores import Stores
from kaimedia.store.tasks.creator import NewTask
from tests.contract.store.factories import NOW, new_task
from tests.contract.store.test_store_webhooks import add, claimed, listed

LEASE_S = 30.0
DOWN = Attempt(problem=DeliveryProblem.UNREACHABLE)
OK = Attempt(http_status=204)


def charged() -> NewTask:
    """A task of 6 credits at a provider that charges."""
    return replace(new_task(provider=ProviderName.KIE), usd_per_credit=0.005)


def test_a_limit_is_reported_once_in_each_period(stores: Stores) -> None:
    endpoint = add(stores)

    def refuse(days: int) -> None:
        with pytest.raises(LimitReached):
            stores.task_creator.create(charged(), now=NOW + timedelta(days=days))
        with pytest.raises(LimitReached):
            stores.batches.create(BatchKind.PROMPTS, "b", [charged()], NOW + timedelta(days=days))

    stores.limits.replace([SpendingLimit(LimitScope.DAY, credits=5.0)], NOW)
    refuse(0)
    refuse(0)
    assert [each.event for each in listed(stores)] == [WebhookEvent.LIMIT_REACHED]
    refuse(1)
    assert len(listed(stores)) == 2
    stores.limits.replace([SpendingLimit(LimitScope.DAY, credits=5.5)], NOW)  # another limit
    refuse(1)
    assert len(listed(stores)) == 3 and len({each.event_id for each in listed(stores)}) == 3
    data = claimed(stores, endpoint).data
    assert (data["scope"], data["credits"], data["usd"], data["token_id"]) == ("day", 5.0, None, "")
    assert data["resets_at"] == "2026-11-23T00:00:00+00:00" and "6 credits" in data["detail"] and data["next_step"]
