"""Deliveries written by a newer version that runs beside this one: they are left to it, and nothing fails."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from kaimedia.domain.webhook import Attempt, DeliveryProblem
from kaimedia.store.database.database import Database
from kaimedia.store.stores import Stores
from kaimedia.store.webhooks.endpoints import NewEndpoint
from kaimedia.store.webhooks.tables import DELIVERIES
from tests.contract.store.factories import NOW, finish

LEASE_S = 30.0


@pytest.fixture
def endpoint_id(stores: Stores) -> int:
    """The endpoint that the events are for."""
    return stores.webhook_endpoints.add(NewEndpoint("one", "hooks.example", "json", "url", "secret"), NOW).id


def test_an_event_of_a_newer_version_is_left_to_it(stores: Stores, db: Database, endpoint_id: int) -> None:
    finish(stores, "a")
    finish(stores, "b")
    newer, known = stores.webhook_deliveries.newest()[::-1]
    with db.write() as session:
        session.execute(update(DELIVERIES).where(DELIVERIES.c.id == newer.id).values(event="task.starred"))
    assert [each.id for each in stores.webhook_deliveries.newest()] == [known.id]
    assert stores.webhook_deliveries.find(newer.id) is None
    assert stores.webhook_deliveries.claim_one(newer.id, NOW, LEASE_S) is None
    claimed = stores.webhook_deliveries.claim(endpoint_id, NOW, LEASE_S)
    assert claimed is not None and claimed.delivery.id == known.id
    assert stores.webhook_deliveries.due_endpoints(NOW) == []
    with db.read() as session:
        row = session.execute(DELIVERIES.select().where(DELIVERIES.c.id == newer.id)).one()
    assert row.attempts == 0 and row.due_at == NOW


def test_a_problem_of_a_newer_version_can_be_read(stores: Stores, db: Database, endpoint_id: int) -> None:
    finish(stores, "a")
    claimed = stores.webhook_deliveries.claim(endpoint_id, NOW, LEASE_S)
    assert claimed is not None
    stores.webhook_deliveries.record(claimed.delivery, Attempt(problem=DeliveryProblem.UNREACHABLE), NOW)
    with db.write() as session:
        session.execute(update(DELIVERIES).values(problem="too_far_away"))
    last = stores.webhook_deliveries.last_of(endpoint_id)
    assert last is not None and last.problem is DeliveryProblem.INTERNAL
