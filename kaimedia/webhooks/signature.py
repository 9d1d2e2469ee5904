"""Signatures as Standard Webhooks defines them: HMAC-SHA256 over id, timestamp and body."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets

PREFIX = "whsec_"
SECRET_BYTES = 32
LEAST_BYTES, MOST_BYTES = 24, 64


def new_secret() -> str:
    """A random secret, "whsec_" and Base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def key_of(secret: str) -> bytes:
    """The key in a secret.

    Raises:
        ValueError: it does not have that form.
    """
    if not secret.startswith(PREFIX):
        raise ValueError(f"does not begin with {PREFIX}")
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("is not Base64") from error
    if not LEAST_BYTES <= len(key) <= MOST_BYTES:
        raise ValueError(f"is not {LEAST_BYTES} to {MOST_BYTES} bytes long")
    return key


def headers(event_id: str, timestamp: int, body: bytes, secret: str | None) -> dict[str, str]:
    """The headers of an attempt at `timestamp`, Unix seconds; without a secret there is no signature."""
    found = {"webhook-id": event_id, "webhook-timestamp": str(timestamp)}
    if secret is not None:
        signed = f"{event_id}.{timestamp}.".encode() + body
        digest = hmac.new(key_of(secret), signed, hashlib.sha256).digest()
        found["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
    return found
