"""Errors inside the app while it sends: one event is reported as failed, and the others are still sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from bench.webhook_receiver import WebhookReceiver
from kaimedia.config import Config, WebhookSetting
from kaimedia.context import AppContext
from kaimedia.domain import Phase
from kaimedia.domain.webhook import DeliveryProblem, DeliveryStatus
from kaimedia.store.webhooks.deliveries import WebhookDeliveries
from kaimedia.store.webhooks.tables import DELIVERIES
from kaimedia.webhooks import deliverer
from kaimedia.webhooks.signature import new_secret
from tests.conftest import image_request, wait_for, wait_for_phase


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    """A receiver that accepts everything."""
    made = WebhookReceiver()
    yield made
    made.stop()


@pytest.fixture
def config(config: Config, receiver: WebhookReceiver) -> Config:
    """Settings with an endpoint, whose host is trusted."""
    return replace(config, trusted_hosts=(receiver.host,), webhook=WebhookSetting(receiver.url, new_secret(), "json"))


def test_an_event_whose_message_cannot_be_made_does_not_stop_the_others(
    config: Config, open_test_context: Callable[..., AppContext], receiver: WebhookReceiver
) -> None:
    first = open_test_context(config)
    first.studio.webhooks.stop()
    broken, intact = (first.studio.tasks.submit(image_request(prompt)) for prompt in ("one", "two"))
    for task in (broken, intact):
        wait_for_phase(first, task.task_id, Phase.DONE)
    with first.database.write() as session:
        which = DELIVERIES.c.task_id == broken.task_id
        session.execute(update(DELIVERIES).where(which).values(data={}))
    context = open_test_context(config)
    [received] = receiver.wait_for(1)
    assert json.loads(received.body)["data"]["task_id"] == intact.task_id
    webhooks = context.studio.webhooks
    wait_for(lambda: all(each.last_attempt_at for each in webhooks.deliveries()), "both attempts")
    [failed] = webhooks.deliveries(status=DeliveryStatus.WAITING)
    assert failed.task_id == broken.task_id and failed.problem is DeliveryProblem.INTERNAL


def test_an_unexpected_error_does_not_end_the_deliveries(
    config: Config,
    open_test_context: Callable[..., AppContext],
    receiver: WebhookReceiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    find, claim, failures = WebhookDeliveries.due_endpoints, WebhookDeliveries.claim, [1, 2]

    def fail_once(do: Callable[..., Any], number: int) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            if number in failures:
                failures.remove(number)
                raise ZeroDivisionError
            return do(*args)

        return call

    monkeypatch.setattr(deliverer, "AFTER_ERROR_S", 0.05)
    monkeypatch.setattr(WebhookDeliveries, "due_endpoints", fail_once(find, 1))
    monkeypatch.setattr(WebhookDeliveries, "claim", fail_once(claim, 2))
    context = open_test_context(config)
    task = context.studio.tasks.submit(image_request())
    [received] = receiver.wait_for(1)
    assert json.loads(received.body)["data"]["task_id"] == task.task_id and failures == []
