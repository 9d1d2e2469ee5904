"""The saved defaults of Generate, and the encrypted provider key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import select, update

from kaimedia.domain import Settings, utc_now
from kaimedia.store.database.database import Database
from kaimedia.store.prepared import PreparedSelect
from kaimedia.store.tables import SETTINGS, SettingsRow

SAVABLE = frozenset(field.name for field in fields(Settings)) - {"has_saved_key", "updated_at"}
_ROW = PreparedSelect(select(SETTINGS).where(SETTINGS.c.id == 1))


class SettingsStore:
    """The single row of settings. Every method may raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self) -> Settings:
        """The saved defaults; the product's defaults where nothing is saved."""
        stored = self._stored()
        if stored is None:
            return Settings()
        defaults = {name: stored[name] for name in SAVABLE}
        return Settings(**defaults, has_saved_key=stored["api_key"] is not None, updated_at=stored["updated_at"])

    def _stored(self) -> Mapping[Any, Any] | None:
        with self._database.read_prepared() as reader:
            return _ROW.one(reader)

    def save(self, **fields: Any) -> Settings:
        """Save these fields; the others stay unchanged.

        Raises:
            ValueError: A name is not a field of the settings.
        """
        if unknown := set(fields) - SAVABLE:
            raise ValueError(f"not a setting: {', '.join(sorted(unknown))}")
        self._write(**fields)
        return self.get()

    def reset(self) -> Settings:
        """Reset to the product's defaults; the saved key stays."""
        defaults = Settings()
        return self.save(**{name: getattr(defaults, name) for name in SAVABLE})

    def key_ciphertext(self) -> str | None:
        """The ciphertext passed to `save_key_ciphertext`; None if there is none."""
        stored = self._stored()
        return stored["api_key"] if stored else None

    def save_key_ciphertext(self, ciphertext: str | None) -> None:
        """Save an encrypted key, or delete it with None."""
        self._write(api_key=ciphertext)

    def _write(self, **values: Any) -> None:
        now = utc_now()
        with self._database.write() as session:
            if session.get(SettingsRow, 1, with_for_update=True) is None:
                session.add(SettingsRow(created_at=now, updated_at=now))
                session.flush()
            session.execute(update(SETTINGS).values(**values, updated_at=now))
