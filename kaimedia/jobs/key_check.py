"""Whether a key can be used, and what the provider said about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kaimedia.errors import AuthFailed, KeyLimitReached, ProviderError


class KeyStatus(StrEnum):
    """Whether the provider accepts a key."""

    UNCHECKED = "unchecked"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    LIMIT_REACHED = "limit_reached"  # valid, but its own spending limit is reached
    NO_ANSWER = "no_answer"  # the provider could not be reached, or gave no usable answer


class KeyProblem(StrEnum):
    """Why nothing can be sent with the key."""

    MISSING = "missing"
    UNREADABLE = "unreadable"  # saved, but the secret key that encrypted it has changed
    SECRET_KEY_UNUSABLE = "secret_key_unusable"  # saved, but the secret key cannot be read at the moment
    REFUSED = "refused"
    LIMIT_REACHED = "limit_reached"
    SANDBOX_ONLY = "sandbox_only"  # KAIMEDIA_PROVIDER is sandbox, so no provider may charge anything


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """The last answer about a key. `message` is what the provider or the error said, for people."""

    status: KeyStatus = KeyStatus.UNCHECKED
    message: str | None = None
    balance_credits: float | None = None
    checked_at: datetime | None = None

    @property
    def is_accepted(self) -> bool:
        """True if the key can be used."""
        return self.status is KeyStatus.ACCEPTED

    @property
    def is_refused(self) -> bool:
        """True if the provider does not accept the key at the moment."""
        return self.status in (KeyStatus.REFUSED, KeyStatus.LIMIT_REACHED)

    @classmethod
    def of_error(cls, error: ProviderError) -> KeyCheck:
        """The check that ended with this error."""
        if isinstance(error, KeyLimitReached):
            return cls(KeyStatus.LIMIT_REACHED, error.message)
        return cls(KeyStatus.REFUSED if isinstance(error, AuthFailed) else KeyStatus.NO_ANSWER, error.message)
