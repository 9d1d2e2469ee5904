"""The saved defaults, and where things are stored."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kaimedia.config import Config, about_older_database, without_password
from kaimedia.domain import Settings
from kaimedia.store.settings import SettingsStore
from kaimedia.studio.defaults import check_defaults, fitting
from kaimedia.studio.temporary_disk import DiskLoss, disk_loss


class SettingsService:
    """The defaults of the Generate page, and where things are stored."""

    def __init__(self, config: Config, settings: SettingsStore) -> None:
        self._config = config
        self._settings = settings

    def get(self) -> Settings:
        """The saved defaults, adjusted to the current catalog."""
        return fitting(self._settings.get())

    def save(self, **fields: Any) -> Settings:
        """Save defaults. Raises InvalidRequest naming the field whose value a model does not offer."""
        wanted = replace(self._settings.get(), **fields)
        check_defaults(wanted)
        return self._settings.save(**fields)

    def reset(self) -> Settings:
        """Reset to the product's defaults; the saved key stays."""
        return self._settings.reset()

    def places(self) -> dict[str, str]:
        """Where things are stored, for display: database, media, data; `older database` only if there is one."""
        config = self._config
        older = about_older_database(config)
        return {
            "database": without_password(config.database_url),
            "media": config.media_url,
            "data": str(config.data_folder),
            **({"older database": " ".join(older)} if older else {}),
        }

    def unknown_texts(self) -> tuple[str, ...]:
        """A sentence about each name that looks like a setting's and is none, most likely a typo."""
        return self._config.unknown_texts()

    def disk_loss(self) -> DiskLoss | None:
        """What the next restart of this host erases; None if nothing that was paid for."""
        return disk_loss(self._config)
