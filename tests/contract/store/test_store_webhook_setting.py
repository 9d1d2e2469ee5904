"""The endpoint of the settings on both databases: there is one, however many processes start."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait

from sqlalchemy import insert

from kaimedia.store.database.database import Database
from kaimedia.store.stores import Stores
from kaimedia.store.webhooks.endpoints import NewEndpoint
from kaimedia.store.webhooks.tables import ENDPOINTS
from tests.contract.store.factories import NOW, finish

NEW = NewEndpoint("s", "a.example", "json", "url", "secret", is_from_settings=True)
ROW = {"name": "s", "host": "a.example", "format": "json", "url": "url", "is_from_settings": True, "made_at": NOW}


def test_a_process_that_starts_while_another_adds_it_does_not_add_it_again(stores: Stores, db: Database) -> None:
    with ThreadPoolExecutor(1) as pool:
        with db.write() as session:
            session.execute(insert(ENDPOINTS).values(**ROW))
            second = pool.submit(stores.webhook_endpoints.set_from_settings, NEW, NOW)
            wait([second], timeout=0.5)  # it must wait for the transaction of the first
        second.result()
    assert len(stores.webhook_endpoints.all()) == 1


def test_copies_of_it_become_one_that_keeps_its_deliveries(stores: Stores) -> None:
    """Earlier versions could add it several times on PostgreSQL."""
    first = stores.webhook_endpoints.add(NEW, NOW)
    stores.webhook_endpoints.add(NEW, NOW)
    finish(stores, "a")
    assert len(stores.webhook_deliveries.newest()) == 2
    stores.webhook_endpoints.set_from_settings(NEW, NOW)
    assert [each.endpoint.id for each in stores.webhook_endpoints.all()] == [first.id]
    assert [each.endpoint_id for each in stores.webhook_deliveries.newest()] == [first.id]


def test_all_copies_are_removed_with_their_deliveries(stores: Stores) -> None:
    for _ in range(2):
        stores.webhook_endpoints.add(NEW, NOW)
    finish(stores, "a")
    stores.webhook_endpoints.set_from_settings(None, NOW)
    assert stores.webhook_endpoints.all() == [] and stores.webhook_deliveries.newest() == []
