"""The rate, the currency, and the price above which a person is asked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from typing import Any

from sqlalchemy import CheckConstraint, Column, Integer, PrimaryKeyConstraint, String, Table, select

from kaimedia.domain import ConfirmUnit, MoneySettings, utc_now
from kaimedia.store.columns import UtcDateTime, real
from kaimedia.store.database.database import Database
from kaimedia.store.prepared import PreparedSelect
from kaimedia.store.statements import insert_into
from kaimedia.store.tables import METADATA

MONEY_SETTINGS = Table(
    "money_settings",
    METADATA,
    Column("id", Integer, nullable=False),
    Column("usd_per_credit", real(), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("currency_per_usd", real(), nullable=False),
    Column("confirm_above", real()),
    Column("confirm_unit", String(8), nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("id", name="pk_money_settings"),
    CheckConstraint("id = 1", name="ck_money_settings_one"),
)
SAVABLE = frozenset(field.name for field in fields(MoneySettings)) - {"updated_at"}
_ROW = PreparedSelect(select(MONEY_SETTINGS))


class MoneySettingsStore:
    """The one row. Every method may raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self) -> MoneySettings:
        """What is saved; the product's defaults before anything is."""
        with self._database.read_prepared() as reader:
            stored = _ROW.one(reader)
        if stored is None:
            return MoneySettings()
        values = {name: stored[name] for name in SAVABLE} | {"confirm_unit": ConfirmUnit(stored["confirm_unit"])}
        return MoneySettings(**values, updated_at=stored["updated_at"])

    def save(self, settings: MoneySettings, names: Collection[str] = SAVABLE) -> MoneySettings:
        """Save these fields; the others keep what is stored, which another process may be changing."""
        values: dict[str, Any] = {name: getattr(settings, name) for name in SAVABLE}
        values |= {"confirm_unit": settings.confirm_unit.value, "updated_at": utc_now()}
        with self._database.write() as session:
            saved = insert_into(session, MONEY_SETTINGS).values(id=1, **values)
            changed = {name: values[name] for name in (*names, "updated_at")}
            session.execute(saved.on_conflict_do_update(index_elements=[MONEY_SETTINGS.c.id], set_=changed))
        return self.get()
