"""Makes what a record says storable: databases refuse some characters and numbers, and some times are impossible."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any

from kaimedia.providers.base import FoundTask

_REFUSED = re.compile("[\x00\ud800-\udfff]")  # by PostgreSQL, and by UTF-8
_REPLACEMENT = "\ufffd"
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_CLOCK_DIFFERENCE = timedelta(days=1)  # the provider's clock may be ahead of ours by so much
_MAX_INT_BITS = 63


def cleaned(found: FoundTask, now: datetime) -> FoundTask:
    """The record's texts without characters that cannot be stored, its simple fields, and only possible times."""
    report = replace(
        found.report,
        message=None if found.report.message is None else _text(found.report.message),
        completed_at=_possible(found.report.completed_at, now),
    )
    return replace(
        found,
        report=report,
        model_name=_text(found.model_name),
        prompt=_text(found.prompt),
        fields=_fields(found.fields),
        callback_url=_text(found.callback_url),
        created_at=_possible(found.created_at, now),
    )


def _text(text: str) -> str:
    return _REFUSED.sub(_REPLACEMENT, text)


def _possible(time: datetime | None, now: datetime) -> datetime | None:
    return time if time is not None and _EARLIEST <= time <= now + _CLOCK_DIFFERENCE else None


def _fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that are a text, a number or a switch."""
    simple = {_text(name): _text(value) if isinstance(value, str) else value for name, value in fields.items()}
    return {name: value for name, value in simple.items() if _is_simple(value)}


def _is_simple(value: Any) -> bool:
    if isinstance(value, float):
        return isfinite(value)
    return isinstance(value, str | bool) or (isinstance(value, int) and value.bit_length() <= _MAX_INT_BITS)
