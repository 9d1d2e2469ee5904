"""All errors of the app, as one tree.

    KaimediaError                 retryable  HTTP   the user's next step
      ConfigError                 no         500    names the setting and where it is set
      InvalidRequest              no         422    names the field and its limits; raised before any network call
        Conflict                  no         409    another name, or remove something first
      ProviderError
        AuthFailed                no         502    check the key in Settings
        CreditsExhausted          no         402    top up
        RateLimited               yes        429    nothing: not accepted, sent again later
        RequestRejected           no         422    the provider's reason
        ContentRejected           no         422    change the prompt or the reference
        ReferenceRejected         no         422    choose another reference image
        ModelRetired              no         409    choose the model named instead
        ProviderUnavailable       yes        503    nothing: not sent or not accepted, tried again
        OutcomeUnknown            no         502    look it up or dismiss it; never sent again automatically
        TaskFailed                no         502    accepted, then failed; the user may try again
        UnexpectedResponse        no         502    the response format changed; report it
      StoreError
        NotFound                  no         404
        StaleTransition           no         409    the task was changed elsewhere first
        KeyReused                 no         409    use a new idempotency key
        StoreUnavailable          yes        503    the database is locked or unreachable
          DatabaseClosed          yes        503    damaged, deleted or replaced: choose how to continue
      MediaError
        ResultExpired             no         410    the link has expired
        FetchFailed               yes        502    the download failed or broke off
        UnsupportedMedia          no         415    use one of the types named
        TooLarge                  no         413    use a smaller file
        UnsafePath                no         400    a file name or address that is not allowed
        StorageFull               yes        507    free up disk space

`retryable` means that the engine may repeat the same step without paying twice.
"""

from __future__ import annotations

from typing import ClassVar

from kaimedia.domain.closing import ClosedReason as ClosedReason


