"""Turn a `MediaQuery` into SQL: which rows, in which order, after which position."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, bindparam, literal, or_, select, text, true, type_coerce

from kaimedia.domain import GalleryView, MediaQuery, Sort
from kaimedia.store import cursors
from kaimedia.store.columns import MomentKey
from kaimedia.store.database.database import Database
from kaimedia.store.media import search, search_index
from kaimedia.store.tables import (
    BROKEN,
    COLLECTION_MEDIA,
    FAVORITE,
    IN_GALLERY,
    IN_TRASH,
    MEDIA,
    MEDIA_TAGS,
    TASKS,
    WORKING,
)

VIEWS = {
    GalleryView.FINISHED: IN_GALLERY,
    GalleryView.WORKING: WORKING,
    GalleryView.FAILED: BROKEN,
    GalleryView.TRASH: IN_TRASH,
}


def fold(name: str) -> str:
    """The normalized name, equal for all spellings of one tag or collection."""
    return unicodedata.normalize("NFC", name).casefold()


class QueryFilters:
    """The conditions of queries on one database. Safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._has_index: bool | None = None  # not known yet

    def conditions(self, query: MediaQuery) -> list[ColumnElement[bool]]:
        """The conditions of a query, without its cursor.

        Raises:
            StoreUnavailable: The database does not answer.
        """
        if self._has_index is None:
            with self._database.read() as session:
                self._has_index = search_index.is_there(session.connection())
        return _conditions(query, self._database.dialect, has_index=self._has_index)


def _conditions(query: MediaQuery, dialect: str, *, has_index: bool) -> list[ColumnElement[bool]]:
    is_favorites = query.favorites_only and query.view is GalleryView.FINISHED
    conditions: list[Any] = [text(FAVORITE if is_favorites else VIEWS[query.view])]
    if query.favorites_only and not is_favorites:
        conditions.append(MEDIA.c.is_favorite)
    if query.media_type is not None:
        conditions.append(MEDIA.c.media_type == query.media_type.value)
    if query.model is not None:
        conditions.append(MEDIA.c.model == query.model)
    created_at = type_coerce(MEDIA.c.created_at, MomentKey)
    if query.created_from is not None:
        conditions.append(created_at >= literal(_moment(query.created_from), MomentKey))
    if query.created_before is not None:
        conditions.append(created_at < literal(_moment(query.created_before), MomentKey))
    if query.tag is not None:
        conditions.append(MEDIA.c.id.in_(select(MEDIA_TAGS.c.media_id).where(MEDIA_TAGS.c.folded == fold(query.tag))))
    if query.collection_id is not None:
        members = select(COLLECTION_MEDIA.c.media_id).where(COLLECTION_MEDIA.c.collection_id == query.collection_id)
        conditions.append(MEDIA.c.id.in_(members))
    if query.batch_id is not None:
        conditions.append(MEDIA.c.task_id.in_(select(TASKS.c.task_id).where(TASKS.c.batch_id == query.batch_id)))
    matches = search.condition(query.text or "", dialect, has_index=has_index)
    return conditions if matches is None else [*conditions, matches]


def order(sort: Sort) -> tuple[ColumnElement[Any], ...]:
    """The order of a query's rows; ties are ordered by id."""
    by_time = cursors.order(MEDIA, newest_first=sort is not Sort.OLDEST)
    return (MEDIA.c.duration.desc().nulls_last(), *by_time) if sort is Sort.LONGEST else by_time


def position_of(query: MediaQuery) -> cursors.Position | None:
    """The position of the query's cursor, None without a cursor.

    Raises:
        InvalidRequest: The cursor does not belong to this listing.
    """
    return None if query.cursor is None else cursors.decode(_name(query), query.cursor)


class PageStart(Enum):
    """Where a page starts, as far as its statement depends on it."""

    FIRST_ROW = "first row"
    AFTER_ROW = "after row"
    AFTER_ROW_WITHOUT_LENGTH = "after row without length"  # of a listing by length


def start_at(position: cursors.Position | None) -> PageStart:
    """Where the page after a position starts."""
    if position is None:
        return PageStart.FIRST_ROW
    return PageStart.AFTER_ROW_WITHOUT_LENGTH if position.length is None else PageStart.AFTER_ROW


def after(sort: Sort, start: PageStart) -> ColumnElement[bool]:
    """The condition for rows after a position; the statement runs with the position's `values`."""
    beyond = cursors.beyond(MEDIA, newest_first=sort is not Sort.OLDEST)
    if start is PageStart.FIRST_ROW:
        return true()
    if sort is not Sort.LONGEST:
        return beyond
    length, after_length = MEDIA.c.duration, bindparam("after_length", type_=Integer)
    if start is PageStart.AFTER_ROW_WITHOUT_LENGTH:
        return and_(length.is_(None), beyond)
    return or_(length < after_length, length.is_(None), and_(length == after_length, beyond))


def values(position: cursors.Position | None) -> dict[str, Any]:
    """What a statement with `after` runs with; nothing without a position."""
    known = cursors.values(position)
    return known if position is None or position.length is None else known | {"after_length": position.length}


def cursor_after(query: MediaQuery, last: Mapping[Any, Any]) -> str:
    """The cursor after the last row of a page; the row must include `cursors.key`."""
    length = last["duration"] if query.sort is Sort.LONGEST else None
    return cursors.encode(_name(query), cursors.Position(last["position"], last["id"], length))


def _name(query: MediaQuery) -> str:
    # Named as in earlier versions, whose cursors stay valid.
    names = {"text": "words", "view": "shelf"}
    left_out = {"limit", "cursor"} | (set() if query.batch_id else {"batch_id"})
    hashed = (each.name for each in fields(query) if each.name not in left_out)
    values = {names.get(name, name): getattr(query, name) for name in hashed}
    return cursors.bound("media", **values)


def _moment(moment: datetime) -> str:
    """The text the database compares: a whole second has no fraction, as in rows written by scripts."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
