"""The HTTP access to PictureWorks: each call is one exchange on its own connection, never repeated here."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from kaimedia.errors import OutcomeUnknown, ProviderUnavailable
from kaimedia.providers.http.deadline import Attempt, limited
from kaimedia.providers.http.key import Key
from kaimedia.providers.http.redaction import quote
from kaimedia.providers.http.retry_after import read_retry_after
from kaimedia.providers.http.session import FAILURES, JSON, new_session

LABEL = "PictureWorks"
KEY_SETTING = "PICTUREWORKS_API_KEY"
_MAX_BODY_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply: the HTTP status and the JSON object, empty where the body was none."""

    status: int
    body: Mapping[str, Any]
    retry_after_s: float | None = None

    def text(self, name: str) -> str:
        """A field if it is text, else ""."""
        value = self.body.get(name)
        return value.strip() if isinstance(value, str) else ""


class Transport:
    """An HTTP client for one account. Thread-safe: it keeps nothing between two calls. Times are in seconds.

    Raises:
        ConfigError: the key cannot be one.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        connect_timeout_s: float = 5.0,
        read_timeout_s: float = 30.0,
        total_timeout_s: float = 60.0,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._key = Key(key, label=LABEL, setting=KEY_SETTING)
        self._connect_timeout_s = connect_timeout_s
        self._read_timeout_s = read_timeout_s
        self._total_timeout_s = total_timeout_s

    def get(self, path: str) -> Reply:
        """Read once.

        Raises:
            ProviderUnavailable: there is no complete reply.
        """
        try:
            return self._exchange(Attempt(time.monotonic() + self._total_timeout_s), "GET", path)
        except FAILURES as error:
            raise ProviderUnavailable(f"No connection to {LABEL}.") from error

    def post_once(self, path: str, body: Mapping[str, Any]) -> Reply:
        """A create, sent at most once.

        Raises:
            ProviderUnavailable: no connection could be made; nothing was sent.
            OutcomeUnknown: it was sent, or may have been, and no complete reply came back.
        """
        attempt = Attempt(time.monotonic() + self._total_timeout_s)
        try:
            return self._exchange(attempt, "POST", path, json.dumps(body, allow_nan=False).encode("ascii"))
        except FAILURES as error:
            if not attempt.is_connected:
                raise ProviderUnavailable(f"No connection to {LABEL}. Nothing was sent.") from error
            raise OutcomeUnknown(
                f"The task was sent, but {LABEL} did not respond. It may have been accepted and charged."
            ) from error

    def quote(self, text: str) -> str:
        """The provider's text on one line, shortened, without the key."""
        return quote(self._key.redact(text))

    def _exchange(self, attempt: Attempt, method: str, path: str, body: bytes | None = None) -> Reply:
        headers = self._key.header | ({"Content-Type": JSON} if body is not None else {})
        with new_session() as session, limited(attempt):
            response = session.request(
                method,
                self._base_url + path,
                data=body,
                headers=headers,
                timeout=(attempt.at_most_s(self._connect_timeout_s), attempt.at_most_s(self._read_timeout_s)),
                allow_redirects=False,
                stream=True,
            )
            with response:
                return _read(response)


def _read(response: requests.Response) -> Reply:
    content = response.raw.read(_MAX_BODY_BYTES, decode_content=True)
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        body = None
    retry_after_s = read_retry_after(response.headers.get("Retry-After"))
    return Reply(response.status_code, body if isinstance(body, dict) else {}, retry_after_s)
