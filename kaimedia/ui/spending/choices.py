"""What is chosen on the Spending page, and the days that it means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from kaimedia.domain.spending import SpendingBy
from kaimedia.ui.state import Slot

DAY = timedelta(days=1)


class Span(StrEnum):
    """The periods offered, as the page calls them."""

    WEEK = "7 days"
    MONTH_LONG = "30 days"
    QUARTER = "90 days"
    MONTH = "Month"
    ALL = "All"
    CUSTOM = "From–to"


LENGTHS = {Span.WEEK: 7, Span.MONTH_LONG: 30, Span.QUARTER: 90}

span: Slot[str] = Slot("spending_span", Span.MONTH_LONG.value)
month: Slot[date | None] = Slot("spending_month", None)  # its first day
days: Slot[tuple[date, ...]] = Slot("spending_days", ())
by: Slot[str] = Slot("spending_by", SpendingBy.MODEL.value)
provider: Slot[str] = Slot("spending_provider", "")


@dataclass(frozen=True, slots=True)
class Days:
    """The first and the last day, both included; None is the first day with a task."""

    first: date | None
    last: date


def days_of(chosen: str, today: date, *, month_start: date | None, custom: tuple[date, ...]) -> Days:
    """The days of a span; a custom one without days yet, or with only one, ends today or on that day."""
    if chosen == Span.ALL:
        return Days(None, today)
    if chosen == Span.MONTH:
        first = month_start or today.replace(day=1)
        return Days(first, min(today, last_of_month(first)))
    if chosen == Span.CUSTOM:
        return Days(min(custom), max(custom)) if custom else Days(today - DAY * 29, today)
    return Days(today - DAY * (LENGTHS[Span(chosen)] - 1), today)


def last_of_month(first: date) -> date:
    """The last day of the month that begins with this one."""
    return (first + DAY * 31).replace(day=1) - DAY


def months(first: date, today: date) -> list[date]:
    """The first days of all months from that of `first` to this one, the newest first."""
    found = [today.replace(day=1)]
    while found[-1] > first:
        found.append((found[-1] - DAY).replace(day=1))
    return found
