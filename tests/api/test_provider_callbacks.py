"""Callbacks of a provider that does not ship with the product, verified by that provider."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from kaimedia.context import AppContext
from kaimedia.domain import Task
from kaimedia.providers import registry
from kaimedia.providers.base import Account, CallbackIds, Limits, Provider, ProviderEntry
from tests.api.callbacks import PAYLOADS, THEIRS, is_due, watched

SECRET = "one word"


def read(payload: Any, headers: Mapping[str, str], *, secret: str, now: datetime) -> CallbackIds:
    is_genuine = headers.get("x-tiny-word") == secret
    return CallbackIds((payload["job"],) if is_genuine else (), is_verified=True)


def connect(account: Account, limits: Limits) -> Provider:
    raise AssertionError("nothing is sent here")


@pytest.fixture
def tiny() -> Iterator[None]:
    account = Account(url="http://127.0.0.1:9", callback_secret=SECRET)
    entry = ProviderEntry("tiny", "Tiny", "at Tiny", connect, read_callback=read, account=account)
    registry.register(entry)
    try:
        yield
    finally:
        registry.unregister(entry.name)


def tiny_task(context: AppContext, monkeypatch: pytest.MonkeyPatch) -> Task:
    monkeypatch.setattr(context.providers, "name_for", lambda _spec: "tiny")
    return watched(context)


def post(client: TestClient, provider: str, task: Task, payload: Any, **headers: str) -> None:
    answer = client.post(f"/api/callbacks/{provider}/{task.nonce}", json=payload, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"status": "acknowledged"})


def test_a_provider_reads_and_verifies_its_own(
    tiny: None, idle: tuple[TestClient, AppContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, context = idle
    task = tiny_task(context, monkeypatch)
    post(client, "tiny", task, {"job": THEIRS}, **{"X-Tiny-Word": "another"})
    assert not is_due(context, task)
    post(client, "tiny", task, {"job": THEIRS}, **{"X-Tiny-Word": SECRET})
    assert is_due(context, task)


@pytest.mark.parametrize("provider", ["kie", "sandbox", "nobody", "Tiny"])
def test_the_address_of_another_provider_reaches_no_task(
    tiny: None, idle: tuple[TestClient, AppContext], monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    client, context = idle
    task = tiny_task(context, monkeypatch)
    post(client, provider, task, PAYLOADS["gpt4o"], **{"X-Tiny-Word": SECRET})
    assert not is_due(context, task)


def test_a_task_of_an_unregistered_provider_is_not_reached(
    tiny: None, idle: tuple[TestClient, AppContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, context = idle
    task = tiny_task(context, monkeypatch)
    registry.unregister("tiny")
    post(client, "tiny", task, {"job": THEIRS}, **{"X-Tiny-Word": SECRET})
    post(client, "kie", task, PAYLOADS["gpt4o"])
    assert not is_due(context, task)
