"""Going on with another database than the one that is there: a copy of it, or an empty one. In the running app."""

from __future__ import annotations

import logging

from kaimedia import bootstrap
from kaimedia.access import OPEN
from kaimedia.bootstrap import House
from kaimedia.errors import NotFound, StoreUnavailable
from kaimedia.studio import CopyFile

log = logging.getLogger("kaimedia")


LET_CALLS_END_S = 30.0


def _close_for_good(house: House) -> None:
    """Close, so that the database may be replaced: whoever still holds a part of the house is refused.

    Raises:
        StoreUnavailable: a paid call is under way; its reply must find its row.
    """
    sending = StoreUnavailable("A task is being sent this moment.", next_step="Try again in a few seconds.")
    if house.engine.is_sending:
        raise sending
    house.engine.stop(LET_CALLS_END_S)
    if house.engine.is_sending:  # it writes its reply through this house; all else goes on in a new one
        raise sending
    house.database.refuse_from_now_on()
    house.close()


def is_allowed() -> bool:
    """Whether people on the pages may decide: not where strangers come in, who are to use the command line."""
    return bootstrap.access().mode != OPEN


def is_sqlite() -> bool:
    """Whether the database is a file that we copy and restore ourselves."""
    return bootstrap.open_database(bootstrap.current_config()).file is not None


def copies() -> list[CopyFile]:
    """The copies that could take the database's place, newest first; none for PostgreSQL.

    Raises:
        ConfigError: the settings cannot be read.
    """
    return bootstrap.open_database(bootstrap.current_config()).list_copies()


def use_copy(name: str) -> None:
    """Put the copy of that name in the database's place and open the app on it; the former file is kept beside.

    Raises:
        NotFound: there is no such copy (any more).
        StoreUnavailable: a paid call is under way, another process uses the database, or the copy is damaged.
    """
    database = bootstrap.open_database(bootstrap.current_config())
    wanted = next((copy for copy in database.list_copies() if copy.name == name), None)
    if wanted is None:
        raise NotFound("This copy is no longer there.")
    with bootstrap.shut(_close_for_good):
        database.replace_with(wanted.file)
    bootstrap.house()


def start_empty() -> None:
    """Put the database aside and open the app on a new one.

    Raises:
        StoreUnavailable: a paid call is under way, or another process uses the database.
    """
    database = bootstrap.open_database(bootstrap.current_config())
    with bootstrap.shut(_close_for_good):
        database.replace_with(None)
    bootstrap.house()


def open_again() -> None:
    """Open the file that is at the database's path now, after the one in use was deleted or replaced.

    Raises:
        StoreUnavailable: a paid call is under way, or the file cannot be used; the pages say what to do.
    """
    with bootstrap.shut(_close_for_good):
        log.info("opening the database again")
    bootstrap.house()
