"""Converts days in the user's time zone to the UTC days of the gallery API."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
CUSTOM = "Custom range"
YESTERDAY = "Yesterday"
_LAST = {"Today": 1, "Last 7 days": 7, "Last 30 days": 30}
SPANS = ("Any time", "Today", YESTERDAY, "Last 7 days", "Last 30 days", "This year", CUSTOM)


def zone_of(name: str | None) -> tzinfo:
    """The time zone of that name; UTC when there is none."""
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):
        return UTC


def days_of(span: str, chosen: tuple[date, ...], today: date) -> tuple[date | None, date | None]:
    """First and last day of a date filter, inclusive; None means open.

    `chosen` holds the days of a custom range: none yet, the first, or both.
    """
    if span == CUSTOM:
        return (min(chosen), max(chosen) if len(chosen) > 1 else None) if chosen else (None, None)
    if span == YESTERDAY:
        return today - DAY, today - DAY
    if span == "This year":
        return today.replace(month=1, day=1), None
    return (today - DAY * (_LAST[span] - 1), None) if span in _LAST else (None, None)


def moments(
    first: date | None, last: date | None, zone: tzinfo, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """The half-open range of UTC days that covers these local days; it may include a few extra hours at each end.

    Days outside the calendar's range, and ends in the future, are open.
    """
    starts_at = _utc(first, zone)
    ends_at = _utc(last + DAY, zone, is_end=True) if last and last < date.max else None
    return starts_at, ends_at if ends_at and ends_at <= now else None


def _utc(day: date | None, zone: tzinfo, *, is_end: bool = False) -> datetime | None:
    if day is None or not date.min + 2 * DAY < day < date.max - 2 * DAY:
        return None
    moment = datetime.combine(day, time(), zone).astimezone(UTC)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + DAY if is_end and moment > midnight else midnight