class KaimediaError(Exception):
    """Base class. `str(error)` is a sentence for the user and contains no secrets."""

    retryable: ClassVar[bool] = False
    http_status: ClassVar[int] = 500
    code: ClassVar[str] = "error"
    default_next_step: ClassVar[str] = "Try again; if it keeps failing, check the log."

    def __init__(self, message: str, *, next_step: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step or self.default_next_step


class ConfigError(KaimediaError):
    """A setting is missing or wrong; `setting` is its name."""

    code = "config"
    default_next_step = "Correct the setting and restart; `python -m kaimedia doctor` lists them all."

    def __init__(self, message: str, *, setting: str, next_step: str | None = None) -> None:
        super().__init__(message, next_step=next_step)
        self.setting = setting


class InvalidRequest(KaimediaError):
    """Invalid input, rejected before anything is sent; `field` is the name of the invalid field."""

    http_status = 422
    code = "invalid_request"
    default_next_step = "Correct the field and try again. Nothing was sent."

    def __init__(self, message: str, *, field: str, next_step: str | None = None) -> None:
        super().__init__(message, next_step=next_step)
        self.field = field


class Conflict(InvalidRequest):
    """A valid request that conflicts with existing data: the name is taken, or a limit is reached."""

    http_status = 409
    code = "conflict"
    default_next_step = "Choose another name, or remove something first. Nothing was changed."


class ProviderError(KaimediaError):
    """An error from or on the way to the provider. `provider_code` is the code it returned, if any."""

    http_status = 502
    code = "provider"

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
    """401/403: key missing, wrong or without permission, or its own spending cap is reached (433)."""

    code = "bad_key"
    default_next_step = "Check the provider key in Settings."


class CreditsExhausted(ProviderError):
    """402, or the same message with another code."""

    http_status = 402
    code = "no_credits"
    default_next_step = "Top up at kie.ai, then press Try again."


class RateLimited(ProviderError):
    """429 or 430: refused before acceptance, may be sent again."""

    retryable = True
    http_status = 429
    code = "rate_limited"
    default_next_step = "Nothing to do: it is sent again in a moment."


class RequestRejected(ProviderError):
    """The provider rejected the request; not charged."""

    http_status = 422
    code = "rejected"
    default_next_step = "Change the request as the reason suggests and try again."


class ContentRejected(ProviderError):
    """Moderation rejected the prompt or the reference."""

    http_status = 422
    code = "moderated"
    default_next_step = "Change the prompt (or the reference image) and try again."


class ReferenceRejected(ProviderError):
    """The provider could not read the reference image (451), or we could not."""

    http_status = 422
    code = "bad_reference"
    default_next_step = "Choose another reference image."


class ModelRetired(ProviderError):
    """The provider no longer runs this model; refused before anything is sent."""

    http_status = 409
    code = "retired_model"
    default_next_step = "Choose another model."


class ProviderUnavailable(ProviderError):
    """Not sent (no connection) or not accepted (455, 550): safe to repeat."""

    retryable = True
    http_status = 503
    code = "provider_unavailable"
    default_next_step = "Nothing to do: it is tried again automatically."


class OutcomeUnknown(ProviderError):
    """A create was sent and its reply was lost: it may be paid. Never repeated automatically."""

    code = "outcome_unknown"
    default_next_step = "Find it in kie.ai's logs and enter its task ID, dismiss it, or send it again (may cost twice)."


class TaskFailed(ProviderError):
    """Accepted, then failed at the provider."""

    code = "provider_failed"
    default_next_step = "Try again. Failed tasks are generally not billed."


class UnexpectedResponse(ProviderError):
    """The provider's response is in an unknown format."""

    code = "unexpected_response"
    default_next_step = "Try again later; if it keeps failing, report it with the log."


class StoreError(KaimediaError):
    """Base class of the store's errors."""

    code = "store"


class NotFound(StoreError):
    """No such row."""

    http_status = 404
    code = "not_found"
    default_next_step = "It may have been deleted; reload the page."


class StaleTransition(StoreError):
    """The row was not in the expected state: it was changed elsewhere first."""

    http_status = 409
    code = "stale"
    default_next_step = "Reload the page and try again."


class KeyReused(StoreError):
    """An idempotency key was used again with another request, or its task was deleted."""

    http_status = 409
    code = "idempotency_conflict"
    default_next_step = "Use a new Idempotency-Key for a new request."


class StoreUnavailable(StoreError):
    """The database is locked, unreachable or its disk is full."""

    retryable = True
    http_status = 503
    code = "store_unavailable"
    default_next_step = "Check the database and the disk, then try again; running tasks resume automatically."


class DatabaseClosed(StoreUnavailable):
    """The database was damaged, deleted or replaced; nothing is sent until the user decides how to continue."""

    code = "database_closed"

    def __init__(self, message: str, *, reason: ClosedReason, next_step: str) -> None:
        super().__init__(message, next_step=next_step)
        self.reason = reason


class MediaError(KaimediaError):
    """Base class of errors in fetching, checking and storing files."""

    code = "media"


class ResultExpired(MediaError):
    """The link has expired (404, 410, 403)."""

    http_status = 410
    code = "expired"
    default_next_step = "The provider keeps results for a limited time only."


class FetchFailed(MediaError):
    """The download failed or broke off; with `sha256`, it completed, but the file looks damaged."""

    retryable = True
    http_status = 502
    code = "fetch_failed"
    default_next_step = "Nothing to do: it is fetched again automatically."

    def __init__(self, message: str, *, next_step: str | None = None, sha256: str | None = None) -> None:
        super().__init__(message, next_step=next_step)
        self.sha256 = sha256


class UnsupportedMedia(MediaError):
    """The file is of a type we do not store."""

    http_status = 415
    code = "unsupported_media"
    default_next_step = "Use a PNG, JPEG or WebP image."


class TooLarge(MediaError):
    """More bytes or pixels than the limit."""

    http_status = 413
    code = "too_large"
    default_next_step = "Use a smaller file."


class UnsafePath(MediaError):
    """A file name or address that is not allowed."""

    http_status = 400
    code = "unsafe"
    default_next_step = "Use a public https address."


class StorageFull(MediaError):
    """Not enough disk space for the result."""

    retryable = True
    http_status = 507
    code = "storage_full"
    default_next_step = "Free up space on the disk for media, then try again; running tasks resume automatically."
