"""Callbacks: which task they are for, and whether they are signed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kaimedia.providers.kie.callbacks import candidate_ids, sign, verified_ids

KEY = "hmac-key-of-the-account"
NOW = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))


@pytest.mark.parametrize(
    ("payload", "task_id"),
    [
        ({"code": 200, "data": {"taskId": "a", "info": {"result_urls": []}}}, "a"),
        ({"code": 200, "data": {"task_id": "b", "video_id": "v"}}, "b"),
        ({"code": 200, "taskId": "c", "data": {"result_video_url": "x"}}, "c"),
        ({"code": 501, "task_id": "d", "data": None}, "d"),
        ({"taskId": "root", "data": {"task_id": "inner"}}, "inner"),
        ({"data": {"task_id": "snake", "taskId": "camel"}}, "camel"),
        ({"data": {"taskId": ""}, "taskId": "e"}, "e"),
        ({"data": {"taskId": 5}}, None),
        ({"data": {"taskId": "x" * 129}}, None),
        ({"data": {"taskId": "a\x00b"}}, None),
        ({"data": {"taskId": "\ud800"}}, None),
        ({"data": {"taskId": "two words"}}, None),
        ({}, None),
        ([], None),
        ("text", None),
        (None, None),
    ],
)
def test_candidate_ids(payload: Any, task_id: str | None) -> None:
    assert next(iter(candidate_ids(payload)), None) == task_id


PAYLOAD = {"taskId": "root", "data": {"taskId": "camel", "task_id": "snake"}}


def check(payload: Any = PAYLOAD, **changes: Any) -> tuple[str, ...]:
    headers: dict[str, Any] = {"timestamp": STAMP, "signature": sign("camel", STAMP, KEY), "hmac_key": KEY, "now": NOW}
    return verified_ids(payload, **{**headers, **changes})


@pytest.mark.parametrize("task_id", candidate_ids(PAYLOAD))
def test_only_the_signed_candidate_counts(task_id: str) -> None:
    assert check(signature=sign(task_id, STAMP, KEY)) == (task_id,)


def test_the_known_signature() -> None:
    # Computed with: printf 'abc.1700000000' | openssl dgst -sha256 -hmac key -binary | base64
    assert sign("abc", "1700000000", "key") == "DVsH2H8WBYDKcDunI2Eou0AuIWKGHhVnNF1NDjQeZCA="


@pytest.mark.parametrize("shift_s", [-300, -299, 0, 299, 300])
def test_within_the_window(shift_s: int) -> None:
    assert check(now=NOW + timedelta(seconds=shift_s)) == ("camel",)


@pytest.mark.parametrize(
    "changes",
    [
        {"signature": None},
        {"signature": ""},
        {"signature": "nonsense"},
        {"signature": "ümläut"},
        {"signature": sign("other", STAMP, KEY)},
        {"signature": sign("camel", STAMP, "another key")},
        {"timestamp": None},
        {"timestamp": ""},
        {"timestamp": "soon"},
        {"timestamp": "²"},
        {"timestamp": "9" * 40},
        {"timestamp": str(int(STAMP) + 1)},
        {"now": NOW + timedelta(seconds=301)},
        {"now": NOW - timedelta(seconds=301)},
        {"payload": {}},
    ],
)
def test_invalid_signatures(changes: dict[str, Any]) -> None:
    assert check(**changes) == ()
