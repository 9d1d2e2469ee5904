"""When limits begin and end, and what is said about them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from kaimedia.domain.limits import LimitScope, LimitUse, SpendingLimit, period_start, resets_at

LATE = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)


def test_days_and_months_are_those_of_utc() -> None:
    in_tokyo = LATE.astimezone(timezone(timedelta(hours=9)))  # already the next year there
    assert period_start(LimitScope.DAY, in_tokyo) == datetime(2026, 12, 31, tzinfo=UTC)
    assert period_start(LimitScope.MONTH, in_tokyo) == datetime(2026, 12, 1, tzinfo=UTC)
    assert resets_at(LimitScope.DAY, in_tokyo) == resets_at(LimitScope.MONTH, LATE) == datetime(2027, 1, 1, tzinfo=UTC)
    assert resets_at(LimitScope.MONTH, datetime(2027, 1, 31, tzinfo=UTC)) == datetime(2027, 2, 1, tzinfo=UTC)
    assert resets_at(LimitScope.TASK, LATE) is None


@pytest.mark.parametrize(
    ("used", "more", "fits", "is_near"),
    [(0, 79, True, False), (0, 80, True, True), (79, 1, True, True), (80, 20, True, True), (80, 20.5, False, True)],
)
def test_from_80_percent_on_it_is_near(used: float, more: float, fits: bool, is_near: bool) -> None:
    use = LimitUse(SpendingLimit(LimitScope.DAY, credits=100.0), used, LATE)
    assert (use.fits(more), use.is_near(more), use.left) == (fits, is_near, 100.0 - used)


def test_sums_of_floats_fit_exactly() -> None:
    use = LimitUse(SpendingLimit(LimitScope.DAY, credits=0.3), 0.1 + 0.1, LATE)
    assert use.fits(0.1) and not use.fits(0.1001)


def test_amounts_are_shown_in_the_limits_unit() -> None:
    credits = SpendingLimit(LimitScope.DAY, credits=1234567.0)
    assert [credits.text(amount) for amount in (1234567.0, 1.0, 0.25)] == [
        "1,234,567 credits",
        "1 credit",
        "0.25 credits",
    ]
    dollars = SpendingLimit(LimitScope.DAY, usd=5.0)
    assert [dollars.text(amount) for amount in (1234.5, 0.002, 0.0225, 0.00004, 0.0, -1e-9, 0.1 + 0.2)] == [
        "$1,234.50",
        "$0.002",
        "$0.0225",
        "$0.00004",
        "$0.00",
        "$0.00",
        "$0.30",
    ]
