"""Many values in statements of limited size."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

T = TypeVar("T")

SIZE = 10_000  # SQLite allows 32,766 values in a statement, PostgreSQL 65,535


def chunks(values: Collection[T], size: int = SIZE) -> Iterator[list[T]]:
    """The values in order, at most `size` per chunk; no chunk if there are no values."""
    remaining = iter(values)
    while chunk := list(islice(remaining, size)):
        yield chunk


def insert_new(session: Session, table: Any, rows: Iterable[dict[str, Any]]) -> int:
    """Insert rows with a `media_id` that do not exist yet; returns how many were inserted."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    added = 0
    for batch in chunks(list(rows), 3000):  # each row takes up to three of a statement's 32,766 values
        statement = dialect.insert(table).values(list(batch)).on_conflict_do_nothing().returning(table.c.media_id)
        added += len(session.execute(statement).all())
    return added
