"""Dates and search: what the widgets mean, and that the gallery API reads what the page writes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaimedia.domain import GalleryView, MediaQuery, Modality, Sort
from kaimedia.ui.gallery import dates as gallery_dates
from kaimedia.ui.gallery import query as gallery_query
from kaimedia.web.gallery import query as feed_query

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = NOW.date()
MIDNIGHTS = st.none() | st.dates(date(2000, 1, 2), date(2090, 1, 1)).map(
    lambda day: datetime(day.year, day.month, day.day, tzinfo=UTC)
)
TEXTS = st.none() | st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=40)
QUERIES = st.builds(
    MediaQuery,
    media_type=st.none() | st.sampled_from(Modality),
    model=TEXTS,
    favorites_only=st.booleans(),
    text=TEXTS,
    sort=st.sampled_from(Sort),
    view=st.sampled_from(GalleryView),
    created_from=MIDNIGHTS,
    created_before=MIDNIGHTS,
    tag=TEXTS,
    collection_id=st.none() | st.integers(1, 2**31 - 1),
)


@given(QUERIES)
def test_the_feed_reads_what_the_page_writes(query: MediaQuery) -> None:
    assert feed_query.read(dict(parse_qsl(gallery_query.query_string(query)))) == query


def test_the_usual_query_is_an_empty_text() -> None:
    assert gallery_query.query_string(MediaQuery()) == ""


def test_spans() -> None:
    assert gallery_dates.days_of("Any time", (), TODAY) == (None, None)
    assert gallery_dates.days_of("Today", (), TODAY) == (TODAY, None)
    yesterday = TODAY - gallery_dates.DAY
    assert gallery_dates.days_of("Yesterday", (), TODAY) == (yesterday, yesterday)
    assert gallery_dates.days_of("Last 7 days", (), TODAY) == (date(2026, 11, 16), None)
    assert gallery_dates.days_of("This year", (), TODAY) == (date(2026, 1, 1), None)
    assert gallery_dates.days_of("Custom range", (), TODAY) == (None, None)
    assert gallery_dates.days_of("Custom range", (TODAY,), TODAY) == (TODAY, None)
    one, other = date(2026, 3, 1), date(2026, 3, 5)
    assert gallery_dates.days_of("Custom range", (other, one), TODAY) == (one, other)
    assert gallery_dates.days_of("Someday", (), TODAY) == (None, None)


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Asia/Tokyo", "Pacific/Kiritimati", "Asia/Kathmandu"])
def test_no_moment_of_a_local_day_is_missed(zone: str) -> None:
    where, day = ZoneInfo(zone), date(2026, 3, 8)  # clocks change that day in Los Angeles
    starts_at, ends_at = gallery_dates.moments(day, day, where, NOW)
    assert starts_at and ends_at and starts_at.utcoffset() == ends_at.utcoffset() == timedelta(0)
    assert (starts_at.hour, ends_at.hour) == (0, 0)
    assert starts_at <= datetime(2026, 3, 8, 0, 0, tzinfo=where)
    assert datetime(2026, 3, 8, 23, 59, 59, tzinfo=where) < ends_at
    assert ends_at - starts_at <= timedelta(days=3)


def test_days_beyond_any_calendar_are_open() -> None:
    assert gallery_dates.moments(date.min, date.max, UTC, NOW) == (None, None)
    assert gallery_dates.moments(None, TODAY, UTC, NOW) == (None, None)  # it lasts until now


def test_an_unknown_zone_is_utc() -> None:
    for name in (None, "", "Mars/Olympus", "../../etc/passwd", "\x00"):
        assert NOW.astimezone(gallery_dates.zone_of(name)).utcoffset() == timedelta(0)
