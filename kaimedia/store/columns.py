"""Column types that behave the same on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, REAL, Boolean, Column, DateTime, Double, Integer, String, Text, false, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

NOW = text("CURRENT_TIMESTAMP")


class UtcDateTime(TypeDecorator[datetime]):
    """A timezone-aware datetime with microseconds.

    SQLite stores it as `YYYY-MM-DD HH:MM:SS.ffffff` in UTC, so that text order is time order;
    PostgreSQL as `timestamptz`. Values read are always aware and in UTC, also for rows that a
    script wrote with `CURRENT_TIMESTAMP`.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sqlite.DATETIME())  # type: ignore[no-untyped-call]
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored datetime must be timezone-aware")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _in_utc(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        """On SQLite, what the driver returns is converted in one call: SQLAlchemy's two take longer than all else."""
        return _from_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


_OURS_CHARS = len("2026-11-22 10:00:00.000000")  # as SQLAlchemy writes them; scripts may write others


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _from_text(stored: str | None) -> datetime | None:
    if stored is None:
        return None
    if len(stored) == _OURS_CHARS and stored[19] == "." and stored[20:].isdecimal():
        return datetime.fromisoformat(stored + "+00:00")
    moment = datetime.fromisoformat(stored)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class MomentKey(TypeDecorator[str]):
    """A stored datetime as the database compares it: the raw text on SQLite, ISO 8601 from PostgreSQL.

    Used in cursors. Otherwise a row that a script wrote with second precision would compare
    as earlier than its own parsed value and appear twice.
    """

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "sqlite":
            return value
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        if value is None or dialect.name == "sqlite":
            return None if value is None else str(value)
        return str(value.astimezone(UTC).isoformat())

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], str | None] | None:
        """On SQLite, what the driver returns is the text already."""
        return None if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def real() -> TypeEngine[float]:
    """An 8-byte float; SQLite's `REAL` has 8 bytes, PostgreSQL's only 4."""
    return REAL().with_variant(Double(), "postgresql")


def json_value() -> TypeEngine[Any]:
    """A JSON value: text on SQLite, `jsonb` on PostgreSQL (its `json` cannot even be compared)."""
    return JSON().with_variant(JSONB(), "postgresql")


def text_column(default: str | None = None) -> Any:
    """A text column that is never NULL, with `default` in the database."""
    return Column(Text, nullable=False, server_default=None if default is None else text(f"'{default}'"))


def time_column() -> Any:
    """A datetime column that is never NULL, by default the current time."""
    return Column(UtcDateTime, nullable=False, server_default=NOW)


def json_column(default: str) -> Any:
    """A JSON column that is never NULL, with `default` (JSON text) in the database."""
    return Column(json_value(), nullable=False, server_default=text(f"'{default}'"))


def flag_column() -> Any:
    """A Boolean column that is never NULL, by default false."""
    return Column(Boolean, nullable=False, server_default=false())


def count_column(default: int) -> Any:
    """A whole number column that is never NULL, with `default` in the database."""
    return Column(Integer, nullable=False, server_default=text(str(default)))
