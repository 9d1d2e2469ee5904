"""Datetimes are exact and timezone-aware, and their text sorts by time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, insert, select, text, type_coerce
from sqlalchemy.dialects import postgresql, sqlite

from kaimedia.store.columns import MomentKey, UtcDateTime

ZONES = st.builds(lambda minutes: timezone(timedelta(minutes=minutes)), st.integers(-12 * 60, 14 * 60))
MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=ZONES)
TABLE = Table("t", MetaData(), Column("id", Integer, primary_key=True), Column("at", UtcDateTime))
ENGINE = create_engine("sqlite://")


def stored(*moments: datetime) -> list[tuple[str, datetime]]:
    """What SQLite stores for datetimes, in its order, and what is read back."""
    with ENGINE.begin() as connection:
        TABLE.create(connection)
        connection.execute(insert(TABLE), [{"at": moment} for moment in moments])
        both = select(type_coerce(TABLE.c.at, MomentKey), TABLE.c.at).order_by(TABLE.c.at)
        found = [(row[0], row[1]) for row in connection.execute(both)]
        TABLE.drop(connection)
    return found


@given(st.lists(MOMENTS, min_size=1, max_size=5))
def test_datetimes_round_trip_exactly_and_in_order(moments: list[datetime]) -> None:
    found = stored(*moments)
    assert [moment for _, moment in found] == sorted(moments)
    assert all(moment.tzinfo is UTC for _, moment in found)
    assert {len(raw) for raw, _ in found} == {26}, "one length, so that text order is time order"


def test_a_naive_datetime_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        UtcDateTime().process_bind_param(datetime(2026, 1, 1), sqlite.dialect())


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2026-01-02 03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05.25Z", datetime(2026, 1, 2, 3, 4, 5, 250000, tzinfo=UTC)),
        # As long as those the app writes.
        ("2026-01-02 03:04:05.25000Z", datetime(2026, 1, 2, 3, 4, 5, 250000, tzinfo=UTC)),
        ("2026-01-02 03:04:05.250000", datetime(2026, 1, 2, 3, 4, 5, 250000, tzinfo=UTC)),
        ("20260102T030405.250+020000", datetime(2026, 1, 2, 1, 4, 5, 250000, tzinfo=UTC)),
        ("2026-01-02T03:04:05+02:00", datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC)),
    ],
)
def test_what_scripts_write_is_read(raw: str, expected: datetime) -> None:
    with ENGINE.begin() as connection:
        TABLE.create(connection)
        connection.execute(text("INSERT INTO t (at) VALUES (:at)"), {"at": raw})
        assert connection.execute(select(TABLE.c.at)).scalar_one() == expected
        assert connection.execute(select(type_coerce(TABLE.c.at, MomentKey))).scalar_one() == raw
        TABLE.drop(connection)


def test_none_stays_none() -> None:
    for dialect in (sqlite.dialect(), postgresql.dialect()):
        for column in (UtcDateTime(), MomentKey()):
            assert column.process_bind_param(None, dialect) is None
            assert column.process_result_value(None, dialect) is None


def test_postgresql_returns_utc_in_any_session_time_zone() -> None:
    there = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=timezone(timedelta(hours=5)))
    here = datetime(2026, 1, 1, 22, 4, 5, 6, tzinfo=UTC)
    dialect = postgresql.dialect()
    found = UtcDateTime().process_result_value(there, dialect)
    assert found == here and found.tzinfo is UTC
    key = MomentKey().process_result_value(there, dialect)
    assert key == "2026-01-01T22:04:05.000006+00:00"
    assert MomentKey().process_bind_param(key, dialect) == here
    assert MomentKey().process_bind_param("2026-01-01 22:04:05.000006", dialect) == here
