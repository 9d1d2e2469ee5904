"""Cursors are opaque, belong to one listing, and never crash on invalid input."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaimedia.errors import InvalidRequest
from kaimedia.store.cursors import Position, bound, decode, encode


@given(st.datetimes(), st.integers(0, 2**31 - 1), st.sampled_from(["media", "tasks"]))
def test_a_position_round_trips(moment: object, row_id: int, listing: str) -> None:
    position = Position(str(moment), row_id)
    cursor = encode(listing, position)
    assert decode(listing, cursor) == position
    assert cursor.isascii() and not set("+/= ") & set(cursor), "safe in an address"


def test_a_position_is_invalid_under_another_order() -> None:
    filters = {"sort": "newest", "media_type": "image", "words": "a boat", "model": None}
    cursor = encode(bound("media", **filters), Position("2026-11-22 12:00:00", 7))
    assert decode(bound("media", **filters), cursor).id == 7
    assert decode(bound("media", **{**filters, "added_later": None}), cursor).id == 7
    others: list[dict[str, object]] = [
        {"sort": "oldest"},
        {"media_type": "video"},
        {"media_type": None},
        {"words": "a"},
        {"model": "a boat"},
    ]
    for other in others:
        with pytest.raises(InvalidRequest):
            decode(bound("media", **{**filters, **other}), cursor)
    with pytest.raises(InvalidRequest):
        decode(bound("tasks", **filters), cursor)


@given(st.text(max_size=300))
def test_any_text_is_decoded_or_refused(cursor: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        decode("media", cursor)
    assert raised.value.field == "cursor"


@pytest.mark.parametrize(
    "content",
    [
        ["tasks", "2026-01-01 00:00:00", 1],
        ["media", "2026-01-01 00:00:00", -1],
        ["media", "2026-01-01 00:00:00", 2**31],
        ["media", "2026-01-01 00:00:00", True],
        ["media", "2026-01-01 00:00:00", 1.5],
        ["media", "2026-01-01 00:00:00", "1"],
        ["media", "2026-01-01 00:00:00"],
        ["media", "' OR 1=1 --", 1],
        ["media", 7, 1],
        ["media", None, 1],
        {"media": 1},
        5,
        None,
    ],
)
def test_what_looks_like_a_cursor_is_refused(content: object) -> None:
    with pytest.raises(InvalidRequest):
        decode("media", urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("="))
