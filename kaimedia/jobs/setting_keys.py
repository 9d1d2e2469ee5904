"""The keys of providers that have theirs in a setting, and which of them were rejected."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from kaimedia.config import Config
from kaimedia.domain import ProviderName, utc_now
from kaimedia.errors import AuthFailed
from kaimedia.jobs.key_check import KeyCheck, KeyProblem, KeyStatus
from kaimedia.jobs.provider_state import ProviderState, hint
from kaimedia.log import hide
from kaimedia.providers.base import Account, ProviderEntry

REJECTED_FOR_S = 300.0


class SettingKeys:
    """Keys read at startup. Thread-safe. `clock` returns seconds.

    A rejected key is remembered for five minutes: most of these providers have no free call to check it with, and a
    create with a rejected key costs nothing, so the next one may try again.
    """

    def __init__(self, config: Config, clock: Callable[[], float] = time.monotonic) -> None:
        self._config = config
        self._clock = clock
        self._guard = threading.Lock()
        self._rejected: dict[str, tuple[float, KeyCheck]] = {}

    def account(self, entry: ProviderEntry) -> Account:
        """How the provider is reached, with its key.

        Raises:
            AuthFailed: it needs a key and none is set.
        """
        key, _ = self._key(entry)
        if entry.key_setting and not key:
            step = f"Set {entry.key_setting} and restart. Nothing was sent."
            raise AuthFailed(f"No {entry.label} key is set.", next_step=step)
        return replace(entry.account, key=key) if key else entry.account

    def state(self, entry: ProviderEntry) -> ProviderState:
        """Whether tasks can be sent to the provider."""
        key, source = self._key(entry)
        check = self._check(entry.name)
        problem: KeyProblem | None = None
        if self._config.provider == ProviderName.SANDBOX and not entry.is_free:
            problem = KeyProblem.SANDBOX_ONLY
        elif entry.key_setting and not key:
            problem = KeyProblem.MISSING
        elif check.is_refused:
            problem = KeyProblem.REFUSED
        return ProviderState(entry.name, source, hint(key), check, problem, check.message)

    def note_rejected(self, name: str, message: str) -> None:
        """The provider rejected its key."""
        check = KeyCheck(KeyStatus.REFUSED, message, checked_at=utc_now())
        with self._guard:
            self._rejected[name] = (self._clock(), check)

    def _check(self, name: str) -> KeyCheck:
        with self._guard:
            rejected_at, check = self._rejected.get(name, (0.0, KeyCheck()))
        return check if check.is_refused and self._clock() - rejected_at < REJECTED_FOR_S else KeyCheck()

    def _key(self, entry: ProviderEntry) -> tuple[str | None, str | None]:
        """The key and where it is set."""
        origin = self._config.origins.get(entry.key_setting)
        if origin is None or not origin.value:
            return None, None
        hide(origin.value)
        return origin.value, origin.source
