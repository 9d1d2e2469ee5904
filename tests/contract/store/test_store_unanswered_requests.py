"""Requests that were not answered yet, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from kaimedia.domain import utc_now
from kaimedia.store.database.database import Database
from kaimedia.store.unanswered_requests import RETENTION, UnansweredRequests


def test_equal_requests_have_one_nonce_until_they_are_answered(db: Database) -> None:
    requests, now = UnansweredRequests(db), utc_now()
    with ThreadPoolExecutor(8) as pool:
        (nonce,) = set(pool.map(lambda _: requests.nonce_of("r", now), range(24)))
    assert requests.nonce_of("other", now) != nonce
    requests.forget("r", "another nonce")
    assert requests.nonce_of("r", now) == nonce
    requests.forget("r", nonce)
    assert requests.nonce_of("r", now) != nonce


def test_after_a_while_an_equal_request_is_a_new_one(db: Database) -> None:
    requests, now = UnansweredRequests(db), utc_now()
    nonce = requests.nonce_of("r", now)
    assert requests.nonce_of("r", now + RETENTION) == nonce
    assert requests.nonce_of("r", now + 2 * RETENTION) == nonce  # it was repeated in between
    assert requests.nonce_of("r", now + 3 * RETENTION + timedelta(seconds=1)) != nonce
