"""The provider's progress values as a number from 0 to 1."""

from __future__ import annotations

import math
import re
from typing import Any

_WHOLE = re.compile(r"[+-]?[0-9]+")


def fraction(value: Any) -> float | None:
    """Read `"0.37"`, `50`, `"100"` or `"85 %"`: up to 1 is a fraction, above 1 a percentage.

    Returns: 0–1, or None when the value is missing or unreadable.
    """
    number = read_number(value)
    if number is None:
        return None
    return min(max(number if number <= 1 else number / 100, 0.0), 1.0)


def percent(value: Any) -> float | None:
    """Like `fraction`, except that an integer is always a percentage: 1 means 1 %."""
    number = read_number(value)
    if number is None:
        return None
    is_whole = isinstance(value, int) or (isinstance(value, str) and _WHOLE.fullmatch(_bare(value)) is not None)
    return min(max(number / 100, 0.0), 1.0) if is_whole else fraction(value)


def read_number(value: Any) -> float | None:
    """A finite number, also as text or with a percent sign; None for anything else (including `true`)."""
    if isinstance(value, str):
        value = _bare(value)
    elif isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _bare(text: str) -> str:
    return text.strip().removesuffix("%").strip()
