"""The only HTTP access to kie.ai: time limits, retries by method, rate limits, redaction of secrets.

A read may be repeated, a create never: there is no idempotency key, and a repeat is billed twice. Proxies, netrc and
certificates from the environment are not used; cookies are not stored; redirects are not followed.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3

from kaimedia.errors import ConfigError, OutcomeUnknown, ProviderUnavailable
from kaimedia.providers.http.deadline import Attempt, TimedBody, limited
from kaimedia.providers.http.key import Key
from kaimedia.providers.http.multipart import MultipartFile
from kaimedia.providers.http.pacing import Pacing
from kaimedia.providers.http.retry_after import read_retry_after
from kaimedia.providers.http.session import FAILURES, JSON, is_timeout, new_session
from kaimedia.providers.kie.http.retries import RetryPlan, with_retries
from kaimedia.providers.kie.parsing.envelope import Envelope, read

_log = logging.getLogger(__name__)

_MAX_BODY_BYTES = 2 * 1024 * 1024
_MAX_POLL_WAIT_S = 10.0  # for the rate limit, per poll
_MAX_IDLE_SESSIONS = 32
_USUAL_UPLOAD_BYTES = 50_000_000  # a larger file gets more time, enough for this rate
_SLOWEST_UPLOAD_BYTES_PER_S = 250_000


class Transport:
    """An HTTP client for the two hosts of kie.ai, or for a sandbox.

    Thread-safe: each exchange borrows a pooled session that no other thread uses meanwhile. Times are in seconds:
    `connect_timeout_s` for the connection, `read_timeout_s` between two bytes, `total_timeout_s` for one call with
    all its retries, `upload_timeout_s` the same for an upload; large files get more.

    Raises:
        ConfigError: a URL or the key is invalid.
    """

    def __init__(
        self,
        base_url: str,
        upload_url: str,
        api_key: str,
        *,
        pace: Pacing | None = None,
        connect_timeout_s: float = 5.0,
        read_timeout_s: float = 30.0,
        total_timeout_s: float = 60.0,
        upload_timeout_s: float = 300.0,
        retries: RetryPlan | None = None,
    ) -> None:
        self._base_url = _checked_url(base_url, "KIE_API_URL")
        self._upload_url = _checked_url(upload_url, "KIE_UPLOAD_URL")
        self._key = Key(api_key, label="kie.ai", setting="KIE_API_KEY")
        self._pace = pace or Pacing(label="kie.ai")
        self._connect_timeout_s = connect_timeout_s
        self._read_timeout_s = read_timeout_s
        self._total_timeout_s = total_timeout_s
        self._upload_timeout_s = upload_timeout_s
        self._retries = retries or RetryPlan()
        self._idle: list[requests.Session] = []
        self._lock = threading.Lock()
        self._closed = threading.Event()

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Envelope:
        """Read, retried on transient errors; polls of one task (`taskId` in the query) are rate-limited.

        Raises:
            ProviderUnavailable: no reply within the allowed tries and time.
            RateLimited: too many polls are already waiting; nothing was sent.
        """
        query = query or {}
        self._pace.poll(query.get("taskId"), max_wait_s=_MAX_POLL_WAIT_S)
        return self._repeated("GET", self._base_url + path, self._total_timeout_s, query=query)

    def post_read(self, path: str, body: Mapping[str, Any]) -> Envelope:
        """A POST that only reads and costs nothing; retried like a read. Raises like `get`."""
        return self._repeated("POST", self._base_url + path, self._total_timeout_s, body=_encoded(body))

    def post_once(self, path: str, body: Mapping[str, Any]) -> Envelope:
        """A create: sent at most once, on a fresh connection (a pooled one may be dead without our noticing).

        Raises:
            RateLimited: 20 creates were already sent within 10 s; nothing was sent.
            ProviderUnavailable: no connection could be made; nothing was sent.
            OutcomeUnknown: it was sent, or may have been, and no readable reply came back.
        """
        return self._once("POST", path, body=_encoded(body))

    def get_once(self, path: str, query: Mapping[str, str]) -> Envelope:
        """A GET that may be charged: sent at most once, as `post_once`. Raises like that."""
        return self._once("GET", path, query=query)

    def _once(self, method: str, path: str, **parts: Any) -> Envelope:
        self._pace.create()
        attempt = Attempt(time.monotonic() + self._total_timeout_s)
        session = new_session()
        try:
            return self._exchange(session, attempt, method, self._base_url + path, **parts)
        except FAILURES as error:
            if not attempt.is_connected:
                raise ProviderUnavailable(f"{self._no_connection(error)} Nothing was sent.") from error
            reason = (
                "kie.ai took too long to respond"
                if is_timeout(error)
                else "the connection dropped before kie.ai responded"
            )
            message = f"The task was sent, but {reason}. It may have been accepted and charged."
            raise OutcomeUnknown(message) from error
        finally:
            session.close()

    def upload(
        self, path: str, *, body: Mapping[str, Any] | None = None, form: MultipartFile | None = None
    ) -> Envelope:
        """Send a file to the upload host, as JSON or as a form; free, so retried like a read. Raises like `get`."""
        url = self._upload_url + path
        if form is not None:
            timed = TimedBody(form, len(form))
            total_s = self._upload_timeout_s + max(0, len(form) - _USUAL_UPLOAD_BYTES) / _SLOWEST_UPLOAD_BYTES_PER_S
            return self._repeated("POST", url, total_s, body=timed, content_type=form.content_type)
        timed = TimedBody.of_bytes(_encoded(body or {}))
        return self._repeated("POST", url, self._upload_timeout_s, body=timed)

    def redact(self, text: str) -> str:
        """The text without the key and without anything that looks like a secret."""
        return self._key.redact(text)

    def close(self) -> None:
        """Close all idle connections and end retry pauses; running exchanges are left to finish."""
        self._closed.set()
        with self._lock:
            idle, self._idle = self._idle, []
        for session in idle:
            session.close()

    def _repeated(self, method: str, url: str, total_s: float, **parts: Any) -> Envelope:
        def exchange(attempt: Attempt) -> Envelope:
            session = self._borrow()
            try:
                return self._exchange(session, attempt, method, url, **parts)
            except FAILURES as error:
                raise ProviderUnavailable(self._no_connection(error)) from error
            finally:
                self._give_back(session)

        return with_retries(exchange, time.monotonic() + total_s, self._retries, self._closed.wait)

    def _exchange(
        self,
        session: requests.Session,
        attempt: Attempt,
        method: str,
        url: str,
        *,
        query: Mapping[str, str] | None = None,
        body: bytes | TimedBody | None = None,
        content_type: str = JSON,
    ) -> Envelope:
        headers = self._key.header if body is None else {**self._key.header, "Content-Type": content_type}
        started = time.monotonic()
        with limited(attempt):
            response = session.request(
                method,
                url,
                params=dict(query or {}),
                data=body,
                headers=headers,
                timeout=(attempt.at_most_s(self._connect_timeout_s), attempt.at_most_s(self._read_timeout_s)),
                allow_redirects=False,
                stream=True,
            )
            with response:
                envelope = self._read(response)
        took_ms = (time.monotonic() - started) * 1000
        _log.debug("%s %s: HTTP %d in %.0f ms", method, urlsplit(url).path, envelope.http_status, took_ms)
        return envelope

    def _read(self, response: requests.Response) -> Envelope:
        body = bytearray()
        broken: urllib3.exceptions.HTTPError | None = None
        try:
            while len(body) <= _MAX_BODY_BYTES and (chunk := response.raw.read1(64 * 1024, decode_content=True)):
                body += chunk
        except urllib3.exceptions.HTTPError as error:
            broken = error
        retry_after_s = read_retry_after(response.headers.get("Retry-After"))
        envelope = read(
            response.status_code, self._key.redact_body(bytes(body[:_MAX_BODY_BYTES])), retry_after_s=retry_after_s
        )
        # A complete JSON object before the break is the complete reply; half of one does not parse.
        if broken is not None and not envelope.is_json:
            raise broken
        return replace(envelope, message=self.redact(envelope.message), text_excerpt=self.redact(envelope.text_excerpt))

    def _no_connection(self, error: Exception) -> str:
        host = urlsplit(self._base_url).hostname
        return f"kie.ai took too long ({host})." if is_timeout(error) else f"No connection to kie.ai ({host})."

    def _borrow(self) -> requests.Session:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return new_session()

    def _give_back(self, session: requests.Session) -> None:
        with self._lock:
            if len(self._idle) < _MAX_IDLE_SESSIONS and not self._closed.is_set():
                self._idle.append(session)
                return
        session.close()


def _encoded(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, allow_nan=False).encode("ascii")


def _checked_url(url: str, setting: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"{setting} is not a valid URL.", setting=setting)
    return url.rstrip("/")
