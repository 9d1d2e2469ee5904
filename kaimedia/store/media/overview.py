"""Data about the whole gallery: id index, counts, change count. Few wide rows instead of many small ones.

The driver releases the interpreter lock for each row; with busy threads, a hundred thousand rows would wait for
it as often. So the database concatenates the values into one long text.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate
from math import log
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, case, cast, func, literal, select, text

from kaimedia.domain import Counts, GalleryView, IdIndex, MediaQuery, Modality, Sort
from kaimedia.store.database.database import Database
from kaimedia.store.media import listing
from kaimedia.store.prepared import PreparedSelect, Reader
from kaimedia.store.tables import GALLERY_CHANGES, MEDIA

ASPECT_CODES = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
NARROWEST, WIDEST = 0.56, 2.1  # width to height
_CHANGES = PreparedSelect(select(func.sum(GALLERY_CHANGES.c.number).label("number")))
_STEP = log(WIDEST / NARROWEST) / (len(ASPECT_CODES) - 1)


@lru_cache(maxsize=4096)
def aspect_code(shape: str) -> str:
    """The code of an aspect ratio, "width:height": the nearest of 64 steps from 0.56 to 2.1; square if invalid."""
    across, _, down = shape.partition(":")
    try:
        ratio = float(across) / float(down)
        ratio = min(max(ratio, NARROWEST), WIDEST) if ratio > 0 else 1.0
    except (ValueError, ZeroDivisionError):
        ratio = 1.0
    return ASPECT_CODES[round(log(ratio / NARROWEST) / _STEP)]


class GalleryOverview:
    """Reads whole listings. Safe to share between threads; every method may raise `StoreUnavailable`."""

    def __init__(self, database: Database, filters: listing.QueryFilters) -> None:
        self._database = database
        self._filters = filters

    def id_index(self, query: MediaQuery) -> IdIndex:
        """Every id a query finds, in order, with aspect ratios and months. The query's cursor and limit are ignored."""
        with self._database.read() as session:
            row = session.execute(self._outlined(query)).one()
        if row.ids is None:
            return IdIndex((), "")
        months = Counter(row.months.split(",")) if query.sort is not Sort.LONGEST else {}
        starts = accumulate(months.values(), initial=0)
        return IdIndex(
            ids=tuple(map(int, row.ids.split(","))),
            ratios="".join(map(aspect_code, row.shapes.split(","))),
            months=tuple(zip(months, starts, strict=False)),  # a Counter keeps insertion order
        )

    def _outlined(self, query: MediaQuery) -> Select[str, str, str]:
        has_shape = (MEDIA.c.width_px > 0) & (MEDIA.c.height_px > 0)
        measured = cast(MEDIA.c.width_px, Text) + literal(":") + cast(MEDIA.c.height_px, Text)
        if self._database.dialect == "postgresql":
            month = func.to_char(func.timezone("UTC", MEDIA.c.created_at), "YYYY-MM")
        else:
            month = func.substr(cast(MEDIA.c.created_at, Text), 1, 7)
        each = (
            select(
                cast(MEDIA.c.id, Text).label("id"),
                case((has_shape, measured), else_=func.replace(MEDIA.c.aspect_ratio, ",", ".")).label("shape"),
                month.label("month"),
            )
            .where(*self._filters.conditions(query))
            .order_by(*listing.order(query.sort))
            .limit(2**31 - 1)  # so that SQLite keeps the order
            .subquery()
        )
        return select(
            func.aggregate_strings(each.c.id, ",").label("ids"),
            func.aggregate_strings(each.c.shape, ",").label("shapes"),
            func.aggregate_strings(each.c.month, ",").label("months"),
        )

    def counts(self, query: MediaQuery) -> Counts:
        """How many items there are by kind, among favorites and in the other views."""
        kinds = replace(query, media_type=None, favorites_only=False)
        is_image = MEDIA.c.media_type == Modality.IMAGE.value
        found = select(
            func.count().label("all"),
            _number(is_image).label("images"),
            _number(MEDIA.c.is_favorite).label("favorites"),
            _number(MEDIA.c.is_favorite & is_image).label("favorite_images"),
        ).where(*self._filters.conditions(kinds))
        with self._database.read() as session:
            row = session.execute(found).one()
            on = {
                view: session.execute(_whole(view)).scalar_one()
                for view in GalleryView
                if view is not GalleryView.FINISHED
            }
        favorites = _by_kind(row.favorites, row.favorite_images)
        every = favorites if query.favorites_only else _by_kind(row.all, row.images)
        return Counts(
            all=every[None],
            images=every[Modality.IMAGE],
            videos=every[Modality.VIDEO],
            favorites=favorites[query.media_type],
            working=on[GalleryView.WORKING],
            failed=on[GalleryView.FAILED],
            trash=on[GalleryView.TRASH],
        )

    def change_count(self) -> str:
        """A short text that changes whenever the items or order of any listing change."""
        with self._database.read_prepared() as reader:
            return change_count(reader)


def change_count(reader: Reader) -> str:
    """The same, within a transaction."""
    (found,) = _CHANGES.rows(reader)
    return f"{int(found['number'] or 0):x}"


def _whole(view: GalleryView) -> Select[int]:
    return select(func.count()).select_from(MEDIA).where(text(listing.VIEWS[view]))


def _number(condition: Any) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _by_kind(every: int, images: int) -> dict[Modality | None, int]:
    return {None: every, Modality.IMAGE: images, Modality.VIDEO: every - images}
