"""Webhooks of a running app: what a receiver gets for real tasks, and what happens when it is away or wrong."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.webhook_receiver import Received, WebhookReceiver
from kaimedia.api.schemas import TaskOut
from kaimedia.config import Config, WebhookSetting
from kaimedia.context import AppContext
from kaimedia.domain import Phase
from kaimedia.domain.webhook import Delivery, DeliveryProblem, DeliveryStatus
from kaimedia.errors import Conflict, InvalidRequest, NotFound
from kaimedia.webhooks.signature import new_secret
from tests.conftest import image_request, wait_for, wait_for_phase

SECRET = new_secret()
Open = Callable[..., AppContext]


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    """A receiver that accepts everything."""
    made = WebhookReceiver()
    yield made
    made.stop()


@pytest.fixture
def config(config: Config, receiver: WebhookReceiver) -> Config:
    """Settings with an endpoint, whose host is trusted."""
    return replace(config, trusted_hosts=(receiver.host,), webhook=WebhookSetting(receiver.url, SECRET, "json"))


def checked(received: Received, secret: str = SECRET) -> dict[str, Any]:
    """The payload; its signature must be right, computed here without the app's code."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{received.event_id}.{received.headers['webhook-timestamp']}.".encode() + received.body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert received.headers["webhook-signature"] == f"v1,{expected}"
    assert abs(time.time() - int(received.headers["webhook-timestamp"])) < 300
    payload: dict[str, Any] = json.loads(received.body)
    return payload


def settled(context: AppContext) -> list[Delivery]:
    """All deliveries, the oldest first, as soon as none of them waits for its first attempt."""

    def attempted() -> bool:
        return all(each.last_attempt_at for each in context.studio.webhooks.deliveries(100))

    wait_for(attempted, "the attempts")
    return context.studio.webhooks.deliveries(100)[::-1]


def test_a_finished_task_arrives_signed_as_rest_shows_it(context: AppContext, receiver: WebhookReceiver) -> None:
    task = context.studio.tasks.submit(image_request())
    [received] = receiver.wait_for(1)
    payload = checked(received)
    finished = context.studio.tasks.get(task.task_id)
    document = TaskOut.of(finished, context.studio.gallery.of_task(task.task_id)).model_dump(mode="json")
    assert payload["type"] == "task.completed" and payload["data"] == document
    assert payload["data"]["result_urls"][0].startswith("/static/media/image_")
    assert "nonce" not in received.body.decode() and finished.nonce not in received.body.decode()
    [delivery] = settled(context)
    assert (delivery.status, delivery.http_status, delivery.attempts) == (DeliveryStatus.DELIVERED, 204, 1)
    assert received.event_id == delivery.event_id and delivery.task_id == task.task_id


def test_links_are_absolute_with_a_public_url(
    config: Config, open_test_context: Open, receiver: WebhookReceiver
) -> None:
    context = open_test_context(replace(config, public_url="https://studio.example/below"))
    context.studio.tasks.submit(image_request())
    urls = checked(receiver.wait_for(1)[0])["data"]["result_urls"]
    assert urls[0].startswith("https://studio.example/below/static/media/image_")


def test_a_failed_task_arrives_with_its_reason(context: AppContext, receiver: WebhookReceiver) -> None:
    task = context.studio.tasks.submit(image_request("a boat [fault:fail]"))
    payload = checked(receiver.wait_for(1)[0])
    assert payload["type"] == "task.failed" and payload["data"]["task_id"] == task.task_id
    assert payload["data"]["error_code"] == "provider_failed" and payload["data"]["error"]


