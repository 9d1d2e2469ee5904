"""One transaction for the small reads of a page's run."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import cast

from sqlalchemy import URL, Engine

from kaimedia.store.database.errors import translated

MOST_AT_ONCE = 8  # of the pool's 40 connections: who holds one may wait for another, and so could all


class Snapshots:
    """The transactions that threads read in, one for each thread that has opened one. SQLite only."""

    def __init__(self, engine: Engine, url: URL) -> None:
        self._engine = engine
        self._url = url
        self._places = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._of_thread = _OfThread()

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Keep one transaction for this thread's reads; within another one, that one stays. Without a place, none."""
        if self._of_thread.cursor is not None or not self._places.acquire(blocking=False):
            yield
            return
        try:
            with ExitStack() as ends:
                self._of_thread.cursor = self._begin(ends)
                self._of_thread.ends = ends
                yield
        finally:
            self._of_thread.cursor = None
            self._places.release()

    @contextmanager
    def reader(self) -> Iterator[sqlite3.Cursor]:
        """A cursor in the open transaction, else in one of its own."""
        if self._of_thread.cursor is not None:
            yield self._of_thread.cursor
            return
        with ExitStack() as ends:
            yield self._begin(ends)

    def end(self) -> None:
        """End this thread's transaction, so that later reads see what the thread is about to write."""
        if self._of_thread.cursor is not None:
            self._of_thread.cursor = None
            self._of_thread.ends.close()

    def _begin(self, ends: ExitStack) -> sqlite3.Cursor:
        with translated(self._url):
            connection = ends.enter_context(closing(self._engine.raw_connection()))
            cursor = cast(sqlite3.Cursor, connection.cursor())
            cursor.execute("BEGIN")  # ended when the connection returns to its pool
        return cursor


class _OfThread(threading.local):
    cursor: sqlite3.Cursor | None = None
    ends: ExitStack
