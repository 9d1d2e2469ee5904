"""Parts of SQL statements that depend on the database: its limits and its INSERT."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

T = TypeVar("T")

SIZE = 10_000  # SQLite allows 32,766 values in a statement, PostgreSQL 65,535


def chunks(values: Collection[T], size: int = SIZE) -> Iterator[list[T]]:
    """The values in order, at most `size` per chunk; no chunk if there are no values."""
    remaining = iter(values)
    while chunk := list(islice(remaining, size)):
        yield chunk


def insert_into(session: Session, table: Table) -> postgresql.Insert | sqlite.Insert:
    """The INSERT of the session's database, which has `on_conflict_…` for rows that exist already."""
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    return postgresql.insert(table) if is_postgresql else sqlite.insert(table)


def insert_new(session: Session, table: Table, rows: Iterable[dict[str, Any]]) -> int:
    """Insert rows with a `media_id` that do not exist yet; returns how many were inserted."""
    added = 0
    for batch in chunks(list(rows), 3000):  # each row takes up to three of a statement's 32,766 values
        statement = insert_into(session, table).values(list(batch)).on_conflict_do_nothing().returning(table.c.media_id)
        added += len(session.execute(statement).all())
    return added
