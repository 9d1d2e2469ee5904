"""`--since` and `--until`: a day in this machine's time zone, or an exact time."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from kaimedia.errors import InvalidRequest

DAY = timedelta(days=1)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LAST_DAYS = re.compile(r"([0-9]{1,5})d")
_NAMED = {"today": 0, "yesterday": 1}


def since(text: str) -> datetime:
    """The first time included, aware: the start of a day, or the exact time.

    Raises:
        InvalidRequest: the text is neither.
    """
    return _read(text, "since", days_later=0)


def until(text: str) -> datetime:
    """The first time excluded, aware: the end of a day, or the exact time.

    Raises:
        InvalidRequest: the text is neither.
    """
    return _read(text, "until", days_later=1)


def day(text: str, field: str, today: date) -> date:
    """A day; words such as "today" count from `today`.

    Raises:
        InvalidRequest: the text is none.
    """
    try:
        found = _day(text.strip().lower(), today)
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise InvalidRequest(
            f"“{text[:80]}” is not a day.",
            field=field,
            next_step="Use a day like 2026-03-31, today, yesterday or 7d (the last seven days).",
        )
    return found


def _read(text: str, field: str, *, days_later: int) -> datetime:
    text = text.strip()
    try:
        found = _day(text.lower(), datetime.now().astimezone().date())
        if found is not None:
            return _midnight(found + DAY * days_later)
        if not _DATE.match(text):
            raise ValueError(text)
        return datetime.fromisoformat(text).astimezone(UTC)  # no offset: local time
    except (ValueError, OverflowError, OSError) as error:
        raise InvalidRequest(
            f"“{text[:80]}” is not a date or time.",
            field=field,
            next_step="Use a day like 2026-03-31, today, yesterday, 7d (the last seven days), "
            "or a time like 2026-03-31T14:30:00Z.",
        ) from error


def _day(text: str, today: date) -> date | None:
    if text in _NAMED:
        return today - DAY * _NAMED[text]
    if last := _LAST_DAYS.fullmatch(text):
        return today - DAY * (max(1, int(last[1])) - 1)
    return date.fromisoformat(text) if _DATE.fullmatch(text) else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time()).astimezone(UTC)
