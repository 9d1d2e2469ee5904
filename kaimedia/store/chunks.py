"""Many values in pieces that a statement can hold."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

SIZE = 10_000  # SQLite takes 32,766 values in a statement, PostgreSQL 65,535


def chunks(values: Collection[T], size: int = SIZE) -> Iterator[list[T]]:
    """The values in order, at most `size` at a time; nothing for nothing."""
    rest = iter(values)
    while piece := list(islice(rest, size)):
        yield piece
