"""Idempotency keys and the API token's hash, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from kaimedia.domain import GenerationRequest, Modality, ProviderKind, Task, utc_now
from kaimedia.errors import KeyReused
from kaimedia.store.database import Database
from kaimedia.store.settings import SavedToken, SettingsStore
from kaimedia.store.tasks import TaskStore

BOAT = GenerationRequest(model="gpt4o-image", prompt="a boat", aspect_ratio="1:1")


def create(tasks: TaskStore, key: str = "k", body: str = "b") -> Task:
    return tasks.create(
        BOAT,
        modality=Modality.IMAGE,
        provider=ProviderKind.SANDBOX,
        n_media=2,
        credits_estimated=None,
        now=utc_now(),
        idempotency=(key, body),
    )


def test_a_key_gives_one_task(db: Database) -> None:
    tasks = TaskStore(db)
    assert tasks.task_id_of_key("k", "b") is None
    first = create(tasks)
    assert create(tasks) == first and tasks.task_id_of_key("k", "b") == first.task_id
    for call in (lambda: create(tasks, body="other"), lambda: tasks.task_id_of_key("k", "other")):
        with pytest.raises(KeyReused):
            call()
    assert create(tasks, key="k2") != first
    assert tasks.page().total == 2


def test_concurrent_calls_create_one_task(db: Database) -> None:
    tasks = TaskStore(db)
    with ThreadPoolExecutor(12) as pool:
        made = list(pool.map(lambda _: create(tasks).task_id, range(36)))
    assert len(set(made)) == 1 and tasks.page().total == 1


def test_old_keys_are_deleted(db: Database) -> None:
    tasks = TaskStore(db)
    create(tasks)
    assert tasks.forget_keys(utc_now() - timedelta(hours=1)) == 0
    assert tasks.forget_keys(utc_now() + timedelta(seconds=1)) == 1
    assert tasks.task_id_of_key("k", "other") is None


def test_the_probe_leaves_nothing(db: Database) -> None:
    tasks = TaskStore(db)
    tasks.probe_write(utc_now())
    assert tasks.forget_keys(utc_now() + timedelta(hours=1)) == 0


def test_the_token_is_saved_and_deleted(db: Database) -> None:
    settings = SettingsStore(db)
    assert settings.api_token() is None
    token = SavedToken("ab" * 32, "cdef", utc_now())
    settings.save_api_token(token)
    settings.save(default_variant_count=2)
    assert SettingsStore(db).api_token() == token
    settings.save_api_token(None)
    assert settings.api_token() is None and settings.get().default_variant_count == 2


def test_a_key_claimed_by_a_clock_that_was_ahead_is_free_again(db: Database) -> None:
    """Otherwise the same request would return the old task until the clock reaches that time."""
    tasks, now = TaskStore(db), utc_now()
    assert tasks.claim_key("k", since=now, now=now + timedelta(days=365))
    assert tasks.claim_key("k", since=now - timedelta(seconds=5), now=now)
    assert not tasks.claim_key("k", since=now - timedelta(seconds=5), now=now)
