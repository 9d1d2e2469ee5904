"""Whether tasks can be sent to a provider, and with which key."""

from __future__ import annotations

from dataclasses import dataclass

from kaimedia.domain import ProviderName
from kaimedia.jobs.key_check import KeyCheck, KeyProblem
from kaimedia.providers.registry import is_free

_HINT_CHARS = 4
_HINTED_FROM_CHARS = 12


@dataclass(frozen=True, slots=True)
class ProviderState:
    """Whether tasks can be sent to the provider of that name and with which key; never the key itself.

    `key_source` is `settings`, `environment`, `.env`, `secrets.toml` or None; `key_hint` its last four
    characters. `problem` says why nothing can be sent, `problem_detail` what the provider or the error said about it.
    `is_fixed` is True if KAIMEDIA_PROVIDER chooses the provider, whatever key there is.
    """

    name: str
    key_source: str | None
    key_hint: str | None
    check: KeyCheck
    problem: KeyProblem | None = None
    problem_detail: str | None = None
    has_saved_key: bool = False
    saved_key_is_unreadable: bool = False  # encrypted with a secret key that is lost
    is_fixed: bool = False

    @property
    def is_sandbox(self) -> bool:
        """True for the sandbox, which stands in for the provider whose key is entered in Settings."""
        return self.name == ProviderName.SANDBOX

    @property
    def is_free(self) -> bool:
        """True when nothing is charged."""
        return is_free(self.name)


def hint(key: str | None) -> str | None:
    """What may be shown of a key: its last four characters, nothing of a short one."""
    return key[-_HINT_CHARS:] if key and len(key) >= _HINTED_FROM_CHARS else None
