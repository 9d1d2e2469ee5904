"""Parse the provider's times: milliseconds, seconds, or text."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

_SMALLEST_MS = 10**11  # smaller numbers are seconds


def read_time(value: Any) -> datetime | None:
    """Read epoch seconds, epoch milliseconds, ISO 8601 or `YYYY-MM-DD HH:MM:SS`.

    The provider documents no time zone for the plain text form; UTC is assumed. Unreadable, empty and 0 return None.
    """
    if isinstance(value, str):
        return _of_text(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 10**15:
        return None
    seconds = value if value < _SMALLEST_MS else value / 1000
    return datetime.fromtimestamp(seconds, UTC)


def _of_text(text: str) -> datetime | None:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if math.isfinite(number):
        return read_time(number)
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
