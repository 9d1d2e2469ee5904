"""The files that media rows refer to."""

from __future__ import annotations

from sqlalchemy import select

from kaimedia.store.database.database import Database
from kaimedia.store.media.purge import FILE_NAMES
from kaimedia.store.tables import MEDIA


class MediaFiles:
    """The files of all media, including deleted ones.

    Safe to share between threads; every method may raise `StoreUnavailable`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def names(self) -> set[str]:
        """The names of all files that rows refer to, including deleted rows."""
        with self._database.read() as session:
            rows = session.execute(select(*FILE_NAMES))
            return {name for row in rows for name in row if name}

    def saved(self) -> list[tuple[str, int | None, str | None]]:
        """Name, size in bytes and SHA-256 in hex of every saved result, including deleted ones."""
        statement = select(MEDIA.c.filename, MEDIA.c.size_bytes, MEDIA.c.sha256).where(MEDIA.c.filename.is_not(None))
        with self._database.read() as session:
            return [(row.filename, row.size_bytes, row.sha256) for row in session.execute(statement)]

    def sizes(self) -> list[tuple[str, int, bool]]:
        """File name, size in bytes and whether it is in the trash, for every saved result."""
        columns = MEDIA.c.filename, MEDIA.c.size_bytes, MEDIA.c.deleted_at.is_not(None)
        with self._database.read() as session:
            rows = session.execute(select(*columns).where(MEDIA.c.filename.is_not(None)))
            return [(name, size or 0, bool(in_trash)) for name, size, in_trash in rows]
