"""Spending limits that are nearly used up or would be exceeded, as parts of the price line."""

from __future__ import annotations

from collections.abc import Iterable

from kaimedia.domain.limits import LimitScope
from kaimedia.studio import LimitWarning

_NEAR = {LimitScope.TASK: "", LimitScope.DAY: "left today", LimitScope.MONTH: "left this month"}
_EXCEEDED = {
    LimitScope.TASK: "over the limit for one task",
    LimitScope.DAY: "over the daily limit",
    LimitScope.MONTH: "over the monthly limit",
}
_UNKNOWN = {
    LimitScope.TASK: "not comparable with the limit for one task",
    LimitScope.DAY: "not comparable with the daily limit",
    LimitScope.MONTH: "not comparable with the monthly limit",
}


def short(warnings: Iterable[LimitWarning]) -> str:
    """The most important of these in a few words, "" without any: "over the daily limit", "12 credits left today"."""
    ordered = sorted(warnings, key=lambda each: (not each.is_exceeded, not each.is_unknown, each.use.left))
    if not ordered:
        return ""
    first = ordered[0]
    limit = first.use.limit
    if first.is_exceeded or first.is_unknown:
        return (_EXCEEDED if first.is_exceeded else _UNKNOWN)[limit.scope]
    return f"{limit.text(first.use.left)} {_NEAR[limit.scope]}"


def sentences(warnings: Iterable[LimitWarning]) -> list[str]:
    """All of these, each with what it means and when it resets."""
    return [
        warning.text
        + (f" It resets at 00:00 UTC on {warning.use.resets_at:%Y-%m-%d}." if warning.use.resets_at else "")
        for warning in warnings
    ]
