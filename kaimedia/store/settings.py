"""The saved defaults of Generate, and the encrypted provider key."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlalchemy import update

from kaimedia.domain import Settings, utc_now
from kaimedia.store.database.database import Database
from kaimedia.store.tables import SETTINGS, SettingsRow

SAVABLE = frozenset(field.name for field in fields(Settings)) - {"has_saved_key", "updated_at"}


class SettingsStore:
    """The single row of settings. Every method may raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self) -> Settings:
        """The saved defaults; the product's defaults where nothing is saved."""
        with self._database.read() as session:
            row = session.get(SettingsRow, 1)
        if row is None:
            return Settings()
        defaults = {name: getattr(row, name) for name in SAVABLE}
        return Settings(**defaults, has_saved_key=row.api_key is not None, updated_at=row.updated_at)

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
        with self._database.read() as session:
            row = session.get(SettingsRow, 1)
        return row.api_key if row else None

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
