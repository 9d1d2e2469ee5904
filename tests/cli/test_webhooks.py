"""`webhooks`: add, test, pause, list deliveries, send again, remove."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bench.webhook_receiver import WebhookReceiver
from kaimedia import config as configuration
from kaimedia.config import WebhookSetting
from kaimedia.context import open_context
from kaimedia.webhooks.signature import new_secret
from tests.cli.conftest import Cli
from tests.conftest import ROOT


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    """A receiver that accepts everything."""
    made = WebhookReceiver()
    yield made
    made.stop()


@pytest.fixture
def place(place: dict[str, str], receiver: WebhookReceiver) -> dict[str, str]:
    """The settings, with the receiver's host trusted."""
    return {**place, "KAIMEDIA_TRUSTED_HOSTS": receiver.host}


def test_a_webhook_is_added_tested_paused_and_removed(cli: Cli, receiver: WebhookReceiver) -> None:
    assert "There are no webhooks" in cli("webhooks").err
    added = cli("webhooks", "add", receiver.url, "--name", "my bot")
    assert added.out.strip().startswith("whsec_") and "not shown again" in added.err
    assert cli("webhooks", "test", "1").code == 0
    receiver.status = 503
    failed = cli("webhooks", "test", "1")
    assert failed.code == 1 and "HTTP 503" in failed.err and "Then send it again" in failed.err
    listed = cli("webhooks").out
    assert "my bot" in listed and receiver.host in listed and "/hook" not in listed and "HTTP 503" in listed
    found = cli("webhooks", "deliveries", "--json").document["items"]
    assert [(each["event"], each["status"], each["problem"]) for each in found] == [
        ("webhook.test", "failed", "bad_status"),
        ("webhook.test", "delivered", None),
    ]
    assert len(receiver.received) == 2
    assert "HTTP 503" in cli("webhooks", "deliveries", "--status", "failed").out
    assert "paused" in cli("webhooks", "pause", "1").out and "paused" not in cli("webhooks", "resume", "1").out
    again, delivered = str(found[0]["id"]), str(found[1]["id"])
    assert cli("webhooks", "resend", again, delivered, "--json").document["resent"] == 1
    assert cli("webhooks", "resend", delivered).code == 4
    assert cli("webhooks", "remove", "1").code == 0 and cli("webhooks", "test", "1").code == 4
    assert cli("webhooks", "deliveries", "--json").document["items"] == []


def test_chat_formats_have_no_secret(cli: Cli, receiver: WebhookReceiver) -> None:
    made = cli("webhooks", "add", receiver.url, "--format", "discord", "--json").document
    assert made["secret"] is None and made["format"] == "discord"
    assert cli("webhooks", "test", "1", "--json").document["status"] == "delivered"
    assert b"allowed_mentions" in receiver.received[0].body


def test_wrong_input_adds_nothing(cli: Cli) -> None:
    for arguments in (("add", "http://127.0.0.1/"), ("add", "x"), ("add", "https://a.example", "--format", "xml")):
        assert cli("webhooks", *arguments).code == 2, arguments
    assert cli("webhooks", "--json").document["items"] == []


def test_events_of_generate_are_delivered_by_the_command_or_later(cli: Cli, receiver: WebhookReceiver) -> None:
    cli("webhooks", "add", receiver.url)
    assert cli("generate", "a boat", "--wait", "--quiet").code == 0
    [delivery] = cli("webhooks", "deliveries", "--json").document["items"]
    assert delivery["event"] == "task.completed" and delivery["status"] in ("waiting", "delivered")


def test_a_webhook_whose_setting_is_gone_is_named_and_can_be_removed(
    cli: Cli, place: dict[str, str], receiver: WebhookReceiver
) -> None:
    setting = WebhookSetting(receiver.url, new_secret(), "json")
    open_context(replace(configuration.load(ROOT, place), webhook=setting), run_engine=True).close()
    [item] = cli("webhooks", "--json").document["items"]
    assert item["is_from_settings"] and item["is_no_longer_set"]
    assert "no longer set" in cli("webhooks").out
    assert cli("webhooks", "remove", str(item["id"])).code == 0
    assert cli("webhooks", "--json").document["items"] == []
