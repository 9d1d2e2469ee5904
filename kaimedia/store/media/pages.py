"""Pages of media."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from sqlalchemy import Integer, bindparam, func, select

from kaimedia.domain import Media, MediaQuery, Page
from kaimedia.store import cursors
from kaimedia.store.database.database import Database
from kaimedia.store.media import listing
from kaimedia.store.media.overview import change_count
from kaimedia.store.prepared import PreparedSelect, Reader
from kaimedia.store.rows import media_from_columns
from kaimedia.store.tables import MEDIA

KEPT_STATEMENTS = 100


class MediaPages:
    """Pages of what a query finds. Safe to share between threads; every method may raise `StoreUnavailable`."""

    def __init__(self, database: Database, filters: listing.QueryFilters) -> None:
        self._database = database
        self._filters = filters
        self._rows = lru_cache(KEPT_STATEMENTS)(self._prepare_rows)
        self._totals: dict[MediaQuery, tuple[str, int]] = {}  # with the change count that they belong to
        self._count = lru_cache(KEPT_STATEMENTS)(self._prepare_count)

    def page(self, query: MediaQuery) -> Page[Media]:
        """One page of the gallery.

        Raises:
            InvalidRequest: The cursor does not belong to this listing.
        """
        listed = replace(query, limit=0, cursor=None)
        count = self._count(listed)
        with self._database.read_prepared() as reader:
            total = self._total(reader, listed, count)
            return Page(*self._page(reader, query), total)

    def without_total(self, query: MediaQuery) -> tuple[tuple[Media, ...], str | None]:
        """Items and next cursor of a page, without the total, which is slower than both.

        Raises:
            InvalidRequest: The cursor does not belong to this listing.
        """
        with self._database.read_prepared() as reader:
            return self._page(reader, query)

    def _total(self, reader: Reader, listed: MediaQuery, count: PreparedSelect) -> int:
        """Counted again only after the gallery has changed: that reads the whole listing."""
        changes = change_count(reader)
        known = self._totals.get(listed)
        if known is not None and known[0] == changes:
            return known[1]
        (counted,) = count.rows(reader)
        if len(self._totals) >= KEPT_STATEMENTS:
            self._totals.clear()
        self._totals[listed] = changes, counted["number"]
        return int(counted["number"])

    def _page(self, reader: Reader, query: MediaQuery) -> tuple[tuple[Media, ...], str | None]:
        position = listing.position_of(query)
        statement = self._rows(replace(query, limit=0, cursor=None), listing.start_at(position))
        found = statement.rows(reader, limit=query.limit + 1, **listing.values(position))
        rows = found[: query.limit]
        next_cursor = listing.cursor_after(query, rows[-1]) if len(found) > len(rows) else None
        return tuple(map(media_from_columns, rows)), next_cursor

    def _prepare_rows(self, query: MediaQuery, start: listing.PageStart) -> PreparedSelect:
        # First the ids: sorting whole rows would include all their text.
        ids = select(MEDIA.c.id).where(*self._filters.conditions(query), listing.after(query.sort, start))
        order = listing.order(query.sort)
        ids = ids.order_by(*order).limit(bindparam("limit", type_=Integer)).correlate(None)
        rows = select(MEDIA, cursors.key(MEDIA)).where(MEDIA.c.id.in_(ids)).order_by(*order)
        return PreparedSelect(rows, has_many_rows=True)

    def _prepare_count(self, query: MediaQuery) -> PreparedSelect:
        counted = select(func.count().label("number")).select_from(MEDIA).where(*self._filters.conditions(query))
        return PreparedSelect(counted)
