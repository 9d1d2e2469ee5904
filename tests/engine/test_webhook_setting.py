"""The webhook of the settings: who applies it, and what happens without the setting or the database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from bench.webhook_receiver import WebhookReceiver
from kaimedia.config import Config, WebhookSetting
from kaimedia.context import AppContext, open_context
from kaimedia.domain import Phase
from kaimedia.domain.webhook import SealedEndpoint
from kaimedia.errors import Conflict, StoreUnavailable
from kaimedia.jobs.engine import Engine
from kaimedia.store.webhooks.endpoints import NewEndpoint, WebhookEndpoints
from kaimedia.studio.webhooks import WebhookService
from kaimedia.webhooks import deliverer
from kaimedia.webhooks.signature import new_secret
from tests.conftest import FAST, image_request, wait_for, wait_for_phase

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
    return replace(config, trusted_hosts=(receiver.host,), webhook=WebhookSetting(receiver.url, new_secret(), "json"))


def copy_of(sealed: SealedEndpoint) -> NewEndpoint:
    """The same endpoint to be added once more."""
    endpoint = sealed.endpoint
    names = (endpoint.name, endpoint.host, endpoint.format)
    return NewEndpoint(*names, sealed.url_ciphertext, sealed.secret_ciphertext, is_from_settings=True)


def test_a_process_without_the_setting_keeps_its_endpoint_and_what_waits(
    config: Config, open_test_context: Open, receiver: WebhookReceiver
) -> None:
    receiver.stop()
    server = open_test_context(config)
    task = server.studio.tasks.submit(image_request())
    wait_for_phase(server, task.task_id, Phase.DONE)
    open_test_context(replace(config, webhook=None))
    [endpoint] = server.studio.webhooks.endpoints()
    [delivery] = server.studio.webhooks.deliveries()
    assert endpoint.is_from_settings and delivery.task_id == task.task_id
    with pytest.raises(Conflict):
        server.studio.webhooks.remove(endpoint.id)


def test_without_the_setting_its_endpoint_can_be_removed(config: Config, open_test_context: Open) -> None:
    open_test_context(config).close()
    webhooks = open_test_context(replace(config, webhook=None)).studio.webhooks
    [endpoint] = webhooks.endpoints()
    assert webhooks.is_no_longer_set(endpoint)
    webhooks.remove(endpoint.id)
    assert webhooks.endpoints() == []


def test_a_command_does_not_change_the_endpoint_of_the_server(config: Config, open_test_context: Open) -> None:
    [before] = open_test_context(config).studio.webhooks.endpoints()
    other = replace(config, webhook=WebhookSetting("https://other.example/", new_secret(), "json"))
    command = open_context(other, limits=FAST, run_engine=True, applies_webhook_setting=False)
    try:
        assert command.studio.webhooks.endpoints() == [before]
    finally:
        command.close()


def test_copies_of_the_endpoint_become_one_with_the_same_setting(config: Config, open_test_context: Open) -> None:
    """Earlier versions could add it several times on PostgreSQL."""
    first = open_test_context(config)
    [sealed] = first.stores.webhook_endpoints.all()
    first.stores.webhook_endpoints.add(copy_of(sealed), sealed.endpoint.made_at)
    assert len(first.studio.webhooks.endpoints()) == 2
    again = open_test_context(config)
    assert [each.id for each in again.studio.webhooks.endpoints()] == [sealed.endpoint.id]


def test_the_setting_is_applied_once_the_database_can_be_used(
    config: Config, open_test_context: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, is_busy = WebhookEndpoints.all, threading.Event()
    is_busy.set()

    def read_or_fail(self: WebhookEndpoints) -> list[SealedEndpoint]:
        if is_busy.is_set():
            raise StoreUnavailable("busy")
        return read(self)

    monkeypatch.setattr(WebhookEndpoints, "all", read_or_fail)
    monkeypatch.setattr(deliverer, "AFTER_ERROR_S", 0.05)
    context = open_test_context(config)
    assert context.engine.is_running
    is_busy.clear()
    wait_for(context.studio.webhooks.endpoints, "the endpoint")


def test_an_app_that_cannot_open_leaves_nothing_running(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped: list[Engine] = []
    stop = Engine.stop

    def noted_stop(self: Engine, timeout_s: float = 5.0) -> None:
        stop(self, timeout_s)
        stopped.append(self)

    def fail(self: WebhookService, *, applies_setting: bool) -> None:
        raise StoreUnavailable("gone")

    monkeypatch.setattr(Engine, "stop", noted_stop)
    monkeypatch.setattr(WebhookService, "start", fail)
    with pytest.raises(StoreUnavailable):
        open_context(config, limits=FAST, run_engine=True)
    [engine] = stopped
    assert not engine.is_running
