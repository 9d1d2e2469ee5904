"""Quarters of an hour, by which `ledger_sums` divides tasks: days of all time zones begin with one."""

from __future__ import annotations

from datetime import UTC, datetime

QUARTER_S = 900


def quarter_of(moment: datetime) -> int:
    """The number of the quarter that a time is in, counted from 1970."""
    return int(moment.timestamp() // QUARTER_S)


def quarter_from(moment: datetime) -> int:
    """The number of the quarter that begins at that time.

    Raises:
        ValueError: none begins then.
    """
    number, rest = divmod(moment.timestamp(), QUARTER_S)
    if rest:
        raise ValueError("sums of the ledger begin and end with a quarter of an hour")
    return int(number)


def start_of(quarter: int) -> datetime:
    """When a quarter begins."""
    return datetime.fromtimestamp(quarter * QUARTER_S, UTC)
