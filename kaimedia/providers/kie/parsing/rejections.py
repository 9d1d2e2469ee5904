"""What a rejection means: kie.ai's codes and texts, interpreted in one place for creates and for failed tasks.

Source: docs.kie.ai, response codes and the model pages, state of 2026-10. Codes alone are ambiguous: 500 is used for
server errors, validation, paused models and missing credits, so texts are matched too.
"""

from __future__ import annotations

import re

from kaimedia.domain import ErrorCode
from kaimedia.errors import (
    AuthFailed,
    ContentRejected,
    CreditsExhausted,
    KeyLimitReached,
    OutcomeUnknown,
    ProviderBusy,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    ReferenceRejected,
    RequestRejected,
)
from kaimedia.providers.http.redaction import quote

_CREDITS = re.compile(
    r"(?i)credits? (balance )?(is |are )?(insufficient|not enough)|(insufficient|not enough) credits?"
)
_FREQUENCY = re.compile(r"(?i)call frequency is too high")
_PAUSED = re.compile(r"(?i)temporarily paused|interface is paused|model is paused")
_POLICY = re.compile(
    r"(?i)\bflagged|polic(y|ies)\b|moderat|rejected by flow|nsfw|\bunsafe|inappropriate|violat|prohibited"
    r"|sensitive (content|words?|information)|safety|content guidelines|prominent (people|person)"
)
_REFERENCE = re.compile(
    r"(?i)\b(fetch|download|access|load|read|retriev|open|decod|process)\w*\b.{0,40}\b(images?|files?|photo|picture)\b"
    r"|\b(images?|files?|photo|picture)\b.{0,60}\b(fetch|download|access|unreadable|corrupt|broken|expired"
    r"|not (be )?(found|reachable|supported)|format|too large|invalid|exceed)"
    r"|unsupported (image )?(width|height)|image (width|height|size)"
)
_VALIDATION = re.compile(
    r"(?i)field is required|\bis required\b|not within the range|text length cannot exceed|can ?not be (empty|null)"
    r"|ratio error|is not supported|invalid (parameter|model|value)|must be (one of|a |an |between|at )"
)
_REFUSED_BY_CHECK = re.compile(
    r"(?i)rejected by flow|\bflagged|content polic|nsfw|moderation|inappropriate|prohibited content"
    r"|sensitive (content|words?)|unsafe (image|content)"
)
_MISSING = re.compile(
    r"(?i)\brecord ?(info)? (is null|does ?n.t exist|does not exist|not found)"
    r"|not found for task ?id|task (not found|does not exist)"
)
_NO_VERSION = re.compile(r"(?i)\bversion of this video is (unavailable|not available)")
_STILL_WORKING = re.compile(r"(?i)\bis (still )?(being )?process(ing|ed)\b|still processing|check back")

KEY_LIMIT = 433  # the key's own spending limit: the key is valid
_UNKNOWN_CODES = frozenset({408})  # kie.ai's upstream timed out; the task may or may not have been accepted
_REFUSING_5XX = frozenset({501, 505, 531})
_FAILURES = {
    ErrorCode.MODERATED: "kie.ai's content moderation rejected this.",
    ErrorCode.BAD_REFERENCE: "kie.ai could not use an input file.",
    ErrorCode.NO_CREDITS: "There were not enough credits at kie.ai.",
    ErrorCode.BAD_KEY: "kie.ai rejected the provider key.",
    ErrorCode.REJECTED: "kie.ai rejected the request.",
    ErrorCode.PROVIDER_FAILED: "kie.ai could not generate this.",
}


def sentence(summary: str, provider_text: str) -> str:
    """Our sentence, followed by the provider's text if there is any."""
    provider_text = quote(provider_text)
    return f"{summary} kie.ai says: “{provider_text}”" if provider_text else summary


def says_missing(text: str) -> bool:
    """True for texts that mean "no such record"."""
    return _MISSING.search(text) is not None


def says_still_working(text: str) -> bool:
    """True for texts that mean "come back later", which arrive with code 400 and 422."""
    return _STILL_WORKING.search(text) is not None


def says_no_version(text: str) -> bool:
    """True for texts that mean "this video cannot be had in that resolution"."""
    return _NO_VERSION.search(text) is not None


def says_rate_limited(text: str) -> bool:
    """True for the rate limit's text, which arrives with several codes."""
    return _FREQUENCY.search(text) is not None


