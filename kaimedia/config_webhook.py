"""The webhook endpoint of the settings."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from kaimedia.errors import ConfigError

FORMATS = ("json", "discord", "ntfy", "slack")
LEAST_BYTES, MOST_BYTES = 24, 64
_HOW = "Use whsec_ followed by the output of `openssl rand -base64 32`."


@dataclass(frozen=True, slots=True)
class WebhookSetting:
    """Where events are sent, signed with `secret` if there is one. The address may be a secret itself."""

    url: str = field(repr=False)
    secret: str | None = field(repr=False)
    format: str


def webhook(text: Mapping[str, str | None]) -> WebhookSetting | None:
    """The endpoint of these settings; None without an address.

    Raises:
        ConfigError: one of them is invalid, or the secret is missing.
    """
    url, secret = text["KAIMEDIA_WEBHOOK_URL"], text["KAIMEDIA_WEBHOOK_SECRET"]
    name = (text["KAIMEDIA_WEBHOOK_FORMAT"] or FORMATS[0]).lower()
    if name not in FORMATS:
        raise ConfigError(
            f"KAIMEDIA_WEBHOOK_FORMAT must be one of {', '.join(FORMATS)}.",
            setting="KAIMEDIA_WEBHOOK_FORMAT",
        )
    if secret is not None and not _is_secret(secret):
        raise ConfigError(
            f"KAIMEDIA_WEBHOOK_SECRET is not whsec_ and {LEAST_BYTES} to {MOST_BYTES} bytes in Base64.",
            setting="KAIMEDIA_WEBHOOK_SECRET",
            next_step=_HOW,
        )
    if url is None:
        return None
    if not _is_address(url):
        raise ConfigError("KAIMEDIA_WEBHOOK_URL must be an http(s) address.", setting="KAIMEDIA_WEBHOOK_URL")
    if secret is None and name == FORMATS[0]:
        raise ConfigError(
            "KAIMEDIA_WEBHOOK_URL needs KAIMEDIA_WEBHOOK_SECRET: its receiver must be able to check who sent an event.",
            setting="KAIMEDIA_WEBHOOK_SECRET",
            next_step=_HOW,
        )
    return WebhookSetting(url, secret, name)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:  # brackets without an IPv6 address
        return False


def _is_secret(secret: str) -> bool:
    prefix, _, encoded = secret.partition("_")
    try:
        return prefix == "whsec" and LEAST_BYTES <= len(base64.b64decode(encoded, validate=True)) <= MOST_BYTES
    except binascii.Error:
        return False
