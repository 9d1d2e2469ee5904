"""Checks that the identity provider can be used, before anyone is sent there to sign in."""

from __future__ import annotations

import json
from typing import Any

import requests

from kaimedia.errors import ConfigError

TIMEOUT_S = 5.0  # for the connection, and between two parts of the reply
_MOST_BYTES = 1_000_000
# Those that signing in uses, of the required fields of OpenID Connect Discovery 1.0, section 3.
_ENDPOINTS = ("authorization_endpoint", "token_endpoint")


def check(metadata_url: str, *, setting: str) -> None:
    """Read the provider's metadata from `metadata_url`, the value of `setting`.

    Raises:
        ConfigError: it cannot be reached, or what is there is not the metadata of an OpenID Connect provider.
    """
    try:
        with requests.get(metadata_url, timeout=TIMEOUT_S, stream=True) as response:
            status = response.status_code
            body = response.raw.read(_MOST_BYTES, decode_content=True) if status == requests.codes.ok else b""
    except (requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL):
        raise _wrong(setting, f"{metadata_url!r} is not an http(s) address") from None
    except (requests.RequestException, OSError) as error:
        raise _wrong(setting, f"{metadata_url} cannot be reached: {type(error).__name__}") from None
    if status != requests.codes.ok:
        raise _wrong(setting, f"{metadata_url} answered with the status {status}")
    if missing := [name for name in _ENDPOINTS if not isinstance(_document(body).get(name), str)]:
        raise _wrong(setting, f"the document at {metadata_url} has no {' and no '.join(missing)}")


def _wrong(setting: str, what: str) -> ConfigError:
    step = "Copy the provider’s OpenID Connect metadata address; it usually ends in /.well-known/openid-configuration."
    return ConfigError(
        f"The identity provider cannot be used: {what}.", setting=setting, next_step=f"{setting}: {step}"
    )


def _document(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
