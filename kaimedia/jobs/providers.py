"""Which provider a task goes to, and a client for it; the key may change at runtime."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

from kaimedia.config import Config
from kaimedia.domain import ProviderName, utc_now
from kaimedia.errors import AuthFailed, KaimediaError, ProviderError
from kaimedia.jobs.balance_log import BalanceLog
from kaimedia.jobs.key_check import KeyCheck, KeyProblem, KeyStatus
from kaimedia.jobs.key_recheck import KeyRecheck
from kaimedia.jobs.provider_state import ProviderState, hint
from kaimedia.jobs.setting_keys import SettingKeys
from kaimedia.log import hide
from kaimedia.models.spec import ModelSpec
from kaimedia.providers.base import Account, Limits, Provider
from kaimedia.providers.registry import account_of, entry_of, is_free, is_registered, label_of
from kaimedia.security.secret_box import SecretBox
from kaimedia.store.settings import SettingsStore

log = logging.getLogger("kaimedia.jobs")

SANDBOX_KEY = "sandbox-key"
KEY_IS_FRESH_S = 5.0


class Providers:
    """Clients for the providers, created on first use and again when the key changes.

    Tasks go to the provider that their model names. Of one provider, the key can be entered in Settings, and the
    sandbox may stand in for it: `current` is the one of these two in use. `limits` replaces those of all providers.
    """

    def __init__(
        self,
        config: Config,
        settings: SettingsStore,
        secret_box: SecretBox,
        sandbox_url: Callable[[], str],
        limits: Limits | None = None,
        balance_log: BalanceLog | None = None,
    ) -> None:
        self._config = config
        self._settings = settings
        self._secret_box = secret_box
        self._embedded_url = sandbox_url
        self._limits = limits
        self._balance_log = balance_log or BalanceLog()
        self._setting_keys = SettingKeys(config)
        self._clients: dict[tuple[str, Account], Provider] = {}
        self._guard = threading.RLock()
        self._check = KeyCheck()
        self.key_recheck = KeyRecheck(self._recheck)
        self._key_cache: tuple[str | None, str | None] | None = None
        self._key_read_at = 0.0
        self._has_saved_key = self._is_unreadable = False

    def key(self) -> tuple[str | None, str | None]:
        """The provider key and its source; a saved one wins. Reread now and then: another process may save one."""
        with self._guard:
            if self._key_cache is None or time.monotonic() - self._key_read_at > KEY_IS_FRESH_S:
                before, self._key_cache = self._key_cache, self._read_key()
                self._key_read_at = time.monotonic()
                if before is not None and before != self._key_cache:
                    self._check = KeyCheck()  # saved by another process: the last check was of the previous key
            return self._key_cache

    def _read_key(self) -> tuple[str | None, str | None]:
        ciphertext = self._settings.key_ciphertext()
        key = self._secret_box.unseal(ciphertext) if ciphertext else None
        self._has_saved_key, self._is_unreadable = bool(ciphertext), bool(ciphertext) and key is None
        if key:
            hide(key)
            return key, "settings"
        if self._config.kie_api_key:
            hide(self._config.kie_api_key)
            return self._config.kie_api_key, self._config.origins["KIE_API_KEY"].source
        return None, None

    def current(self) -> str:
        """The provider whose key is entered in Settings, or the sandbox in its place; by name."""
        if self._config.provider == "auto":
            return ProviderName.KIE if self.key()[0] else ProviderName.SANDBOX
        return ProviderName(self._config.provider)

    def state(self) -> ProviderState:
        """Everything a page may show about the current provider."""
        key, source = self.key()
        name = self.current()
        problem, detail = self._problem(name, has_key=key is not None)
        if problem in (KeyProblem.REFUSED, KeyProblem.LIMIT_REACHED):
            self.key_recheck.begin()
        has_saved, is_unreadable = self._has_saved_key, self._is_unreadable
        is_fixed = self._config.provider != "auto"
        return ProviderState(
            name, source, hint(key), self._check, problem, detail, has_saved, is_unreadable, is_fixed=is_fixed
        )

    def state_of(self, name: str) -> ProviderState:
        """Whether tasks can be sent to a provider; one that is not registered has no state."""
        if has_saved_key(name):
            return self.state()
        if not is_registered(name):
            return ProviderState(name, None, None, KeyCheck())
        return self._setting_keys.state(entry_of(name))

    def is_excluded(self, name: str) -> bool:
        """True if nothing may be sent to a provider: KAIMEDIA_PROVIDER is sandbox, and this one charges."""
        return self._config.provider == ProviderName.SANDBOX and not is_free(name)

    def state_for(self, spec: ModelSpec) -> ProviderState:
        """Whether tasks of a model can be sent, and where they go."""
        return self.state_of(spec.provider)

    def _problem(self, name: str, *, has_key: bool) -> tuple[KeyProblem | None, str | None]:
        """Why nothing can be sent, and what was said about it."""
        if name == ProviderName.KIE and has_key:
            if not self._check.is_refused:
                return None, None
            is_limit = self._check.status is KeyStatus.LIMIT_REACHED
            return KeyProblem.LIMIT_REACHED if is_limit else KeyProblem.REFUSED, self._check.message
        is_meant_for_kie = name == ProviderName.KIE or self._config.provider == "auto"
        if not (self._is_unreadable and is_meant_for_kie):
            return (KeyProblem.MISSING if name == ProviderName.KIE else None), None
        if self._secret_box.problem is not None:
            return KeyProblem.SECRET_KEY_UNUSABLE, self._secret_box.problem.message
        return KeyProblem.UNREADABLE, None

    def name_for(self, spec: ModelSpec) -> str:
        """The provider that a new task of this model goes to: its own, or the sandbox that stands in for it.

        Raises:
            InvalidRequest: the model's provider is not registered.
        """
        return self.current() if goes_to_current(spec) else entry_of(spec.provider).name

    def client(self, name: str) -> Provider:
        """A client for one provider.

        Raises:
            AuthFailed: it needs a key and none is known.
            InvalidRequest: there is no such provider.
        """
        with self._guard:
            return self._client(name, self._account(name))

    def _account(self, name: str) -> Account:
        if name == ProviderName.SANDBOX:
            url = self.sandbox_url()
            return Account(url, url, SANDBOX_KEY)
        if name == ProviderName.KIE:
            key, _ = self.key()
            if not key:
                raise AuthFailed(f"No {label_of(name)} key is set.", next_step="Add the key in Settings.")
            return self._kie_account(key)
        return self._setting_keys.account(entry_of(name))

    def _kie_account(self, key: str) -> Account:
        return Account(self._config.kie_api_url, self._config.kie_upload_url, key)

    def callback_url(self, name: str, nonce: str | None) -> str | None:
        """Where a provider may report a task; None where it cannot reach us or reports nothing."""
        if not self._config.public_url or not entry_of(name).sends_callbacks:
            return None
        return f"{self._config.public_url}/api/callbacks/{name}/{nonce}"

    def callback_secret(self, name: str) -> str:
        """What verifies a provider's callbacks; "" where nothing does."""
        if name in (ProviderName.KIE, ProviderName.SANDBOX):
            return self._config.webhook_hmac_key or ""
        return account_of(name).callback_secret

    def result_hosts(self, name: str) -> tuple[str, ...]:
        """Hosts set as the provider's own: results may be there, even if the address is private."""
        if name == ProviderName.KIE:
            urls = [self._config.kie_api_url, self._config.kie_upload_url]
        elif name == ProviderName.SANDBOX:
            urls = [self.sandbox_url()]
        else:
            urls = [account_of(name).url]
        return tuple(host for url in urls if (host := urlsplit(url).netloc))

    def sandbox_url(self) -> str:
        """The sandbox's base URL; starts the embedded one when none is configured and none runs."""
        return self._config.sandbox_url or self._embedded_url()

    def forget_key(self) -> None:
        """The saved key changed: read it again and drop the last check."""
        with self._guard:
            self._key_cache = None
            self._check = KeyCheck()

    def check_key(self, key: str | None = None) -> KeyCheck:
        """Query the balance with the given key (or the one in use); the result is cached for the one in use."""
        account = None
        try:
            account = self._account(self.current()) if key is None else self._kie_account(key)
            client = self._client(self.current() if key is None else ProviderName.KIE, account)
            check = KeyCheck(KeyStatus.ACCEPTED, balance_credits=client.credits())
        except ProviderError as error:
            check = KeyCheck.of_error(error)
        check = replace(check, checked_at=utc_now())
        if key is None or key == self.key()[0]:
            self._check = check
            if account is not None:
                self._record_balance(self.current() if key is None else ProviderName.KIE, check, account.key)
            if not check.is_accepted:  # pages now report a problem: notice when it is over
                self.key_recheck.begin()
        return check

    def note_refused_key(self, provider: str, message: str) -> None:
        """A paid call got a 401: show it before the next one. If the key has a form, check it until it works."""
        if provider == ProviderName.KIE:
            self._check = KeyCheck(KeyStatus.REFUSED, message, checked_at=utc_now())
            self.key_recheck.begin()
        elif provider != ProviderName.SANDBOX:
            self._setting_keys.note_rejected(provider, message)

    def _recheck(self) -> bool:
        """Check the key in use again: True if it is accepted, or once no key is refused any more."""
        if self._check.status is KeyStatus.UNCHECKED:
            return True  # another key was saved meanwhile
        try:
            return self.check_key().is_accepted
        except KaimediaError as error:  # the key cannot be read or used at the moment
            log.debug("the rejected key cannot be checked: %s", error)
            return False

    def note_balance(self, credits: float) -> None:
        """Record a fresh balance of the key that was just saved."""
        self._check = KeyCheck(KeyStatus.ACCEPTED, balance_credits=credits, checked_at=utc_now())
        self._record_balance(ProviderName.KIE, self._check, self.key()[0] or "")

    def read_balance(self, name: str) -> KeyCheck:
        """Ask a provider for the balance of the key in use, and store it; may wait for the answer for seconds.

        Raises:
            ProviderError: it does not say it, or cannot be reached.
        """
        with self._guard:
            account = self._account(name)
            client = self._client(name, account)
        check = KeyCheck(KeyStatus.ACCEPTED, balance_credits=client.credits(), checked_at=utc_now())
        self._record_balance(name, check, account.key)
        return check

    def _record_balance(self, provider: str, check: KeyCheck, key: str) -> None:
        """Store what a provider said about the balance of a key, if it said anything."""
        if check.balance_credits is not None and check.checked_at is not None:
            self._balance_log.record(provider, check.balance_credits, check.checked_at, key)

    def close(self) -> None:
        """Close every connection."""
        self.key_recheck.stop()
        with self._guard:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

    def _client(self, name: str, account: Account) -> Provider:
        with self._guard:
            entry = entry_of(name)
            if (name, account) not in self._clients:
                self._clients[name, account] = entry.connect(account, self._limits or entry.limits)
            return self._clients[name, account]


def goes_to_current(spec: ModelSpec) -> bool:
    """True if tasks of a model go to the provider whose key is entered in Settings, or to the sandbox in its place."""
    return spec.provider == ProviderName.KIE


def has_saved_key(name: str) -> bool:
    """True for the provider whose key is entered in Settings, and for the sandbox in its place."""
    return name in (ProviderName.KIE, ProviderName.SANDBOX)
