"""The providers' own price lists as last read, and when that was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Integer, PrimaryKeyConstraint, Table, Text, select, update

from kaimedia.domain import ListCheck, ListedPrice
from kaimedia.store.columns import UtcDateTime, json_value
from kaimedia.store.database.database import Database
from kaimedia.store.statements import insert_into
from kaimedia.store.tables import METADATA

PRICE_LISTS = Table(
    "price_lists",
    METADATA,
    Column("provider", Text, nullable=False),
    Column("rows", json_value(), nullable=False),
    Column("started_at", UtcDateTime),
    Column("checked_at", UtcDateTime),
    Column("failed_at", UtcDateTime),
    Column("failure", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    PrimaryKeyConstraint("provider", name="pk_price_lists"),
)
_CHECK = ("started_at", "checked_at", "failed_at", "failure", "revision")


class PriceLists:
    """One list for each provider. Every method may raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def check(self, provider: str) -> ListCheck:
        """When the list was read last, and why the last try failed, if it did."""
        columns = [PRICE_LISTS.c[name] for name in _CHECK]
        with self._database.read() as session:
            row = session.execute(select(*columns).where(PRICE_LISTS.c.provider == provider)).one_or_none()
        return ListCheck() if row is None else ListCheck(**row._mapping)

    def rows(self, provider: str) -> tuple[ListedPrice, ...]:
        """The list as last read; empty before."""
        with self._database.read() as session:
            found = session.execute(select(PRICE_LISTS.c.rows).where(PRICE_LISTS.c.provider == provider)).scalar()
        return tuple(ListedPrice(**row) for row in found or ())

    def begin(self, provider: str, *, now: datetime, stale_before: datetime) -> bool:
        """Claim the reading for this process; False while another one runs that began after then."""
        started_at = PRICE_LISTS.c.started_at
        free = started_at.is_(None) | (started_at < stale_before) | (started_at > now)  # by a clock that was ahead
        first = {"provider": provider, "rows": [], "failure": "", "revision": 0}
        with self._database.write() as session:
            session.execute(insert_into(session, PRICE_LISTS).values(first).on_conflict_do_nothing())
            claim = update(PRICE_LISTS).where(PRICE_LISTS.c.provider == provider, free).values(started_at=now)
            return bool(session.execute(claim.returning(PRICE_LISTS.c.provider)).all())

    def save(self, provider: str, rows: Iterable[ListedPrice], *, now: datetime) -> None:
        """Record a complete list and release the claim."""
        values = {"rows": [asdict(row) for row in rows], "checked_at": now, "failed_at": None, "failure": ""}
        self._change(provider, values)

    def fail(self, provider: str, failure: str, *, now: datetime) -> None:
        """Record why the list could not be read and release the claim; what was read before stays."""
        self._change(provider, {"failed_at": now, "failure": failure})

    def _change(self, provider: str, values: dict[str, Any]) -> None:
        counted = {"revision": PRICE_LISTS.c.revision + 1, "started_at": None, **values}
        with self._database.write() as session:
            session.execute(update(PRICE_LISTS).where(PRICE_LISTS.c.provider == provider).values(**counted))
