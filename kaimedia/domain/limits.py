"""Spending limits: for one task, a day or a month, for everything or for one API token."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

WARN_FROM = 0.8  # the part of a limit from which pages and prices warn
_ROUNDING = 1e-6


class LimitScope(StrEnum):
    """What a limit is for, as stored in `limits.scope`. Days and months are those of UTC."""

    TASK = "task"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class SpendingLimit:
    """The most that may be spent; exactly one of `credits` and `usd` is set.

    Credits are counted for each provider by itself, US dollars for all together. `token_id` is that of an API token,
    see `LedgerEntry`; "" applies to all tasks, however they were submitted.
    """

    scope: LimitScope
    credits: float | None = None
    usd: float | None = None
    token_id: str = ""

    @property
    def amount(self) -> float:
        """The amount, in the limit's own unit."""
        return self.credits if self.credits is not None else self.usd or 0.0

    def text(self, amount: float) -> str:
        """An amount of the limit's unit, for people: "12.5 credits", "$3.20", "$0.002"."""
        number = self.number(amount)
        return number if self.credits is None else f"{number} credit{'' if number == '1' else 's'}"

    def number(self, amount: float) -> str:
        """The same without the word "credits": "12.5", "$3.20"."""
        return f"${_number(amount, 2)}" if self.credits is None else _number(amount, 0)


def _number(amount: float, least_digits: int) -> str:
    """With enough digits after the point that two amounts that differ are not shown as the same."""
    digits = 4 if abs(amount) >= 0.001 else 6
    whole, _, part = f"{round(amount, digits) + 0.0:,.{digits}f}".partition(".")  # never "-0"
    part = part.rstrip("0").ljust(least_digits, "0")
    return f"{whole}.{part}" if part else whole


@dataclass(frozen=True, slots=True)
class LimitUse:
    """A limit and how much of it is used up, in its unit: charged, written off, or reserved for unfinished tasks.

    `provider` is the one whose credits these are, "" where the limit counts all together, or nothing was charged yet.
    """

    limit: SpendingLimit
    used: float
    resets_at: datetime | None  # None for the limit of a single task
    provider: str = ""

    @property
    def left(self) -> float:
        """What may still be spent."""
        return max(0.0, round(self.limit.amount - self.used, 6))

    def fits(self, amount: float) -> bool:
        """True if this much more may be spent."""
        return self.used + amount <= self.limit.amount + _ROUNDING

    def is_near(self, amount: float = 0.0) -> bool:
        """True from `WARN_FROM` of the limit on, with this much more; never for the limit of a single task."""
        is_counted = self.limit.scope is not LimitScope.TASK
        return is_counted and self.used + amount >= WARN_FROM * self.limit.amount - _ROUNDING


def by_limit(uses: Iterable[LimitUse]) -> list[list[LimitUse]]:
    """The uses of each limit, one for each provider; the one with the least left first."""
    found: dict[SpendingLimit, list[LimitUse]] = {}
    for use in uses:
        found.setdefault(use.limit, []).append(use)
    return [sorted(of_one, key=lambda use: (-use.used, use.provider)) for of_one in found.values()]


def period_start(scope: LimitScope, now: datetime) -> datetime:
    """When the current day or month began, in UTC; the present moment for a single task."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if scope is LimitScope.TASK:
        return now
    return day if scope is LimitScope.DAY else day.replace(day=1)


def resets_at(scope: LimitScope, now: datetime) -> datetime | None:
    """When the current day or month ends; None for a single task."""
    if scope is LimitScope.TASK:
        return None
    start = period_start(scope, now)
    if scope is LimitScope.DAY:
        return start + timedelta(days=1)
    return (start + timedelta(days=32)).replace(day=1)
