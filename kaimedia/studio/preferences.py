"""Defaults, the provider key, and where things are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kaimedia.config import about_older_database, without_password
from kaimedia.domain import Phase, Settings
from kaimedia.errors import ConfigError
from kaimedia.jobs.providers import KeyCheck, ProviderState
from kaimedia.studio.defaults import check_defaults, clean_key, fitting
from kaimedia.studio.parts import Parts


class PreferenceDesk:
    """The part of `Studio` about settings and the provider."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._settings = parts.settings
        self._providers = parts.providers

    def settings(self) -> Settings:
        """The saved defaults, made to fit the catalogue as it is today."""
        return fitting(self._settings.get())

    def save_settings(self, **fields: Any) -> Settings:
        """Save defaults. Raises InvalidRequest naming the field whose value a model does not offer."""
        wanted = replace(self._settings.get(), **fields)
        check_defaults(wanted)
        return self._settings.save(**fields)

    def reset_settings(self) -> Settings:
        """Back to the product's defaults; the saved key stays."""
        return self._settings.reset()

    def provider_state(self) -> ProviderState:
        """Sandbox or kie.ai, key source and hint, last check."""
        return self._providers.state()

    def check_key(self, key: str | None = None) -> KeyCheck:
        """Ask the provider's balance with this key or the one in use; waits for the answer, seconds."""
        return self._providers.check_key(clean_key(key) if key is not None else None)

    def save_key(self, key: str, *, unchecked: bool = False) -> KeyCheck:
        """Check a key and save it encrypted only when the provider accepts it; `unchecked` saves it without asking.

        Raises:
            InvalidRequest: the text cannot be a key.
            ConfigError: see `check_keeps_keys`.
        """
        clean = clean_key(key)
        self.check_keeps_keys()
        if unchecked:
            self.keep_key(clean)
            return KeyCheck()
        check = self._providers.check_key(clean)
        if check.is_ok:
            self._settings.save_key_ciphertext(self._parts.vault.seal(clean))
            self._providers.forget_key()
            if check.balance_credits is not None:
                self._providers.note_balance(check.balance_credits)
        return check

    def keep_key(self, key: str) -> None:
        """Save a key encrypted without asking the provider about it.

        Raises:
            InvalidRequest: the text cannot be a key.
            ConfigError: see `check_keeps_keys`.
        """
        clean = clean_key(key)
        self.check_keeps_keys()
        self._settings.save_key_ciphertext(self._parts.vault.seal(clean))
        self._providers.forget_key()

    def check_keeps_keys(self) -> None:
        """Make sure that a key saved now can be read later.

        A database on a server outlives this machine's disk and may have other machines at work on it; the file with
        the secret key does not travel with it.

        Raises:
            ConfigError: the database is on a server, and KAIMEDIA_SECRET_KEY is not set; or the secret key file
                cannot be used.
        """
        if (problem := self._parts.vault.problem) is not None:
            raise problem.with_traceback(None)
        config = self._parts.config
        if config.secret_key is None and not config.database_url.startswith("sqlite"):
            raise ConfigError(
                "A key is not saved in a database on a server while KAIMEDIA_SECRET_KEY is not set: "
                "it could not be read after a move or a new start elsewhere.",
                setting="KAIMEDIA_SECRET_KEY",
                next_step="Set KAIMEDIA_SECRET_KEY to a long random text and start again, or set KIE_API_KEY instead.",
            )

    def remove_key(self) -> None:
        """Forget the saved key."""
        self._settings.save_key_ciphertext(None)
        self._providers.forget_key()

    def places(self) -> dict[str, str]:
        """Where things are stored, for showing: database, media, data; `older database` only where there is one."""
        config = self._parts.config
        older = about_older_database(config)
        return {
            "database": without_password(config.database_url),
            "media": str(config.media_folder),
            "data": str(config.data_folder),
            **({"older database": " ".join(older)} if older else {}),
        }

    def queue_depth(self) -> dict[Phase, int]:
        """How many tasks stand in each phase."""
        return self._parts.tasks.counts()
