"""Days of any time zone as numbers in SQL. A join with the days would compare each entry with each day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from sqlalchemy import BigInteger, ColumnElement, case, cast, extract, func

from kaimedia.store.ledger_tables import LEDGER


def day_number(starts: Sequence[datetime], dialect: str) -> ColumnElement[int]:
    """The position of the day on which an entry's task was requested, among those that begin at `starts`.

    The last start is the end of the last day. Days have 24 hours but for those on which the clocks change.
    """
    second = _second(dialect)
    return case(
        *(
            (second < ends_s, (second - starts_s) // length_s + first)
            for first, starts_s, ends_s, length_s in _runs(starts)
        ),
        else_=len(starts) - 2,
    )


def _second(dialect: str) -> ColumnElement[int]:
    """The Unix time of the request, whole seconds; stored times have fractions."""
    if dialect == "sqlite":
        return cast(func.strftime("%s", LEDGER.c.task_created_at), BigInteger)
    return cast(func.floor(extract("epoch", LEDGER.c.task_created_at)), BigInteger)


def _runs(starts: Sequence[datetime]) -> Iterator[tuple[int, int, int, int]]:
    """Successive days of the same length: the number of the first, its start, the end of the last, and the length."""
    seconds = [int(start.timestamp()) for start in starts]
    first = 0
    for number, (starts_s, ends_s) in enumerate(pairwise(seconds)):
        length_s = ends_s - starts_s
        is_last = number == len(seconds) - 2
        if is_last or seconds[number + 2] - ends_s != length_s:
            yield first, seconds[first], ends_s, length_s
            first = number + 1
