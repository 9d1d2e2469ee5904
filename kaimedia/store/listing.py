"""A `MediaQuery` as SQL: which rows, in which order, and after which place."""

from __future__ import annotations

import unicodedata
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, literal, or_, select, text, type_coerce

from kaimedia.domain import MediaQuery, Shelf, Sort
from kaimedia.store import cursors, search
from kaimedia.store.columns import MomentKey
from kaimedia.store.tables import (
    BROKEN,
    COLLECTION_MEDIA,
    FAVORITE,
    IN_GALLERY,
    IN_TRASH,
    MEDIA,
    MEDIA_TAGS,
    WORKING,
)

SHELVES = {Shelf.FINISHED: IN_GALLERY, Shelf.WORKING: WORKING, Shelf.FAILED: BROKEN, Shelf.TRASH: IN_TRASH}


def fold(name: str) -> str:
    """What two spellings of one tag or collection have in common."""
    return unicodedata.normalize("NFC", name).casefold()


def filters(query: MediaQuery, dialect: str, *, has_index: bool) -> list[ColumnElement[bool]]:
    """The conditions of a query, its place apart."""
    is_favorites = query.favorites_only and query.shelf is Shelf.FINISHED
    wanted: list[Any] = [text(FAVORITE if is_favorites else SHELVES[query.shelf])]
    if query.favorites_only and not is_favorites:
        wanted.append(MEDIA.c.is_favorite)
    if query.media_type is not None:
        wanted.append(MEDIA.c.media_type == query.media_type.value)
    if query.model is not None:
        wanted.append(MEDIA.c.model == query.model)
    created_at = type_coerce(MEDIA.c.created_at, MomentKey)
    if query.created_from is not None:
        wanted.append(created_at >= literal(_moment(query.created_from), MomentKey))
    if query.created_before is not None:
        wanted.append(created_at < literal(_moment(query.created_before), MomentKey))
    if query.tag is not None:
        wanted.append(MEDIA.c.id.in_(select(MEDIA_TAGS.c.media_id).where(MEDIA_TAGS.c.folded == fold(query.tag))))
    if query.collection_id is not None:
        members = select(COLLECTION_MEDIA.c.media_id).where(COLLECTION_MEDIA.c.collection_id == query.collection_id)
        wanted.append(MEDIA.c.id.in_(members))
    words = search.condition(query.words or "", dialect, has_index=has_index)
    return wanted if words is None else [*wanted, words]


def order(sort: Sort) -> tuple[ColumnElement[Any], ...]:
    """The order of a query's rows; the id decides between equals."""
    by_time = cursors.order(MEDIA, newest_first=sort is not Sort.OLDEST)
    return (MEDIA.c.duration.desc().nulls_last(), *by_time) if sort is Sort.LONGEST else by_time


def after(query: MediaQuery) -> ColumnElement[bool] | None:
    """The rows beyond the query's cursor, None without one.

    Raises:
        InvalidRequest: The cursor is not one of this listing.
    """
    if query.cursor is None:
        return None
    place = cursors.decode(_name(query), query.cursor)
    beyond = cursors.beyond(MEDIA, place, newest_first=query.sort is not Sort.OLDEST)
    if query.sort is not Sort.LONGEST:
        return beyond
    length = MEDIA.c.duration
    if place.length is None:
        return and_(length.is_(None), beyond)
    return or_(length < place.length, length.is_(None), and_(length == place.length, beyond))


def cursor_after(query: MediaQuery, last: Row[Any]) -> str:
    """The cursor after the last row of a page, which holds `cursors.key` too."""
    length = last.duration if query.sort is Sort.LONGEST else None
    return cursors.encode(_name(query), cursors.Place(last.place, last.id, length))


def _name(query: MediaQuery) -> str:
    asked = {each.name: getattr(query, each.name) for each in fields(query) if each.name not in ("limit", "cursor")}
    return cursors.bound("media", **asked)


def _moment(moment: datetime) -> str:
    """As the database compares it: a full second without its fraction, which rows of scripts lack."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
