"""Switches the running app to another database: a copy, or an empty one."""

from __future__ import annotations

import logging

from kaimedia import runtime
from kaimedia.context import AppContext, open_database
from kaimedia.errors import NotFound, StoreUnavailable
from kaimedia.security.access import OPEN
from kaimedia.studio import CopyFile

log = logging.getLogger("kaimedia")


SEND_GRACE_S = 30.0


def _close_for_replacement(context: AppContext) -> None:
    """Close the app so that the database can be replaced; parts of it still in use elsewhere stop working.

    Raises:
        StoreUnavailable: a paid call is in progress; its reply must find its row.
    """
    sending = StoreUnavailable("A task is being sent right now.", next_step="Try again in a few seconds.")
    if context.engine.is_sending:
        raise sending
    context.engine.stop(SEND_GRACE_S)
    if context.engine.is_sending:  # the reply is written through this app; everything else continues in a new one
        raise sending
    context.database.refuse_connections()
    context.close()


def is_allowed() -> bool:
    """Whether users may decide on the pages: not where anyone may open them; then only on the command line."""
    return runtime.access().mode != OPEN


def is_sqlite() -> bool:
    """Whether the database is a SQLite file, which the app copies and restores itself."""
    return open_database(runtime.current_config()).file is not None


def copies() -> list[CopyFile]:
    """The copies that could replace the database, newest first; none for PostgreSQL.

    Raises:
        ConfigError: the settings cannot be read.
    """
    return open_database(runtime.current_config()).list_copies()


def use_copy(name: str) -> None:
    """Replace the database with the copy of that name and reopen the app; the old file is kept next to it.

    Raises:
        NotFound: there is no such copy, or no longer.
        StoreUnavailable: a paid call is in progress, another process uses the database, or the copy is damaged.
    """
    database = open_database(runtime.current_config())
    wanted = next((copy for copy in database.list_copies() if copy.name == name), None)
    if wanted is None:
        raise NotFound("This copy no longer exists.")
    with runtime.shut(_close_for_replacement):
        database.replace_with(wanted.file)
    runtime.context()


def start_empty() -> None:
    """Set the database aside and reopen the app with a new one.

    Raises:
        StoreUnavailable: a paid call is in progress, or another process uses the database.
    """
    database = open_database(runtime.current_config())
    with runtime.shut(_close_for_replacement):
        database.replace_with(None)
    runtime.context()


def open_again() -> None:
    """Reopen the app with the file now at the database's path, after the one in use was deleted or replaced.

    Raises:
        StoreUnavailable: a paid call is in progress, or the file is not usable; the pages say what to do.
    """
    with runtime.shut(_close_for_replacement):
        log.info("opening the database again")
    runtime.context()
