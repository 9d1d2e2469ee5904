"""Pages of media."""

from __future__ import annotations

from sqlalchemy import Text, cast, func, select
from sqlmodel import Session

from kaimedia.domain import Media, MediaQuery, Page
from kaimedia.store import cursors
from kaimedia.store.database.database import Database
from kaimedia.store.media import listing
from kaimedia.store.rows import media_from
from kaimedia.store.tables import MEDIA


class MediaPages:
    """Pages of what a query finds. Safe to share between threads; every method may raise `StoreUnavailable`."""

    def __init__(self, database: Database, filters: listing.QueryFilters) -> None:
        self._database = database
        self._filters = filters

    def page(self, query: MediaQuery) -> Page[Media]:
        """One page of the gallery.

        Raises:
            InvalidRequest: The cursor does not belong to this listing.
        """
        counted = select(func.count()).select_from(MEDIA).where(*self._filters.conditions(query))
        with self._database.read() as session:
            return Page(*self._page(session, query), session.execute(counted).scalar_one())

    def without_total(self, query: MediaQuery) -> tuple[tuple[Media, ...], str | None]:
        """Items and next cursor of a page, without the total, which is slower than both.

        Raises:
            InvalidRequest: The cursor does not belong to this listing.
        """
        with self._database.read() as session:
            return self._page(session, query)

    def _page(self, session: Session, query: MediaQuery) -> tuple[tuple[Media, ...], str | None]:
        # First the ids, in one row: sorting whole rows would include all their text, and for each row the driver
        # releases the interpreter lock and must wait for it again when threads are busy.
        statement = select(cast(MEDIA.c.id, Text).label("id")).where(*self._filters.conditions(query))
        if (beyond := listing.after(query)) is not None:
            statement = statement.where(beyond)
        batch = statement.order_by(*listing.order(query.sort)).limit(query.limit + 1).subquery()
        joined = session.execute(select(func.aggregate_strings(batch.c.id, ","))).scalar_one()
        ids = [int(each) for each in joined.split(",")] if joined else []
        page_ids = ids[: query.limit]
        rows = session.execute(select(MEDIA, cursors.key(MEDIA)).where(MEDIA.c.id.in_(page_ids)))
        found = {row.id: row for row in rows}
        present = [found[each] for each in page_ids if each in found]
        if page_ids and not present:
            return self._page(session, query)  # all rows were purged between the two queries
        next_cursor = listing.cursor_after(query, present[-1]) if len(ids) > query.limit and present else None
        return tuple(map(media_from, present)), next_cursor
