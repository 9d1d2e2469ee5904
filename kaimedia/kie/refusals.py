"""What a refusal means: kie.ai's codes and texts, read once for creates and for failed tasks.

Source: docs.kie.ai, response codes and the model pages, state of 2026-10. Codes alone do not tell: 500 is used for
server errors, for validation, for paused models and for missing credits, so texts are matched too.
"""

from __future__ import annotations

import re

from kaimedia.errors import (
    AuthFailed,
    ContentRejected,
    CreditsExhausted,
    OutcomeUnknown,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    ReferenceRejected,
    RequestRejected,
)
from kaimedia.kie.redaction import quote

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
_STILL_WORKING = re.compile(r"(?i)\bis (still )?(being )?process(ing|ed)\b|still processing|check back")

_UNKNOWN_CODES = frozenset({408})  # its upstream fell silent: accepted or not, nobody says
_REFUSING_5XX = frozenset({501, 505, 531})
_FAILURES = {
    "moderated": "kie.ai's content check turned this down.",
    "bad_reference": "kie.ai could not use the reference image.",
    "no_credits": "kie.ai had not enough credits for this.",
    "bad_key": "kie.ai refused the provider key.",
    "rejected": "kie.ai refused the request.",
    "provider_failed": "kie.ai could not make this.",
}


def sentence(ours: str, words: str) -> str:
    """Our sentence, then the provider's own words where it gave some."""
    words = quote(words)
    return f"{ours} kie.ai says: “{words}”" if words else ours


def says_missing(text: str) -> bool:
    """True for the texts that mean "no such record"."""
    return _MISSING.search(text) is not None


def says_still_working(text: str) -> bool:
    """True for the texts that mean "come back later", which arrive under 400 and 422."""
    return _STILL_WORKING.search(text) is not None


def says_too_fast(text: str) -> bool:
    """True for the text of the rate limit, which arrives under several codes."""
    return _FREQUENCY.search(text) is not None


def fault(code: int | None, text: str) -> str:
    """Our word for why an accepted task failed, from the record's code and text."""
    if code == 402 or _CREDITS.search(text):
        return "no_credits"
    if code in (401, 403, 433):
        return "bad_key"
    if _POLICY.search(text):
        return "moderated"
    if code == 451 or _REFERENCE.search(text):
        return "bad_reference"
    if code in (400, 413, 422):
        return "rejected"
    return "provider_failed"


def failure_message(fault_word: str, words: str | None, code: int) -> str:
    """A sentence for a failed task, with the provider's words or, without any, its code."""
    ours = _FAILURES[fault_word]
    if words:
        return sentence(ours, words)
    return f"{ours} It gave no reason." if code == 200 else f"{ours} It gave no reason (code {code})."


def http_refusal(
    status: int, code: int | None, words: str, *, retry_after_s: float | None, label: str, is_json: bool
) -> ProviderError:
    """The error for a create answered with a real HTTP 4xx; the envelope's own 4xx code is the finer word."""
    if status == 408:
        ours = "kie.ai did not answer in time, so it is not known whether it took the task."
        return OutcomeUnknown(sentence(ours, words), provider_code=408)
    if status not in (401, 403, 429) and is_json and code is not None and 400 <= code < 500 and code != 408:
        status = code
    return create_refusal(status, words, retry_after_s=retry_after_s, label=label)


def create_refusal(code: int, words: str, *, retry_after_s: float | None = None, label: str) -> ProviderError:
    """The error for a create that was not answered with an id; `OutcomeUnknown` unless the refusal is definite."""
    kind, ours, next_step = _create_kind(code, words, label)
    return kind(sentence(ours, words), next_step=next_step, provider_code=code, retry_after_s=retry_after_s)


def read_refusal(code: int, words: str, *, retry_after_s: float | None = None) -> ProviderError:
    """The error for a call that costs nothing (credits, upload, link): server trouble is safe to repeat."""
    error = create_refusal(code, words, retry_after_s=retry_after_s, label="kie.ai")
    if isinstance(error, OutcomeUnknown):
        return ProviderUnavailable(sentence("kie.ai could not answer just now.", words), provider_code=code)
    return error


def _create_kind(code: int, words: str, label: str) -> tuple[type[ProviderError], str, str | None]:
    """Class, our sentence and, where the class's own does not fit, the next step."""
    by_code = _by_code(code, words)
    if by_code is not None:
        return by_code
    if _PAUSED.search(words):
        ours = f"kie.ai has paused {label}. Nothing was charged."
        return RequestRejected, ours, "Choose another model."
    return _by_text(code, words)


def _by_code(code: int, words: str) -> tuple[type[ProviderError], str, str | None] | None:
    if code == 402 or _CREDITS.search(words):
        return CreditsExhausted, "There are not enough credits for this. Nothing was charged.", None
    if code in (429, 430) or _FREQUENCY.search(words):
        return RateLimited, "kie.ai takes no more tasks for a moment.", None
    if code in (401, 403):
        return AuthFailed, "kie.ai refused the provider key.", None
    if code == 433:
        step = "Raise the key's limit at kie.ai, or enter another key in Settings."
        return AuthFailed, "This key's own limit is used up.", step
    if code in (455, 550):
        why = "is under maintenance" if code == 455 else "has a full line"
        return ProviderUnavailable, f"kie.ai {why} and did not take the task.", None
    return None


def _by_text(code: int, words: str) -> tuple[type[ProviderError], str, str | None]:
    if code == 451:
        return ReferenceRejected, "kie.ai could not read the reference image. Nothing was charged.", None
    if code in _UNKNOWN_CODES:
        return OutcomeUnknown, "kie.ai gave up waiting, so it is not known whether it took the task.", None
    if _VALIDATION.search(words):
        return RequestRejected, "kie.ai refused the request. Nothing was charged.", None
    # Under a server error loose words prove nothing: only what is documented as a refusal is one.
    if 400 <= code < 500 or code in _REFUSING_5XX or _REFUSED_BY_CHECK.search(words):
        if _POLICY.search(words):
            return ContentRejected, "The content check turned this down. Nothing was charged.", None
        if _REFERENCE.search(words):
            return ReferenceRejected, "kie.ai could not use the reference image. Nothing was charged.", None
        return RequestRejected, "kie.ai refused the request. Nothing was charged.", None
    return OutcomeUnknown, f"kie.ai answered with error {code}, so it is not known whether it took the task.", None
