"""The provider account: key, balance and spending."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime

from kaimedia.config import Config
from kaimedia.domain import utc_now
from kaimedia.errors import ConfigError, ProviderError
from kaimedia.jobs.key_check import KeyCheck
from kaimedia.jobs.provider_state import ProviderState
from kaimedia.jobs.providers import Providers
from kaimedia.models.spec import ModelSpec
from kaimedia.providers.registry import reports_balance
from kaimedia.security.secret_box import SecretBox
from kaimedia.store.settings import SettingsStore
from kaimedia.store.tasks.spending import Spending, SpendingHistory
from kaimedia.studio.defaults import clean_key
from kaimedia.studio.lookups import Lookup

BALANCE_IS_FRESH_S = 60.0


class AccountService:
    """The provider account: its key, balance and spending."""

    def __init__(
        self,
        config: Config,
        spending: SpendingHistory,
        settings: SettingsStore,
        providers: Providers,
        secret_box: SecretBox,
    ) -> None:
        self._config = config
        self._spending = spending
        self._settings = settings
        self._providers = providers
        self._secret_box = secret_box
        self._balance_lookup = Lookup("kaimedia-balance", lambda: providers.check_key())
        self._other_lookups: dict[str, Lookup[KeyCheck]] = {}
        self._other_balances: dict[str, KeyCheck] = {}

    def balance(self) -> tuple[KeyCheck, bool]:
        """The last known balance at the current provider, and whether it is being refreshed; never waits for it.

        One older than a minute is refreshed in the background.
        """
        known = self._providers.state().check
        if _is_fresh(known):
            return known, False
        self._balance_lookup.request()
        return known, True

    def balance_of(self, provider: str) -> KeyCheck:
        """The last known balance at one provider, refreshed like `balance`; none where it cannot be asked.

        Providers that report no balance are not asked, nor those to which nothing can be sent at the moment.
        """
        known = self.known_balance(provider)
        if not _is_fresh(known):
            self.ask_balance(provider)
        return known

    def known_balance(self, provider: str) -> KeyCheck:
        """The last known balance at one provider, as it is; none where it cannot be asked."""
        if not self._can_be_asked(provider):
            return KeyCheck()
        if provider == self._providers.current():
            return self._providers.state().check
        return self._other_balances.get(provider, KeyCheck())

    def ask_balance(self, provider: str) -> Future[KeyCheck] | None:
        """Ask a provider for the balance in the background; None where it cannot be asked."""
        if not self._can_be_asked(provider):
            return None
        if provider == self._providers.current():
            return self._balance_lookup.request()
        lookup = Lookup(f"kaimedia-balance-{provider}", lambda: self._read_balance(provider))
        return self._other_lookups.setdefault(provider, lookup).request()

    def _can_be_asked(self, provider: str) -> bool:
        if not reports_balance(provider):
            return False
        state = self._providers.state_of(provider)
        return not (state.problem or state.check.is_refused) and state.name == provider

    def _read_balance(self, provider: str) -> KeyCheck:
        try:
            check = self._providers.read_balance(provider)
        except ProviderError as error:
            check = replace(KeyCheck.of_error(error), checked_at=utc_now())
        self._other_balances[provider] = check
        return check

    def state(self) -> ProviderState:
        """The current provider: key source and hint, last check."""
        return self._providers.state()

    def state_for(self, spec: ModelSpec) -> ProviderState:
        """The provider that tasks of a model go to: whether they can be sent, and whether they are charged."""
        return self._providers.state_for(spec)

    def state_of(self, provider: str) -> ProviderState:
        """One provider: whether tasks can be sent to it, and whether they are charged."""
        return self._providers.state_of(provider)

    def check_key(self, key: str | None = None) -> KeyCheck:
        """Query the current provider's balance with this key or the one in use; waits for the answer, seconds."""
        return self._providers.check_key(clean_key(key) if key is not None else None)

    def save_key(self, key: str, *, unchecked: bool = False) -> KeyCheck:
        """Check a key and save it encrypted if the provider accepts it; `unchecked` saves it without the check.

        Raises:
            InvalidRequest: the text cannot be a key.
            ConfigError: see `check_can_save_keys`.
        """
        clean = clean_key(key)
        self.check_can_save_keys()
        if unchecked:
            self.save_key_unchecked(clean)
            return KeyCheck()
        check = self._providers.check_key(clean)
        if check.is_accepted:
            self._settings.save_key_ciphertext(self._secret_box.seal(clean))
            self._providers.forget_key()
            if check.balance_credits is not None:
                self._providers.note_balance(check.balance_credits)
        return check

    def save_key_unchecked(self, key: str) -> None:
        """Save a key encrypted without checking it with the provider.

        Raises:
            InvalidRequest: the text cannot be a key.
            ConfigError: see `check_can_save_keys`.
        """
        clean = clean_key(key)
        self.check_can_save_keys()
        self._settings.save_key_ciphertext(self._secret_box.seal(clean))
        self._providers.forget_key()

    def check_can_save_keys(self) -> None:
        """Check that a key saved now can be read later; see `saving_problem`.

        Raises:
            ConfigError: it could not.
        """
        if (problem := self.saving_problem()) is not None:
            raise problem.with_traceback(None)

    def saving_problem(self) -> ConfigError | None:
        """Why no key can be saved: KAIMEDIA_SECRET_KEY is missing, or the secret key file cannot be used.

        A database on a server outlives this machine's disk and may be used by other machines, which do not have
        the secret key file.
        """
        if (problem := self._secret_box.problem) is not None:
            return problem
        if self.lacks_secret_key:
            return ConfigError(
                "A key cannot be saved in a database on a server unless KAIMEDIA_SECRET_KEY is set: "
                "it could not be read from another machine.",
                setting="KAIMEDIA_SECRET_KEY",
                next_step="Set KAIMEDIA_SECRET_KEY to a long random text and restart, or set KIE_API_KEY instead.",
            )
        return None

    @property
    def lacks_secret_key(self) -> bool:
        """Whether the database is on a server and KAIMEDIA_SECRET_KEY is not set."""
        return self._config.secret_key is None and not self._config.database_url.startswith("sqlite")

    def remove_key(self) -> None:
        """Delete the saved key."""
        self._settings.save_key_ciphertext(None)
        self._providers.forget_key()

    def spending_since(self, moment: datetime, provider: str) -> Spending:
        """The credits spent since `moment` (aware) at a provider."""
        return self._spending.since(moment, provider)


def _is_fresh(known: KeyCheck) -> bool:
    return known.checked_at is not None and 0 <= (utc_now() - known.checked_at).total_seconds() < BALANCE_IS_FRESH_S
