"""Places in a sorted list, as opaque text."""

from __future__ import annotations

import binascii
import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, FromClause, and_, literal, or_, type_coerce

from kaimedia.errors import InvalidRequest
from kaimedia.store.columns import MomentKey

MAX_LENGTH = 200


class Place(NamedTuple):
    """After which row a page begins: when it was created, as the database compares it, its id, perhaps its length."""

    created_at: str
    id: int
    length: int | None = None


def bound(listing: str, **asked: object) -> str:
    """The name of a listing under this order and these filters: a place in one means nothing in another."""
    given = sorted((name, str(value)) for name, value in asked.items() if value is not None)
    return f"{listing} {hashlib.sha256(repr(given).encode()).hexdigest()[:12]}"


def encode(listing: str, place: Place) -> str:
    """The cursor of a place in `listing`; it is good for that listing only."""
    return urlsafe_b64encode(json.dumps([listing, *place]).encode()).decode().rstrip("=")


def decode(listing: str, cursor: str) -> Place:
    """The place a cursor names.

    Raises:
        InvalidRequest: The text is not a cursor of this listing.
    """
    try:
        if len(cursor) > MAX_LENGTH or not cursor.isascii():
            raise ValueError("not one of ours")
        kind, created_at, row_id, length = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        numbers = (row_id,) if length is None else (row_id, length)
        if kind != listing or not all(type(each) is int and 0 <= each < 2**31 for each in numbers):
            raise ValueError("of another listing")
        datetime.fromisoformat(created_at)
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise InvalidRequest(
            "This page marker is not one of this list, sorted and filtered as it is.",
            field="cursor",
            next_step="Start again from the first page.",
        ) from error
    return Place(created_at, row_id, length)


def key(table: FromClause) -> ColumnElement[str]:
    """The column to select so that a `Place` can be made of a row."""
    return type_coerce(table.c.created_at, MomentKey).label("place")


def beyond(table: FromClause, place: Place, *, newest_first: bool) -> ColumnElement[bool]:
    """The rows after `place` in the listing's order."""
    moment = literal(place.created_at, MomentKey)
    created_at = type_coerce(table.c.created_at, MomentKey)
    if newest_first:
        return or_(created_at < moment, and_(created_at == moment, table.c.id < place.id))
    return or_(created_at > moment, and_(created_at == moment, table.c.id > place.id))


def order(table: FromClause, *, newest_first: bool) -> tuple[ColumnElement[datetime], ColumnElement[int]]:
    """The order of a listing: by creation, the id decides between equals."""
    if newest_first:
        return table.c.created_at.desc(), table.c.id.desc()
    return table.c.created_at.asc(), table.c.id.asc()
