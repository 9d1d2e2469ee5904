"""The files that media rows refer to."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, text, update

from kaimedia.domain import Condition, Modality, SavedFile, Status
from kaimedia.domain.integrity import TrackedFiles
from kaimedia.store.database.database import Database
from kaimedia.store.media.purge import FILE_NAMES
from kaimedia.store.statements import chunks
from kaimedia.store.tables import MEDIA
from kaimedia.store.tasks.results import file_values

READ_AT_ONCE = 1000


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

    def sizes(self) -> list[tuple[str, int, bool]]:
        """File name, size in bytes and whether it is in the trash, for every saved result."""
        columns = MEDIA.c.filename, MEDIA.c.size_bytes, MEDIA.c.deleted_at.is_not(None)
        with self._database.read() as session:
            rows = session.execute(select(*columns).where(MEDIA.c.filename.is_not(None)))
            return [(name, size or 0, bool(in_trash)) for name, size, in_trash in rows]

    def count(self) -> int:
        """How many media have a file."""
        with self._database.read() as session:
            statement = select(func.count()).select_from(MEDIA).where(MEDIA.c.filename.is_not(None))
            return int(session.execute(statement).scalar_one())

    def tracked(self) -> Iterator[list[TrackedFiles]]:
        """The files of every saved result, in chunks, by id; each chunk is read when it is needed."""
        after = 0
        while True:
            statement = select(*_TRACKED).where(MEDIA.c.filename.is_not(None), MEDIA.c.id > after)
            with self._database.read() as session:
                rows = session.execute(statement.order_by(MEDIA.c.id).limit(READ_AT_ONCE)).all()
            if not rows:
                return
            yield [_tracked(row) for row in rows]
            after = rows[-1].id

    def referred(self, names: Collection[str]) -> set[str]:
        """Those of the names that rows refer to now."""
        found: set[str] = set()
        with self._database.read() as session:
            for batch in chunks(names):
                for column in FILE_NAMES:
                    found.update(session.execute(select(column).where(column.in_(batch))).scalars())
        return found

    def set_condition(self, media_id: int, filename: str, condition: Condition) -> bool:
        """Change the condition of a result while it still has that file; returns whether it did."""
        same = MEDIA.c.id == media_id, MEDIA.c.filename == filename
        with self._database.write() as session:
            statement = update(MEDIA).where(*same).values(condition=condition.value).returning(MEDIA.c.id)
            return session.execute(statement).first() is not None

    def register(
        self, saved: SavedFile, modality: Modality, *, prompt: str, model: str, made_at: datetime
    ) -> int | None:
        """Add an item without a task for a file that is stored already; its id, or None if an item has that file."""
        values = file_values(saved) | {
            "media_type": modality.value,
            "prompt": prompt,
            "model": model,
            "status": Status.COMPLETED.value,
            "created_at": made_at,
            "completed_at": made_at,
        }
        with self._database.write() as session:
            if session.get_bind().dialect.name == "postgresql":  # two repairs at once; SQLite has one writer anyway
                session.execute(text("LOCK TABLE media IN SHARE ROW EXCLUSIVE MODE"))
            if session.execute(select(MEDIA.c.id).where(MEDIA.c.filename == saved.filename)).first() is not None:
                return None
            return int(session.execute(insert(MEDIA).values(**values).returning(MEDIA.c.id)).scalar_one())


_TRACKED = (
    *(MEDIA.c.id, MEDIA.c.task_id, MEDIA.c.size_bytes, MEDIA.c.sha256, MEDIA.c.condition, MEDIA.c.deleted_at),
    *(MEDIA.c.status, MEDIA.c.awaits_file),
    *FILE_NAMES,
)


def _tracked(row: Row[Any]) -> TrackedFiles:
    derived = (row.thumbnail_path, row.thumbnail_large_path, row.poster_path)
    return TrackedFiles(
        media_id=row.id,
        task_id=row.task_id,
        filename=row.filename,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        derived=tuple(name for name in derived if name),
        is_marked_missing=row.condition == Condition.MISSING.value,
        is_marked_damaged=row.condition == Condition.DAMAGED.value,
        is_in_trash=row.deleted_at is not None,
        is_being_fetched=row.awaits_file and row.status != Status.COMPLETED.value,
    )
