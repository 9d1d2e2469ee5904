"""Split many values into chunks that fit into one SQL statement."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

SIZE = 10_000  # SQLite allows 32,766 values in a statement, PostgreSQL 65,535


def chunks(values: Collection[T], size: int = SIZE) -> Iterator[list[T]]:
    """The values in order, at most `size` per chunk; no chunk if there are no values."""
    remaining = iter(values)
    while chunk := list(islice(remaining, size)):
        yield chunk
