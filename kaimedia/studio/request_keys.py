"""Keys of requests, by which a repeated request is recognized."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta

from kaimedia.domain import GenerationRequest, utc_now
from kaimedia.store.observed_days import days_for
from kaimedia.store.rows import request_json
from kaimedia.store.tasks.idempotency import IdempotencyKeys
from kaimedia.store.unanswered_requests import UnansweredRequests

KEY_RETENTION = timedelta(hours=48)
REPEAT_WINDOW = timedelta(seconds=5)
SAME, CLAIM = "\x01same:", "\x01claim:"
UNANSWERED = "\x01unanswered:"
RETRY = "\x01retry:"  # keys from callers cannot start like this: they are printable


def request_key(prefix: str, person: str, request: GenerationRequest) -> str:
    """An internal key, equal for equal requests by the same user."""
    text = json.dumps([person, request_json(request)], sort_keys=True, default=str)
    return prefix + hashlib.sha256(text.encode()).hexdigest()


class RequestKeys:
    """Claims of requests, so that a double click is one request, and the age of all keys.

    `person` is an email address, the name of a token, or `local`.
    """

    def __init__(self, keys: IdempotencyKeys, unanswered: UnansweredRequests) -> None:
        self._keys = keys
        self._unanswered = unanswered

    def key_until_answered(self, request: str, now: datetime) -> str:
        """An idempotency key for a request without one; the same for equal requests until `answered`, for an hour.

        `request` is a hash of the caller and the body.
        """
        return UNANSWERED + self._unanswered.nonce_of(request, now)

    def answered(self, request: str, key: str) -> None:
        """The response to the request with this key was sent completely: an equal request is a new one."""
        self._unanswered.forget(request, key.removeprefix(UNANSWERED))

    def claim(self, request: GenerationRequest, *, person: str) -> bool:
        """False when the same user made the same request within `REPEAT_WINDOW`, in any tab or process.

        To generate it again on purpose, submit it without a claim. `release` undoes a claim.
        """
        now = utc_now()
        return self._keys.claim(request_key(CLAIM, person, request), since=now - REPEAT_WINDOW, now=now)

    def release(self, request: GenerationRequest, *, person: str) -> None:
        """Undo a claim whose request could not be queued: it may be made again at once."""
        self._keys.release(request_key(CLAIM, person, request))

    def forget_old(self, now: datetime | None = None) -> int:
        """Delete keys older than `KEY_RETENTION`; returns how many. Call it more than once a day."""
        now = now or utc_now()
        self._keys.count_days(now)
        return self._keys.forget(now - KEY_RETENTION, days=days_for(KEY_RETENTION))
