"""The balances that providers reported, in the order they did."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select

from kaimedia.domain.ledger import Balance
from kaimedia.store.database.database import Database
from kaimedia.store.ledger.balance_settlement import settle_by_balance
from kaimedia.store.ledger_tables import BALANCES


class Balances:
    """All balances ever reported. Safe to share between threads; every method may raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, provider: str, credits: float, at: datetime, key_id: str = "") -> None:
        """Add a balance that the provider just reported; settle the task that explains how it changed, if one does.

        `key_id` says which key it was asked with, see `Balance`.
        """
        name = str(provider)
        with self._database.write() as session:
            settle_by_balance(session, name, credits, at, key_id)
            session.execute(insert(BALANCES).values(provider=name, credits=credits, at=at, key_id=key_id))

    def last_before(self, provider: str, moment: datetime) -> Balance | None:
        """The last balance reported at that time or earlier."""
        earlier = BALANCES.c.provider == str(provider), BALANCES.c.at <= moment
        return self._one(earlier, BALANCES.c.at.desc(), BALANCES.c.id.desc())

    def first_after(self, provider: str, moment: datetime) -> Balance | None:
        """The first balance reported after that time."""
        later = BALANCES.c.provider == str(provider), BALANCES.c.at > moment
        return self._one(later, BALANCES.c.at, BALANCES.c.id)

    def between(self, provider: str, since: datetime, until: datetime) -> list[Balance]:
        """The balances reported from `since` on and before `until`, the oldest first."""
        which = BALANCES.c.provider == str(provider), BALANCES.c.at >= since, BALANCES.c.at < until
        with self._database.read() as session:
            rows = session.execute(select(BALANCES).where(*which).order_by(BALANCES.c.at, BALANCES.c.id))
            return [Balance(**row._mapping) for row in rows]

    def _one(self, which: tuple[object, ...], *order: object) -> Balance | None:
        statement = select(BALANCES).where(*which).order_by(*order).limit(1)  # type: ignore[arg-type]
        with self._database.read() as session:
            row = session.execute(statement).first()
        return None if row is None else Balance(**row._mapping)
