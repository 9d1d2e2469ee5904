"""One transaction for all the small reads of a page's run."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import cast

from sqlalchemy import URL, Engine

from kaimedia.store.database.errors import translated


class Snapshot(threading.local):
    """The transaction that this thread reads in, if one is open; each thread has its own. SQLite only."""

    def __init__(self, engine: Engine, url: URL) -> None:
        self._engine = engine
        self._url = url
        self._cursor: sqlite3.Cursor | None = None

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Keep one transaction for this thread's reads; within another one, that one stays."""
        if self._cursor is not None:
            yield
            return
        with self._transaction() as self._cursor:
            try:
                yield
            finally:
                self._cursor = None

    @contextmanager
    def reader(self) -> Iterator[sqlite3.Cursor]:
        """A cursor in the open transaction, else in one of its own."""
        if self._cursor is not None:
            yield self._cursor
            return
        with self._transaction() as cursor:
            yield cursor

    def end(self) -> None:
        """Let later reads of this thread see what it is about to write."""
        self._cursor = None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Cursor]:
        with ExitStack() as stack:
            with translated(self._url):
                connection = stack.enter_context(closing(self._engine.raw_connection()))
                cursor = cast(sqlite3.Cursor, connection.cursor())
                cursor.execute("BEGIN")  # ended when the connection returns to its pool
            yield cursor
