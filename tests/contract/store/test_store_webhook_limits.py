"""When a delivery is given up: after three days of attempts, not of a pause or of a machine that was off."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kaimedia.domain.webhook import GIVE_UP_AFTER, RETRY_DELAYS_S, Attempt, DeliveryProblem, DeliveryStatus
from kaimedia.store.stores import Stores
from kaimedia.store.webhooks.endpoints import NewEndpoint
from tests.contract.store.factories import NOW, finish, later

LEASE_S = 30.0
DOWN = Attempt(problem=DeliveryProblem.UNREACHABLE)
OK = Attempt(http_status=204)
FOUR_DAYS_S = timedelta(days=4).total_seconds()


@pytest.fixture
def endpoint_id(stores: Stores) -> int:
    """The endpoint that the events are for."""
    return stores.webhook_endpoints.add(NewEndpoint("one", "hooks.example", "json", "url", "secret"), NOW).id


def attempt(stores: Stores, endpoint_id: int, seconds: float, result: Attempt = DOWN) -> None:
    """Make the next attempt, at this time."""
    claimed = stores.webhook_deliveries.claim(endpoint_id, later(seconds), LEASE_S)
    assert claimed is not None
    stores.webhook_deliveries.record(claimed.delivery, result, later(seconds))


def attempt_until_given_up(stores: Stores, endpoint_id: int, seconds: float) -> float:
    """Fail whenever the only waiting delivery is due; returns the time of the last attempt."""
    while True:
        attempt(stores, endpoint_id, seconds)
        waiting = stores.webhook_deliveries.newest(status=DeliveryStatus.WAITING)
        if not waiting:
            return seconds
        assert waiting[0].due_at is not None
        seconds = (waiting[0].due_at - NOW).total_seconds()


def is_three_days(seconds: float) -> bool:
    """Three days, and at most the time to the next attempt."""
    return 0 <= seconds - GIVE_UP_AFTER.total_seconds() <= RETRY_DELAYS_S[-1]


def test_three_days_are_counted_from_the_first_attempt(stores: Stores, endpoint_id: int) -> None:
    stores.webhook_endpoints.set_paused(endpoint_id, NOW)
    finish(stores, "a")
    stores.webhook_endpoints.set_paused(endpoint_id, None)
    assert is_three_days(attempt_until_given_up(stores, endpoint_id, FOUR_DAYS_S) - FOUR_DAYS_S)


@pytest.mark.parametrize("tries", [1, len(RETRY_DELAYS_S) + 2])
def test_after_a_long_rest_they_begin_again(stores: Stores, endpoint_id: int, tries: int) -> None:
    """The machine was off, however often the delivery had failed before."""
    finish(stores, "a")
    seconds = 0.0
    for delay_s in (*RETRY_DELAYS_S, *RETRY_DELAYS_S[-1:] * 2)[:tries]:
        attempt(stores, endpoint_id, seconds)
        seconds += delay_s
    on_again = seconds + FOUR_DAYS_S
    assert is_three_days(attempt_until_given_up(stores, endpoint_id, on_again) - on_again)


def test_they_begin_again_for_everything_that_waits(stores: Stores, endpoint_id: int) -> None:
    """Also if another event, sent first after the rest, is accepted."""
    for name in "ab":
        finish(stores, name)
    for _ in "ab":
        attempt(stores, endpoint_id, 0)
    attempt(stores, endpoint_id, FOUR_DAYS_S, OK)
    attempt(stores, endpoint_id, FOUR_DAYS_S)
    found = {each.status for each in stores.webhook_deliveries.newest()}
    assert found == {DeliveryStatus.DELIVERED, DeliveryStatus.WAITING}


def test_a_test_in_a_pause_is_no_attempt(stores: Stores, endpoint_id: int) -> None:
    finish(stores, "a")
    attempt(stores, endpoint_id, 0)
    now = later(FOUR_DAYS_S)
    test_id = stores.webhook_deliveries.add_test("evt_1", endpoint_id, now)
    claimed = stores.webhook_deliveries.claim_one(test_id, now, LEASE_S)
    assert claimed is not None
    stores.webhook_deliveries.record(claimed.delivery, OK, now)
    attempt(stores, endpoint_id, FOUR_DAYS_S)
    assert len(stores.webhook_deliveries.newest(status=DeliveryStatus.WAITING)) == 1