def test_a_receiver_that_is_away_gets_it_later(
    context: AppContext, receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kaimedia.webhooks.deliverer.FIRST_REST_S", 1.0)
    monkeypatch.setattr("kaimedia.domain.webhook.RETRY_DELAYS_S", (1.0, 3600.0))
    receiver.stop()
    context.studio.tasks.submit(image_request())
    [failed] = settled_with_one(context)
    assert (failed.status, failed.problem) == (DeliveryStatus.WAITING, DeliveryProblem.UNREACHABLE)
    receiver.start()
    [received] = receiver.wait_for(1, timeout_s=40)
    assert received.event_id == failed.event_id
    checked(received)


def settled_with_one(context: AppContext) -> list[Delivery]:
    """The same, once there is one."""
    wait_for(context.studio.webhooks.deliveries, "a delivery")
    return settled(context)


def test_another_process_takes_over_what_a_killed_one_left(
    config: Config, open_test_context: Open, receiver: WebhookReceiver
) -> None:
    """A claim that was never recorded, as after kill -9, is made again, with the same id."""
    context = open_test_context(config)
    context.studio.webhooks.stop()
    task = context.studio.tasks.submit(image_request())
    wait_for_phase(context, task.task_id, Phase.DONE)
    [delivery] = context.studio.webhooks.deliveries()
    endpoint_id = delivery.endpoint_id
    claimed = context.stores.webhook_deliveries.claim(endpoint_id, context.engine.handlers.now(), 0.5)
    assert claimed is not None and receiver.received == []
    open_test_context(config)
    [received] = receiver.wait_for(1)
    assert received.event_id == delivery.event_id


def test_a_test_is_answered_at_once_and_not_repeated(context: AppContext, receiver: WebhookReceiver) -> None:
    [endpoint] = context.studio.webhooks.endpoints()
    assert context.studio.webhooks.test(endpoint.id).status is DeliveryStatus.DELIVERED
    assert checked(receiver.received[0])["type"] == "webhook.test"
    receiver.status = 500
    failed = context.studio.webhooks.test(endpoint.id)
    assert (failed.status, failed.http_status) == (DeliveryStatus.FAILED, 500)
    with pytest.raises(NotFound):
        context.studio.webhooks.test(999)


def test_endpoints_are_added_with_a_secret_of_their_own_and_removed(
    context: AppContext, receiver: WebhookReceiver, config: Config
) -> None:
    webhooks = context.studio.webhooks
    added, secret = webhooks.add(receiver.url, name="  my  bot ")
    assert secret is not None and (added.name, added.host) == ("my bot", receiver.host)
    webhooks.test(added.id)
    assert checked(receiver.received[0], secret)["type"] == "webhook.test"
    stored = Path(config.data_folder, "kaimedia.db").read_bytes()
    assert secret.encode() not in stored and b"/hook" not in stored
    chat, no_secret = webhooks.add(receiver.url, format="slack")
    assert no_secret is None
    webhooks.test(chat.id)
    assert "webhook-signature" not in receiver.received[1].headers
    assert json.loads(receiver.received[1].body)["mrkdwn"] is False
    webhooks.set_paused(chat.id, is_paused=True)
    webhooks.remove(added.id)
    of_settings, left = webhooks.endpoints()
    assert left.paused_at is not None and of_settings.is_from_settings
    with pytest.raises(Conflict):
        webhooks.remove(of_settings.id)


@pytest.mark.parametrize("url", ["http://hooks.example/", "https://127.0.0.1/", "nonsense", "https://10.0.0.1/"])
def test_an_address_that_is_not_allowed_is_refused_at_its_field(context: AppContext, url: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        context.studio.webhooks.add(url)
    assert raised.value.field == "url" and "KAIMEDIA_TRUSTED_HOSTS" in raised.value.next_step


def test_an_endpoint_that_is_no_longer_trusted_is_not_connected_to(
    config: Config, open_test_context: Open, receiver: WebhookReceiver
) -> None:
    context = open_test_context(replace(config, trusted_hosts=()))
    [endpoint] = context.studio.webhooks.endpoints()
    assert context.studio.webhooks.test(endpoint.id).problem is DeliveryProblem.ADDRESS_REFUSED
    assert receiver.received == []


def test_another_secret_key_makes_an_endpoint_unreadable_until_the_settings_are_read(
    config: Config, open_test_context: Open, receiver: WebhookReceiver
) -> None:
    first = open_test_context(config)
    added, _ = first.studio.webhooks.add(receiver.url)
    first.close()
    context = open_test_context(replace(config, secret_key="another key of the app, long enough"))
    assert context.studio.webhooks.test(added.id).problem is DeliveryProblem.UNREADABLE
    assert context.studio.webhooks.test(context.studio.webhooks.endpoints()[0].id).status is DeliveryStatus.DELIVERED
