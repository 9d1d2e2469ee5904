"""The gallery as a whole: outline, counts, revision. Few wide rows instead of many small ones.

The driver gives up the interpreter at each row it steps to; among busy threads a hundred thousand steps would wait
for their turn as often. So the database joins what belongs together into one long text.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate
from math import log
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, case, cast, func, literal, select, text

from kaimedia.domain import Counts, MediaQuery, Modality, Outline, Shelf, Sort
from kaimedia.store import listing, search_index
from kaimedia.store.database import Database
from kaimedia.store.tables import GALLERY_CHANGES, MEDIA

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
NARROWEST, WIDEST = 0.56, 2.1  # width to height
_STEP = log(WIDEST / NARROWEST) / (len(LETTERS) - 1)


@lru_cache(maxsize=4096)
def letter(shape: str) -> str:
    """The letter of a shape given as "width:height": the nearest of 64 steps from 0.56 to 2.1; nonsense is a square."""
    across, _, down = shape.partition(":")
    try:
        ratio = float(across) / float(down)
        ratio = min(max(ratio, NARROWEST), WIDEST) if ratio > 0 else 1.0
    except (ValueError, ZeroDivisionError):
        ratio = 1.0
    return LETTERS[round(log(ratio / NARROWEST) / _STEP)]


class Outlines:
    """The part of `MediaStore` that looks at whole listings."""

    _db: Database
    _has_index: bool | None = None  # not known yet

    def _conditions(self, query: MediaQuery) -> list[ColumnElement[bool]]:
        if self._has_index is None:
            with self._db.read() as session:
                self._has_index = search_index.is_there(session.connection())
        return listing.filters(query, self._db.dialect, has_index=self._has_index)

    def outline(self, query: MediaQuery) -> Outline:
        """Every id a query finds, in order, with shapes and months. The query's page is not looked at."""
        with self._db.read() as session:
            row = session.execute(self._outlined(query)).one()
        if row.ids is None:
            return Outline((), "")
        months = Counter(row.months.split(",")) if query.sort is not Sort.LONGEST else {}
        starts = accumulate(months.values(), initial=0)
        return Outline(
            ids=tuple(map(int, row.ids.split(","))),
            ratios="".join(map(letter, row.shapes.split(","))),
            months=tuple(zip(months, starts, strict=False)),  # a Counter keeps the order of first meeting
        )

    def _outlined(self, query: MediaQuery) -> Select[str, str, str]:
        has_shape = (MEDIA.c.width_px > 0) & (MEDIA.c.height_px > 0)
        measured = cast(MEDIA.c.width_px, Text) + literal(":") + cast(MEDIA.c.height_px, Text)
        if self._db.dialect == "postgresql":
            month = func.to_char(func.timezone("UTC", MEDIA.c.created_at), "YYYY-MM")
        else:
            month = func.substr(cast(MEDIA.c.created_at, Text), 1, 7)
        each = (
            select(
                cast(MEDIA.c.id, Text).label("id"),
                case((has_shape, measured), else_=func.replace(MEDIA.c.aspect_ratio, ",", ".")).label("shape"),
                month.label("month"),
            )
            .where(*self._conditions(query))
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
        """How many there are by kind, among favourites and on the other shelves."""
        kinds = replace(query, media_type=None, favorites_only=False)
        is_image = MEDIA.c.media_type == Modality.IMAGE.value
        found = select(
            func.count().label("all"),
            _number(is_image).label("images"),
            _number(MEDIA.c.is_favorite).label("favorites"),
            _number(MEDIA.c.is_favorite & is_image).label("favorite_images"),
        ).where(*self._conditions(kinds))
        with self._db.read() as session:
            row = session.execute(found).one()
            on = {shelf: session.execute(_whole(shelf)).scalar_one() for shelf in Shelf if shelf is not Shelf.FINISHED}
        favorites = _by_kind(row.favorites, row.favorite_images)
        every = favorites if query.favorites_only else _by_kind(row.all, row.images)
        return Counts(
            all=every[None],
            images=every[Modality.IMAGE],
            videos=every[Modality.VIDEO],
            favorites=favorites[query.media_type],
            working=on[Shelf.WORKING],
            failed=on[Shelf.FAILED],
            trash=on[Shelf.TRASH],
        )

    def revision(self) -> str:
        """A short text that changes whenever membership or order of any listing does."""
        with self._db.read() as session:
            return f"{int(session.execute(select(func.sum(GALLERY_CHANGES.c.number))).scalar_one() or 0):x}"


def _whole(shelf: Shelf) -> Select[int]:
    return select(func.count()).select_from(MEDIA).where(text(listing.SHELVES[shelf]))


def _number(condition: Any) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _by_kind(every: int, images: int) -> dict[Modality | None, int]:
    return {None: every, Modality.IMAGE: images, Modality.VIDEO: every - images}
