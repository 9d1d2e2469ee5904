"""Which provider a task goes to, and a client for it; the key may change at runtime."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from kaimedia.config import Config
from kaimedia.domain import ProviderKind, utc_now
from kaimedia.errors import AuthFailed, KaimediaError, ProviderError
from kaimedia.jobs.key_check import KeyCheck, KeyProblem, KeyStatus
from kaimedia.jobs.key_recheck import KeyRecheck
from kaimedia.log import hide
from kaimedia.models.spec import ModelSpec
from kaimedia.providers.base import Account, Limits, Provider
from kaimedia.providers.registry import account_of, entry_of, label_of
from kaimedia.security.secret_box import SecretBox
from kaimedia.store.settings import SettingsStore

log = logging.getLogger("kaimedia.jobs")

SANDBOX_KEY = "sandbox-key"
KEY_IS_FRESH_S = 5.0


@dataclass(frozen=True, slots=True)
class ProviderState:
    """Where new tasks go and with which key; never the key itself.

    `key_source` is `settings`, `environment`, `.env`, `secrets.toml` or None; `key_hint` its last four
    characters. `problem` says why nothing can be sent, `problem_detail` what the provider or the error said about it.
    """

    kind: str
    key_source: str | None
    key_hint: str | None
    check: KeyCheck
    problem: KeyProblem | None = None
    problem_detail: str | None = None
    has_saved_key: bool = False
    saved_key_is_unreadable: bool = False  # encrypted with a secret key that is lost

    @property
    def is_sandbox(self) -> bool:
        """True when nothing is charged."""
        return self.kind == ProviderKind.SANDBOX


class Providers:
    """Clients for the providers, created on first use and again when the key changes."""

    def __init__(
        self,
        config: Config,
        settings: SettingsStore,
        secret_box: SecretBox,
        sandbox_url: Callable[[], str],
        limits: Limits | None = None,
    ) -> None:
        self._config = config
        self._settings = settings
        self._secret_box = secret_box
        self._embedded_url = sandbox_url
        self._limits = limits or Limits()
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

    def kind(self) -> str:
        """Where new tasks go."""
        if self._config.provider == "auto":
            return ProviderKind.KIE if self.key()[0] else ProviderKind.SANDBOX
        return ProviderKind(self._config.provider)

    def state(self) -> ProviderState:
        """Everything a page may show about the provider."""
        key, source = self.key()
        kind = self.kind()
        problem, detail = self._problem(kind, has_key=key is not None)
        if problem in (KeyProblem.REFUSED, KeyProblem.LIMIT_REACHED):
            self.key_recheck.begin()
        hint = key[-4:] if key and len(key) >= 12 else None
        has_saved, is_unreadable = self._has_saved_key, self._is_unreadable
        return ProviderState(kind, source, hint, self._check, problem, detail, has_saved, is_unreadable)

    def _problem(self, kind: str, *, has_key: bool) -> tuple[KeyProblem | None, str | None]:
        """Why nothing can be sent, and what was said about it."""
        if kind == ProviderKind.KIE and has_key:
            if not self._check.is_refused:
                return None, None
            is_limit = self._check.status is KeyStatus.LIMIT_REACHED
            return KeyProblem.LIMIT_REACHED if is_limit else KeyProblem.REFUSED, self._check.message
        is_meant_for_kie = kind == ProviderKind.KIE or self._config.provider == "auto"
        if not (self._is_unreadable and is_meant_for_kie):
            return (KeyProblem.MISSING if kind == ProviderKind.KIE else None), None
        if self._secret_box.problem is not None:
            return KeyProblem.SECRET_KEY_UNUSABLE, self._secret_box.problem.message
        return KeyProblem.UNREADABLE, None

    def kind_for(self, spec: ModelSpec) -> str:
        """The provider that a new task of this model goes to: its own, with the sandbox in place of the real one.

        Raises:
            InvalidRequest: the model's provider is not registered.
        """
        return self.kind() if spec.provider == ProviderKind.KIE else entry_of(spec.provider).name

    def client(self, name: str) -> Provider:
        """A client for one provider.

        Raises:
            AuthFailed: it needs a key and none is known.
            InvalidRequest: there is no such provider.
        """
        with self._guard:
            return self._client(name, self._account(name))

    def _account(self, name: str) -> Account:
        if name == ProviderKind.SANDBOX:
            url = self.sandbox_url()
            return Account(url, url, SANDBOX_KEY)
        if name == ProviderKind.KIE:
            key, _ = self.key()
            if not key:
                raise AuthFailed(f"No {label_of(name)} key is set.", next_step="Add the key in Settings.")
            return self._kie_account(key)
        return entry_of(name).account

    def _kie_account(self, key: str) -> Account:
        return Account(self._config.kie_api_url, self._config.kie_upload_url, key)

    def callback_url(self, name: str, nonce: str | None) -> str | None:
        """Where a provider may report a task; None where it cannot reach us or reports nothing."""
        if not self._config.public_url or not entry_of(name).sends_callbacks:
            return None
        return f"{self._config.public_url}/api/callbacks/{name}/{nonce}"

    def callback_secret(self, name: str) -> str:
        """What verifies a provider's callbacks; "" where nothing does."""
        if name in (ProviderKind.KIE, ProviderKind.SANDBOX):
            return self._config.webhook_hmac_key or ""
        return account_of(name).callback_secret

    def result_hosts(self, name: str) -> tuple[str, ...]:
        """Hosts set as the provider's own: results may be there, even if the address is private."""
        if name == ProviderKind.KIE:
            urls = [self._config.kie_api_url, self._config.kie_upload_url]
        elif name == ProviderKind.SANDBOX:
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
        try:
            account = self._account(self.kind()) if key is None else self._kie_account(key)
            client = self._client(self.kind() if key is None else ProviderKind.KIE, account)
            check = KeyCheck(KeyStatus.ACCEPTED, balance_credits=client.credits())
        except ProviderError as error:
            check = KeyCheck.of_error(error)
        check = replace(check, checked_at=utc_now())
        if key is None or key == self.key()[0]:
            self._check = check
            if not check.is_accepted:  # pages now report a problem: notice when it is over
                self.key_recheck.begin()
        return check

    def note_refused_key(self, message: str) -> None:
        """A paid call got a 401: show it before the next one, and repeat the free balance call until it works."""
        self._check = KeyCheck(KeyStatus.REFUSED, message, checked_at=utc_now())
        self.key_recheck.begin()

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
        """Record a fresh balance."""
        self._check = KeyCheck(KeyStatus.ACCEPTED, balance_credits=credits, checked_at=utc_now())

    def close(self) -> None:
        """Close every connection."""
        self.key_recheck.stop()
        with self._guard:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

    def _client(self, name: str, account: Account) -> Provider:
        with self._guard:
            if (name, account) not in self._clients:
                self._clients[name, account] = entry_of(name).connect(account, self._limits)
            return self._clients[name, account]
