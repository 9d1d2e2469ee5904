"""What a reply that accepts nothing means, as an error."""

from __future__ import annotations

from kaimedia.errors import (
    AuthFailed,
    CreditsExhausted,
    OutcomeUnknown,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    ReferenceRejected,
    RequestRejected,
)
from tests.pictureworks.transport import KEY_SETTING, Reply

BAD_KEY = "PictureWorks rejected the key."


def of_create(reply: Reply) -> ProviderError:
    """The error for a create that was not accepted; `OutcomeUnknown` unless the refusal is definite."""
    status = reply.status
    if error := _of_account(reply):
        return error
    if status == 402:
        message = "There are not enough credits at PictureWorks. Nothing was charged."
        return CreditsExhausted(message, next_step="Top up at PictureWorks, then press Try again.", provider_code=402)
    if reply.is_definite_refusal:
        kind = ReferenceRejected if reply.text("field") == "images" else RequestRejected
        message = f"PictureWorks rejected the request{_reason(reply)} Nothing was charged."
        return kind(message, provider_code=status)
    message = f"PictureWorks answered with HTTP {status}, so it is unclear whether it accepted the task."
    return OutcomeUnknown(message, provider_code=status)


def of_upload(reply: Reply) -> ProviderError:
    """The error for a file that was not accepted."""
    error = of_free_call(reply)
    if isinstance(error, ProviderUnavailable) and reply.is_definite_refusal:
        message = f"PictureWorks did not accept the reference file{_reason(reply)}"
        return ReferenceRejected(message, provider_code=reply.status)
    return error


def of_free_call(reply: Reply) -> ProviderError:
    """The error for a call that costs nothing, such as reading the balance."""
    message = f"PictureWorks answered with HTTP {reply.status}."
    return _of_account(reply) or ProviderUnavailable(message, provider_code=reply.status)


def _of_account(reply: Reply) -> ProviderError | None:
    status = reply.status
    if status in (401, 403):
        return AuthFailed(BAD_KEY, next_step=f"Correct {KEY_SETTING} and restart.", provider_code=status)
    if status == 429:
        message = "PictureWorks is not accepting more requests right now."
        return RateLimited(message, provider_code=429, retry_after_s=reply.retry_after_s)
    return None


def _reason(reply: Reply) -> str:
    reason = reply.quoted("reason")
    return f": “{reason}”." if reason else f" (HTTP {reply.status})."
