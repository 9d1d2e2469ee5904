"""Positions in a sorted list, as opaque text."""

from __future__ import annotations

import binascii
import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, FromClause, Integer, and_, bindparam, or_, type_coerce

from kaimedia.errors import InvalidRequest
from kaimedia.store.columns import MomentKey

MAX_LENGTH = 200


class Position(NamedTuple):
    """The row after which a page starts: its creation time as the database compares it, id, and optional duration."""

    created_at: str
    id: int
    length: int | None = None


def bound(listing: str, **filters: object) -> str:
    """The name of a listing with this order and these filters; a position is valid only in the same one."""
    used = sorted((name, str(value)) for name, value in filters.items() if value is not None)
    return f"{listing} {hashlib.sha256(repr(used).encode()).hexdigest()[:12]}"


def encode(listing: str, position: Position) -> str:
    """The cursor for a position in `listing`; valid only for that listing."""
    return urlsafe_b64encode(json.dumps([listing, *position]).encode()).decode().rstrip("=")


def decode(listing: str, cursor: str) -> Position:
    """The position a cursor stands for.

    Raises:
        InvalidRequest: The text is not a cursor of this listing.
    """
    try:
        if len(cursor) > MAX_LENGTH or not cursor.isascii():
            raise ValueError("not a cursor")
        kind, created_at, row_id, length = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        numbers = (row_id,) if length is None else (row_id, length)
        if kind != listing or not all(type(each) is int and 0 <= each < 2**31 for each in numbers):
            raise ValueError("from another listing")
        datetime.fromisoformat(created_at)
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise InvalidRequest(
            "This cursor does not belong to this list with its current sort order and filters.",
            field="cursor",
            next_step="Start again from the first page.",
        ) from error
    return Position(created_at, row_id, length)


def key(table: FromClause) -> ColumnElement[str]:
    """The column to select so that a `Position` can be made from a row."""
    return type_coerce(table.c.created_at, MomentKey).label("position")


def beyond(table: FromClause, *, newest_first: bool) -> ColumnElement[bool]:
    """The rows after a position in the listing's order; the statement runs with its `values`."""
    moment, row_id = bindparam("after_moment", type_=MomentKey), bindparam("after_id", type_=Integer)
    created_at = type_coerce(table.c.created_at, MomentKey)
    if newest_first:
        return or_(created_at < moment, and_(created_at == moment, table.c.id < row_id))
    return or_(created_at > moment, and_(created_at == moment, table.c.id > row_id))


def values(position: Position | None) -> dict[str, Any]:
    """What a statement with `beyond` runs with; nothing without a position."""
    return {} if position is None else {"after_moment": position.created_at, "after_id": position.id}


def order(table: FromClause, *, newest_first: bool) -> tuple[ColumnElement[datetime], ColumnElement[int]]:
    """The order of a listing: by creation time, then id."""
    if newest_first:
        return table.c.created_at.desc(), table.c.id.desc()
    return table.c.created_at.asc(), table.c.id.asc()
