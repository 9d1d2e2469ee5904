"""Idempotency keys and the API token's hash, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from kaimedia.domain import GenerationRequest, Modality, ProviderName, Task, utc_now
from kaimedia.errors import KeyReused
from kaimedia.store.database.database import Database
from kaimedia.store.stores import Stores
from kaimedia.store.tasks.creator import NewTask

BOAT = GenerationRequest(model="gpt4o-image", prompt="a boat", aspect_ratio="1:1")


def create(stores: Stores, key: str = "k", body: str = "b") -> Task:
    new = NewTask(BOAT, Modality.IMAGE, ProviderName.SANDBOX, 2, None)
    return stores.task_creator.create(new, now=utc_now(), idempotency=(key, body))


def test_a_key_gives_one_task(db: Database) -> None:
    stores = Stores(db)
    assert stores.idempotency_keys.task_id_of("k", "b") is None
    first = create(stores)
    assert create(stores) == first and stores.idempotency_keys.task_id_of("k", "b") == first.task_id
    for call in (lambda: create(stores, body="other"), lambda: stores.idempotency_keys.task_id_of("k", "other")):
        with pytest.raises(KeyReused):
            call()
    assert create(stores, key="k2") != first
    assert stores.task_reader.page().total == 2


def test_concurrent_calls_create_one_task(db: Database) -> None:
    stores = Stores(db)
    with ThreadPoolExecutor(12) as pool:
        made = list(pool.map(lambda _: create(stores).task_id, range(36)))
    assert len(set(made)) == 1 and stores.task_reader.page().total == 1


def test_old_keys_are_deleted(db: Database) -> None:
    stores = Stores(db)
    create(stores)
    assert stores.idempotency_keys.forget(utc_now() - timedelta(hours=1)) == 0
    assert stores.idempotency_keys.forget(utc_now() + timedelta(seconds=1)) == 1
    assert stores.idempotency_keys.task_id_of("k", "other") is None


def test_the_probe_leaves_nothing(db: Database) -> None:
    stores = Stores(db)
    db.probe_write(utc_now())
    assert stores.idempotency_keys.forget(utc_now() + timedelta(hours=1)) == 0


def test_a_key_claimed_by_a_clock_that_was_ahead_is_free_again(db: Database) -> None:
    """Otherwise the same request would return the old task until the clock reaches that time."""
    stores, now = Stores(db), utc_now()
    assert stores.idempotency_keys.claim("k", since=now, now=now + timedelta(days=365))
    assert stores.idempotency_keys.claim("k", since=now - timedelta(seconds=5), now=now)
    assert not stores.idempotency_keys.claim("k", since=now - timedelta(seconds=5), now=now)
