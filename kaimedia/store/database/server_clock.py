"""The clock of the database's server."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, func, select

from kaimedia.store.database.database import Database


def server_time(database: Database) -> datetime | None:
    """What time it is on the server; None for SQLite, which has no clock of its own.

    Raises:
        StoreUnavailable: It cannot be reached.
    """
    if database.dialect != "postgresql":
        return None
    with database.read() as session:
        found: datetime = session.execute(select(func.clock_timestamp(type_=DateTime(timezone=True)))).scalar_one()
        return found
