"""All errors of the app, as one tree; `kaimedia.error_table` says what each means to users and programs.

KaimediaError
  ConfigError                 names the setting and where it is set
  InvalidRequest              names the field and its limits; raised before any network call
    Conflict                  valid, but conflicts with existing data
  LimitReached                a spending limit set by the user; raised before anything is queued
  LimitNeeded                 an agent's token without a daily or monthly spending limit of its own
  ProviderError
    AuthFailed                the key is missing, wrong or without permission
      KeyLimitReached         the key is valid; its own spending limit is reached
    CreditsExhausted
    RateLimited               not accepted, sent again later
    RequestRejected           the provider's reason
    ContentRejected
    ReferenceRejected
    ModelRetired              names the model to use instead
    ProviderUnavailable       not sent or not accepted, tried again
      ProviderBusy            it answers, but takes no tasks now
    OutcomeUnknown            never sent again automatically
    TaskFailed                accepted, then failed
    UnexpectedResponse        the response format changed
  StoreError
    NotFound
    StaleTransition           the task was changed elsewhere first
    KeyReused                 of idempotency keys
    StoreUnavailable          the database is locked or unreachable
      DatabaseClosed          damaged, deleted or replaced: choose how to continue
  MediaError
    ResultExpired             the link has expired
    FetchFailed               the download failed or broke off
    UnsupportedMedia
    TooLarge
    UnsafePath                a file name or address that is not allowed
    StorageFull               free up disk space
    StorageUnavailable        the media storage does not respond; nothing is said about its files
"""

from __future__ import annotations

from typing import ClassVar

from kaimedia.domain.closing import ClosedReason as ClosedReason
from kaimedia.domain.limits import SpendingLimit
from kaimedia.error_table import ERRORS as ERRORS
from kaimedia.error_table import ErrorFacts


