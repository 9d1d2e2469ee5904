"""The settings of the webhook endpoint."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaimedia import config as configuration
from kaimedia.errors import ConfigError
from kaimedia.webhooks.signature import new_secret

URL = "https://hooks.example/services/T0/B0/secret"


def load(tmp_path: Path, **settings: str) -> configuration.Config:
    """The settings with these values."""
    return configuration.load(tmp_path, {f"KAIMEDIA_WEBHOOK_{name}": value for name, value in settings.items()})


def test_an_endpoint_needs_a_secret_unless_it_is_a_chat_service(tmp_path: Path) -> None:
    assert load(tmp_path).webhook is None
    with pytest.raises(ConfigError, match="KAIMEDIA_WEBHOOK_SECRET") as raised:
        load(tmp_path, URL=URL)
    assert "openssl rand" in raised.value.next_step
    assert load(tmp_path, URL=URL, FORMAT="Slack").webhook == configuration.WebhookSetting(URL, None, "slack")
    secret = new_secret()
    assert load(tmp_path, URL=URL, SECRET=secret).webhook == configuration.WebhookSetting(URL, secret, "json")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("URL", "hooks.example"),
        ("URL", "https://[::1"),
        ("SECRET", "whsec_short"),
        ("SECRET", "x" * 40),
        ("FORMAT", "xml"),
    ],
)
def test_what_is_wrong_is_named_and_no_secret_shown(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load(tmp_path, **{"URL": URL, "SECRET": new_secret(), name: value})
    assert raised.value.setting == f"KAIMEDIA_WEBHOOK_{name}"
    assert name == "FORMAT" or value not in raised.value.message


def test_address_and_secret_are_secrets(tmp_path: Path) -> None:
    secret = new_secret()
    config = load(tmp_path, URL=URL, SECRET=secret)
    assert {URL, secret} <= set(config.secrets())
    assert "services" not in repr(config) and "services" not in configuration.masked("KAIMEDIA_WEBHOOK_URL", URL)