def fault(code: int | None, text: str) -> ErrorCode:
    """Our code for why an accepted task failed, from the record's code and text."""
    if code == 402 or _CREDITS.search(text):
        return ErrorCode.NO_CREDITS
    if code in (401, 403, KEY_LIMIT):
        return ErrorCode.BAD_KEY
    if _POLICY.search(text):
        return ErrorCode.MODERATED
    if code == 451 or _REFERENCE.search(text):
        return ErrorCode.BAD_REFERENCE
    if code in (400, 413, 422):
        return ErrorCode.REJECTED
    return ErrorCode.PROVIDER_FAILED


def failure_message(fault_code: ErrorCode, reason: str | None, code: int) -> str:
    """The message of a failed task, with the provider's reason or else its code."""
    summary = _FAILURES[fault_code]
    if reason:
        return sentence(summary, reason)
    return f"{summary} It gave no reason." if code == 200 else f"{summary} It gave no reason (code {code})."


def http_rejection(
    status: int, code: int | None, text: str, *, retry_after_s: float | None, label: str, is_json: bool
) -> ProviderError:
    """The error for a create that got a real HTTP 4xx; the envelope's own 4xx code, if any, is more specific."""
    if status == 408:
        summary = "kie.ai did not respond in time, so it is unclear whether it accepted the task."
        return OutcomeUnknown(sentence(summary, text), provider_code=408)
    if status not in (401, 403, 429) and is_json and code is not None and 400 <= code < 500 and code != 408:
        status = code
    return create_rejection(status, text, retry_after_s=retry_after_s, label=label)


def create_rejection(code: int, text: str, *, retry_after_s: float | None = None, label: str) -> ProviderError:
    """The error for a create that returned no id; `OutcomeUnknown` unless the rejection is definite."""
    kind, summary, next_step = _create_kind(code, text, label)
    return kind(sentence(summary, text), next_step=next_step, provider_code=code, retry_after_s=retry_after_s)


def read_rejection(code: int, text: str, *, retry_after_s: float | None = None) -> ProviderError:
    """The error for a call that costs nothing (credits, upload, link): after a server error it is safe to repeat."""
    error = create_rejection(code, text, retry_after_s=retry_after_s, label="kie.ai")
    if isinstance(error, OutcomeUnknown):
        return ProviderUnavailable(sentence("kie.ai reported a problem on its side.", text), provider_code=code)
    return error


def _create_kind(code: int, text: str, label: str) -> tuple[type[ProviderError], str, str | None]:
    """The error class, our sentence and, if the class's default does not fit, the next step."""
    by_code = _by_code(code, text)
    if by_code is not None:
        return by_code
    if _PAUSED.search(text):
        summary = f"kie.ai has paused {label}. Nothing was charged."
        return RequestRejected, summary, "Choose another model."
    return _by_text(code, text)


def _by_code(code: int, text: str) -> tuple[type[ProviderError], str, str | None] | None:
    if code == 402 or _CREDITS.search(text):
        step = "Top up at kie.ai, then press Try again."
        return CreditsExhausted, "There are not enough credits for this. Nothing was charged.", step
    if code in (429, 430) or _FREQUENCY.search(text):
        return RateLimited, "kie.ai is not accepting more tasks right now.", None
    if code in (401, 403):
        return AuthFailed, "kie.ai rejected the provider key.", None
    if code == KEY_LIMIT:
        step = "Raise the key's limit at kie.ai, or enter another key in Settings."
        return KeyLimitReached, "This key has reached its own limit.", step
    if code in (455, 550):
        reason = "is under maintenance" if code == 455 else "has a full queue"
        return ProviderBusy, f"kie.ai {reason} and did not accept the task.", None
    return None


def _by_text(code: int, text: str) -> tuple[type[ProviderError], str, str | None]:
    if code == 451:
        return ReferenceRejected, "kie.ai could not read an input file. Nothing was charged.", None
    if code in _UNKNOWN_CODES:
        return OutcomeUnknown, "kie.ai timed out, so it is unclear whether it accepted the task.", None
    if _VALIDATION.search(text) or _NO_VERSION.search(text):
        return RequestRejected, "kie.ai rejected the request. Nothing was charged.", None
    # With a server error, only texts documented as rejections count; loose matches prove nothing.
    if 400 <= code < 500 or code in _REFUSING_5XX or _REFUSED_BY_CHECK.search(text):
        if _POLICY.search(text):
            return ContentRejected, "Content moderation rejected this. Nothing was charged.", None
        if _REFERENCE.search(text):
            return ReferenceRejected, "kie.ai could not use an input file. Nothing was charged.", None
        return RequestRejected, "kie.ai rejected the request. Nothing was charged.", None
    return OutcomeUnknown, f"kie.ai returned error {code}, so it is unclear whether it accepted the task.", None
