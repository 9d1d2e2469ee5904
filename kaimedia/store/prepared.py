"""SELECTs that run all the time, compiled once."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import orjson
from pydantic_core import from_json
from sqlalchemy import Column, ColumnElement, Select, bindparam, func, literal, select
from sqlalchemy.dialects.sqlite import pysqlite
from sqlmodel import Session

MOST_ROWS = 2**31 - 1
KEPT_LISTS = 250  # statements that are kept; a list of another length makes another statement
Reader = Session | sqlite3.Cursor
Convert = Callable[[Any], Any]


def _from_json(text: str) -> Any:
    """As `json.loads`, which takes ten times as long; whole numbers of any length stay exact."""
    try:
        return from_json(text)
    except ValueError:  # half of a surrogate pair, which a script may have written
        return json.loads(text)


_SQLITE = pysqlite.dialect(paramstyle="named", json_deserializer=_from_json)


def is_in_list(column: Column[Any], count: int) -> ColumnElement[bool]:
    """Whether a column is one of `count` values; the statement runs with their `in_list`."""
    return column.in_([bindparam(f"in_{number}", type_=column.type) for number in range(count)])


def in_list(values: Sequence[Any]) -> dict[str, Any]:
    """The values of `is_in_list`."""
    return {f"in_{number}": value for number, value in enumerate(values)}


def is_one_of(column: Column[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """`column.in_(values)` for a prepared statement: SQLAlchemy would only write the list into it when it runs."""
    return column.in_([literal(value, column.type) for value in values])


class PreparedSelect:
    """A SELECT whose values are given by name when it runs: `bindparam("task_id")`, or a list by `is_in_list`.

    On SQLite it is run by the driver itself: SQLAlchemy takes ten times as long as SQLite takes to find a row. On
    PostgreSQL, where each statement waits for the server, SQLAlchemy runs it.

    With `has_many_rows`, SQLite returns them as one JSON text: the driver releases the interpreter lock for each row,
    and with busy threads waits for it as often. For columns of text and whole numbers only: JSON shortens others.
    """

    def __init__(self, statement: Select[Any], *, has_many_rows: bool = False) -> None:
        self._statement = statement
        self._has_many_rows = has_many_rows

    def rows(self, reader: Reader, **values: Any) -> list[Mapping[Any, Any]]:
        """The rows by column name; `reader` comes from `Database.read_prepared`."""
        if isinstance(reader, Session):
            return [row._mapping for row in reader.execute(self._statement, values)]
        return self._on_sqlite.rows(reader, values)

    def one(self, reader: Reader, **values: Any) -> Mapping[Any, Any] | None:
        """The only row, None if there is none."""
        found = self.rows(reader, **values)
        return found[0] if found else None

    @cached_property
    def _on_sqlite(self) -> _SqliteSelect:
        return _SqliteSelect(self._statement, in_one_row=self._has_many_rows)


class _SqliteSelect:
    """The statement as text, and what converts its values and columns, as SQLAlchemy would."""

    def __init__(self, statement: Select[Any], *, in_one_row: bool) -> None:
        run = _as_json(statement) if in_one_row else statement
        compiled = run.compile(dialect=_SQLITE, compile_kwargs={"render_postcompile": True})
        self._is_in_one_row = in_one_row
        self._sql = str(compiled)
        self._known = dict(compiled.params)  # values that are part of the statement
        self._bind = _converters(
            (name, bind.type.dialect_impl(_SQLITE).bind_processor(_SQLITE))
            for bind, name in compiled.bind_names.items()
        )
        columns = list(statement.selected_columns)
        self._names = tuple(str(column.key) for column in columns)
        self._convert = _converters(
            (str(column.key), column.type.dialect_impl(_SQLITE).result_processor(_SQLITE, None)) for column in columns
        )

    def rows(self, cursor: sqlite3.Cursor, values: Mapping[str, Any]) -> list[Mapping[Any, Any]]:
        bound = {**self._known, **values}
        for name, convert in self._bind:
            bound[name] = convert(bound[name])
        fetched: Iterable[Sequence[Any]] = cursor.execute(self._sql, bound).fetchall()
        if self._is_in_one_row:
            ((text,),) = fetched
            fetched = orjson.loads(text)
        found: list[Mapping[Any, Any]] = []
        for values_of_row in fetched:
            row = dict(zip(self._names, values_of_row, strict=True))
            for name, convert in self._convert:
                row[name] = convert(row[name])
            found.append(row)
        return found


def _as_json(statement: Select[Any]) -> Select[Any]:
    """The rows of a statement as one JSON text: a list of lists."""
    rows = statement.limit(MOST_ROWS).subquery()  # without a limit, SQLite may leave out the order
    return select(func.json_group_array(func.json_array(*rows.c)))


def _converters(pairs: Iterable[tuple[str, Convert | None]]) -> tuple[tuple[str, Convert], ...]:
    return tuple((name, convert) for name, convert in pairs if convert is not None)