class KaimediaError(Exception):
    """Base class. `str(error)` is a sentence for users, without secrets. `has_own_step`: not the step of the table."""

    facts: ClassVar[ErrorFacts] = ERRORS["error"]

    def __init__(self, message: str, *, next_step: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.has_own_step = bool(next_step)
        self.next_step = next_step or self.facts.next_step

    @property
    def code(self) -> str:
        """A stable name, for programs."""
        return self.facts.code

    @property
    def http_status(self) -> int:
        """The status of a response of the REST API."""
        return self.facts.http_status

    @property
    def retryable(self) -> bool:
        """Whether the engine may repeat the same step without paying twice."""
        return self.facts.is_retryable


class ConfigError(KaimediaError):
    """A setting is missing or wrong; `setting` is its name."""

    facts = ERRORS["config"]

    def __init__(self, message: str, *, setting: str, next_step: str | None = None) -> None:
        super().__init__(message, next_step=next_step)
        self.setting = setting


class InvalidRequest(KaimediaError):
    """Invalid input, rejected before anything is sent; `field` is the name of the invalid field."""

    facts = ERRORS["invalid_request"]

    def __init__(self, message: str, *, field: str, next_step: str | None = None) -> None:
        super().__init__(message, next_step=next_step)
        self.field = field


class Conflict(InvalidRequest):
    """A valid request that conflicts with existing data: the name is taken, or a limit is reached."""

    facts = ERRORS["conflict"]


class LimitReached(KaimediaError):
    """A spending limit leaves less than this would cost; nothing was queued. `limit` is the one that was checked."""

    facts = ERRORS["limit_reached"]

    def __init__(self, message: str, *, next_step: str | None = None, limit: SpendingLimit | None = None) -> None:
        super().__init__(message, next_step=next_step)
        self.limit = limit


class LimitNeeded(KaimediaError):
    """An agent would spend, but its token has no daily or monthly limit of its own; nothing was queued."""

    facts = ERRORS["limit_needed"]


class ProviderError(KaimediaError):
    """An error from or on the way to the provider. `provider_code` is the code it returned, if any."""

    facts = ERRORS["provider"]

    def __init__(
        self,
        message: str,
        *,
        next_step: str | None = None,
        provider_code: int | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message, next_step=next_step)
        self.provider_code = provider_code
        self.retry_after_s = retry_after_s


class AuthFailed(ProviderError):
    """The key is missing, wrong or without permission."""

    facts = ERRORS["bad_key"]


class KeyLimitReached(AuthFailed):
    """The key is valid, but has reached its own spending limit, which resets on its own."""


class CreditsExhausted(ProviderError):
    """The account does not have enough credits."""

    facts = ERRORS["no_credits"]


class RateLimited(ProviderError):
    """Refused before acceptance, may be sent again."""

    facts = ERRORS["rate_limited"]


class RequestRejected(ProviderError):
    """The provider rejected the request; not charged."""

    facts = ERRORS["rejected"]


class ContentRejected(ProviderError):
    """Moderation rejected the prompt or the reference."""

    facts = ERRORS["moderated"]


class ReferenceRejected(ProviderError):
    """The provider could not read the reference image, or we could not."""

    facts = ERRORS["bad_reference"]


class ModelRetired(ProviderError):
    """The provider no longer runs this model; refused before anything is sent."""

    facts = ERRORS["retired_model"]


class ProviderUnavailable(ProviderError):
    """Not sent (no connection) or not accepted: safe to repeat."""

    facts = ERRORS["provider_unavailable"]


class ProviderBusy(ProviderUnavailable):
    """The provider answers, but takes no tasks now: maintenance, or its queue is full."""


class OutcomeUnknown(ProviderError):
    """A create was sent and its reply was lost: it may be paid. Never repeated automatically."""

    facts = ERRORS["outcome_unknown"]


class TaskFailed(ProviderError):
    """Accepted, then failed at the provider."""

    facts = ERRORS["provider_failed"]


class UnexpectedResponse(ProviderError):
    """The provider's response is in an unknown format."""

    facts = ERRORS["unexpected_response"]


class StoreError(KaimediaError):
    """Base class of the store's errors."""

    facts = ERRORS["store"]


class NotFound(StoreError):
    """No such row."""

    facts = ERRORS["not_found"]


class StaleTransition(StoreError):
    """The row was not in the expected state: it was changed elsewhere first."""

    facts = ERRORS["stale"]


class KeyReused(StoreError):
    """An idempotency key was used again with another request, or its task was deleted."""

    facts = ERRORS["idempotency_conflict"]


class StoreUnavailable(StoreError):
    """The database is locked, unreachable or its disk is full."""

    facts = ERRORS["store_unavailable"]


class DatabaseClosed(StoreUnavailable):
    """The database was damaged, deleted or replaced; nothing is sent until the user decides how to continue."""

    facts = ERRORS["database_closed"]

    def __init__(self, message: str, *, reason: ClosedReason, next_step: str) -> None:
        super().__init__(message, next_step=next_step)
        self.reason = reason


class MediaError(KaimediaError):
    """Base class of errors in fetching, checking and storing files."""

    facts = ERRORS["media"]


class ResultExpired(MediaError):
    """The link has expired (404, 410, 403)."""

    facts = ERRORS["expired"]


class FetchFailed(MediaError):
    """The download failed or broke off; with `sha256`, it completed, but the file looks damaged."""

    facts = ERRORS["fetch_failed"]

    def __init__(self, message: str, *, next_step: str | None = None, sha256: str | None = None) -> None:
        super().__init__(message, next_step=next_step)
        self.sha256 = sha256


class UnsupportedMedia(MediaError):
    """The file is of a type we do not store."""

    facts = ERRORS["unsupported_media"]


class TooLarge(MediaError):
    """More bytes or pixels than the limit."""

    facts = ERRORS["too_large"]


class UnsafePath(MediaError):
    """A file name or address that is not allowed."""

    facts = ERRORS["unsafe"]


class StorageFull(MediaError):
    """Not enough disk space for the result."""

    facts = ERRORS["storage_full"]


class StorageUnavailable(MediaError):
    """The media storage does not respond or refuses access; its files may all be there."""

    facts = ERRORS["storage_unavailable"]
