"""The HTTP access to PictureWorks: each call is one exchange on its own connection, never repeated here."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from kaimedia.errors import OutcomeUnknown, ProviderUnavailable
from kaimedia.providers.http.deadline import Attempt, TimedBody, limited
from kaimedia.providers.http.key import Key
from kaimedia.providers.http.multipart import MultipartFile
from kaimedia.providers.http.redaction import quote
from kaimedia.providers.http.retry_after import read_retry_after
from kaimedia.providers.http.session import FAILURES, JSON, new_session

LABEL = "PictureWorks"
KEY_SETTING = "PICTUREWORKS_API_KEY"
_MAX_BODY_BYTES = 1024 * 1024
_MOST_CREDITS = 1e12


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply: the HTTP status and the JSON object, empty where the body was none (`is_json` False)."""

    status: int
    body: Mapping[str, Any]
    key: Key
    retry_after_s: float | None = None
    is_json: bool = True

    @property
    def is_success(self) -> bool:
        """True for the statuses 200 to 299."""
        return 200 <= self.status < 300

    @property
    def is_definite_refusal(self) -> bool:
        """True if it refuses for certain, and not only for the moment."""
        return 400 <= self.status < 500 and self.status not in (408, 429)

    def value(self, *path: str) -> Any:
        """What is at that path of names ("error", "message"); None if there is nothing."""
        found: Any = self.body
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        return found

    def text(self, *path: str) -> str:
        """What is at that path if it is text, else ""."""
        value = self.value(*path)
        return value.strip() if isinstance(value, str) else ""

    def quoted(self, *path: str) -> str:
        """Its text for people: on one line, shortened, without the key; "" if it is no text."""
        return quote(self.key.redact(self.text(*path)))

    def number(self, *path: str) -> float | None:
        """What is at that path if it is a possible number of credits, else None."""
        value = self.value(*path)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return float(value) if 0 <= value <= _MOST_CREDITS else None


def is_link(value: Any) -> bool:
    """True if a value from a reply is a link."""
    return isinstance(value, str) and value.startswith(("https://", "http://"))


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
        upload_timeout_s: float = 300.0,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._key = Key(key, label=LABEL, setting=KEY_SETTING)
        self._connect_timeout_s = connect_timeout_s
        self._read_timeout_s = read_timeout_s
        self._total_timeout_s = total_timeout_s
        self._upload_timeout_s = upload_timeout_s

    def get(self, path: str) -> Reply:
        """Read once.

        Raises:
            ProviderUnavailable: there is no complete reply.
        """
        return self._exchange_free(self._total_timeout_s, "GET", path)

    def upload(self, path: str, form: MultipartFile) -> Reply:
        """Send a file once.

        Raises:
            ProviderUnavailable: there is no complete reply.
        """
        body = TimedBody(form, len(form))
        return self._exchange_free(self._upload_timeout_s, "POST", path, body, form.content_type)

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

    def _exchange_free(
        self, limit_s: float, method: str, path: str, body: TimedBody | None = None, content_type: str = JSON
    ) -> Reply:
        try:
            return self._exchange(Attempt(time.monotonic() + limit_s), method, path, body, content_type)
        except FAILURES as error:
            raise ProviderUnavailable(f"No connection to {LABEL}.") from error

    def _exchange(
        self, attempt: Attempt, method: str, path: str, body: bytes | TimedBody | None = None, content_type: str = JSON
    ) -> Reply:
        headers = self._key.header | ({"Content-Type": content_type} if body is not None else {})
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
                return self._read(response)

    def _read(self, response: requests.Response) -> Reply:
        content = response.raw.read(_MAX_BODY_BYTES, decode_content=True)
        try:
            body = json.loads(content)
        except (ValueError, RecursionError):
            body = None
        is_json = isinstance(body, dict)
        retry_after_s = read_retry_after(response.headers.get("Retry-After"))
        return Reply(response.status_code, body if is_json else {}, self._key, retry_after_s, is_json)
