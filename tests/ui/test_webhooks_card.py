"""Settings: webhooks are added, tested, paused and removed, and the log shows what was delivered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from bench.webhook_receiver import WebhookReceiver
from kaimedia.config import Config, WebhookSetting
from kaimedia.context import AppContext
from kaimedia.domain.webhook import DeliveryStatus
from kaimedia.webhooks.signature import key_of, new_secret
from tests.ui.conftest import button, has_button, open_page, texts


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    """A receiver that accepts everything."""
    made = WebhookReceiver()
    yield made
    made.stop()


@pytest.fixture
def config(config: Config, receiver: WebhookReceiver) -> Config:
    """Settings in which its host is trusted."""
    return replace(config, trusted_hosts=(receiver.host,))


def add(app: AppTest, url: str) -> AppTest:
    """Enter an address and add it."""
    app.text_input(key="webhook_url").set_value(url).run()
    return button(app, "add_webhook").click().run()  # type: ignore[no-any-return]


def test_a_webhook_is_added_and_its_secret_shown_once(idle_context: AppContext, receiver: WebhookReceiver) -> None:
    app = open_page("settings")
    assert "Nothing is sent" in texts(app)
    app = add(app, receiver.url)
    [secret] = [element.value for element in app.code]
    assert len(key_of(secret)) == 32 and "Copy its secret now" in texts(app)
    [endpoint] = idle_context.studio.webhooks.endpoints()
    assert endpoint.host == receiver.host and receiver.host in texts(app) and "/hook" not in texts(app)
    assert app.text_input(key="webhook_url").value == "" and "Nothing sent yet" in texts(app)
    app.run()
    assert not app.code and "fresh_webhook_secret" not in app.session_state


def test_a_wrong_address_is_reported_at_its_field(idle_context: AppContext) -> None:
    app = add(open_page("settings"), "http://hooks.example/")
    assert "Only https links are allowed" in texts(app) and "KAIMEDIA_TRUSTED_HOSTS" in texts(app)
    assert idle_context.studio.webhooks.endpoints() == [] and not app.code


def test_a_test_shows_how_it_went_and_is_sent_again(idle_context: AppContext, receiver: WebhookReceiver) -> None:
    webhooks = idle_context.studio.webhooks
    endpoint, _ = webhooks.add(receiver.url, name="my <b>bot</b>")
    app = open_page("settings")
    button(app, f"test_webhook_{endpoint.id}").click().run()
    assert "accepted the test" in texts(app) and "Works" in texts(app) and "Delivered" not in texts(app)
    receiver.status = 500
    button(app, f"test_webhook_{endpoint.id}").click().run()
    assert "The receiver answered HTTP 500" in texts(app) and "Then send it again" in texts(app)
    assert "<b>bot" not in texts(app)
    [failed] = webhooks.deliveries(status=DeliveryStatus.FAILED)
    [delivered] = webhooks.deliveries(status=DeliveryStatus.DELIVERED)
    assert not has_button(app, f"resend_{delivered.id}")
    button(app, f"resend_{failed.id}").click().run()
    assert webhooks.delivery(failed.id).status is DeliveryStatus.WAITING and "sent again in a moment" in texts(app)


def test_a_webhook_is_paused_resumed_and_removed(idle_context: AppContext, receiver: WebhookReceiver) -> None:
    webhooks = idle_context.studio.webhooks
    endpoint, _ = webhooks.add(receiver.url, format="slack")
    app = open_page("settings")
    assert "Slack" in texts(app)
    button(app, f"pause_webhook_{endpoint.id}").click().run()
    assert "Paused" in texts(app) and button(app, f"pause_webhook_{endpoint.id}").label == "Resume"
    button(app, f"pause_webhook_{endpoint.id}").click().run()
    assert webhooks.endpoints()[0].paused_at is None
    button(app, f"remove_webhook_{endpoint.id}").click().run()
    assert webhooks.endpoints() == [] and "Nothing is sent" in texts(app)


def test_the_webhook_of_the_settings_cannot_be_removed_here(
    config: Config,
    receiver: WebhookReceiver,
    open_test_context: Callable[..., AppContext],
    pages_of: Callable[[AppContext], AppContext],
) -> None:
    setting = WebhookSetting(receiver.url, new_secret(), "json")
    context = pages_of(open_test_context(replace(config, webhook=setting)))
    [endpoint] = context.studio.webhooks.endpoints()
    app = open_page("settings")
    assert "KAIMEDIA_WEBHOOK_URL" in texts(app) and button(app, f"remove_webhook_{endpoint.id}").disabled


def test_a_webhook_whose_setting_is_gone_is_named_and_can_be_removed(
    config: Config,
    receiver: WebhookReceiver,
    open_test_context: Callable[..., AppContext],
    pages_of: Callable[[AppContext], AppContext],
) -> None:
    open_test_context(replace(config, webhook=WebhookSetting(receiver.url, new_secret(), "json"))).close()
    context = pages_of(open_test_context(config))
    [endpoint] = context.studio.webhooks.endpoints()
    app = open_page("settings")
    assert "No longer set" in texts(app)
    button(app, f"remove_webhook_{endpoint.id}").click().run()
    assert context.studio.webhooks.endpoints() == [] and "Nothing is sent" in texts(app)
