"""The endpoint of the settings on both databases: there is one, however many processes start."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from kaimedia.store.stores import Stores
from kaimedia.store.webhooks.endpoints import NewEndpoint
from tests.contract.store.factories import NOW, finish

NEW = NewEndpoint("s", "a.example", "json", "url", "secret", is_from_settings=True)
PROCESSES = 4


def test_processes_that_start_at_once_add_it_once(stores: Stores) -> None:
    barrier = threading.Barrier(PROCESSES)

    def start(_: int) -> None:
        barrier.wait()
        stores.webhook_endpoints.set_from_settings(NEW, NOW)

    with ThreadPoolExecutor(PROCESSES) as pool:
        list(pool.map(start, range(PROCESSES)))
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
