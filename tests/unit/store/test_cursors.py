"""Cursors are opaque, belong to one listing, and never crash on what people send."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaimedia.errors import InvalidRequest
from kaimedia.store.cursors import Place, bound, decode, encode


@given(st.datetimes(), st.integers(0, 2**31 - 1), st.sampled_from(["media", "tasks"]))
def test_a_place_comes_back(moment: object, row_id: int, listing: str) -> None:
    place = Place(str(moment), row_id)
    cursor = encode(listing, place)
    assert decode(listing, cursor) == place
    assert cursor.isascii() and not set("+/= ") & set(cursor), "safe in an address"


def test_a_place_under_one_order_means_nothing_under_another() -> None:
    asked = {"sort": "newest", "media_type": "image", "words": "a boat", "model": None}
    cursor = encode(bound("media", **asked), Place("2026-11-22 12:00:00", 7))
    assert decode(bound("media", **asked), cursor).id == 7
    assert decode(bound("media", **{**asked, "added_later": None}), cursor).id == 7
    others: list[dict[str, object]] = [
        {"sort": "oldest"},
        {"media_type": "video"},
        {"media_type": None},
        {"words": "a"},
        {"model": "a boat"},
    ]
    for other in others:
        with pytest.raises(InvalidRequest):
            decode(bound("media", **{**asked, **other}), cursor)
    with pytest.raises(InvalidRequest):
        decode(bound("tasks", **asked), cursor)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(cursor: str) -> None:
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
