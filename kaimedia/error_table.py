"""The table of all errors: what the API, the pages, the command line and the documents say about each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kaimedia.domain.task_errors import ErrorCode


@dataclass(frozen=True, slots=True)
class ErrorFacts:
    """What is the same for all errors of one kind.

    `code` is stable, for programs. `http_status` is the status of a response of the REST API. `title` and `next_step`
    are for people. `is_retryable` means that the engine may repeat the same step without paying twice. `task_code` is
    the `error_code` of a task that fails with it.
    """

    code: str
    http_status: int
    title: str
    next_step: str
    is_retryable: bool = False
    task_code: ErrorCode = ErrorCode.REJECTED


_CHECK_LOG = "Try again; if it keeps failing, check the log."
_BAD_FILE = ErrorCode.BAD_REFERENCE  # of a task, only its inputs can be the wrong file
_ROWS = (
    ErrorFacts("error", 500, "Something went wrong", _CHECK_LOG),
    ErrorFacts(
        *("config", 500, "A setting is invalid"),
        "Correct it where it is set (on Streamlit Community Cloud: in Secrets), save, then reboot the app.",
    ),
    ErrorFacts(
        *("invalid_request", 422, "Check the request"),
        "Correct the field and try again. Nothing was sent.",
    ),
    ErrorFacts(
        *("conflict", 409, "This conflicts with existing data"),
        "Choose another name, or remove something first. Nothing was changed.",
    ),
    ErrorFacts(
        *("limit_reached", 402, "A spending limit is reached"),
        "Wait until the limit resets, or raise or remove it in Settings. Nothing was sent.",
    ),
    ErrorFacts(
        *("limit_needed", 402, "This API token needs a daily or monthly spending limit of its own"),
        "Set a daily or monthly spending limit for this token in Settings. Nothing was sent.",
    ),
    ErrorFacts("provider", 502, "The provider reported an error", _CHECK_LOG),
    ErrorFacts(
        *("bad_key", 502, "The provider key is missing or was rejected"),
        "Check the provider key in Settings.",
        task_code=ErrorCode.BAD_KEY,
    ),
    ErrorFacts(
        *("no_credits", 402, "Not enough credits"),
        "Top up at the provider, then press Try again.",
        task_code=ErrorCode.NO_CREDITS,
    ),
    ErrorFacts(
        *("rate_limited", 429, "The provider is not accepting more tasks right now"),
        "No action needed: it will be sent again in a moment.",
        is_retryable=True,
    ),
    ErrorFacts(
        *("rejected", 422, "The provider rejected the request"),
        "Change the request as the reason suggests and try again.",
    ),
    ErrorFacts(
        *("moderated", 422, "Content moderation rejected this"),
        "Change the prompt (or the input files) and try again.",
        task_code=ErrorCode.MODERATED,
    ),
    ErrorFacts(
        *("bad_reference", 422, "An input file cannot be used"),
        "Choose another file.",
        task_code=ErrorCode.BAD_REFERENCE,
    ),
    ErrorFacts(
        *("retired_model", 409, "The provider retired this model"),
        "Choose another model.",
        task_code=ErrorCode.RETIRED_MODEL,
    ),
    ErrorFacts(
        *("provider_unavailable", 503, "The provider is not responding"),
        "No action needed: it will be retried automatically.",
        is_retryable=True,
    ),
    ErrorFacts(
        *("outcome_unknown", 502, "It is unknown whether this was accepted"),
        "Find it in the provider's logs and enter its task ID, dismiss it, or send it again (you may pay twice).",
        task_code=ErrorCode.OUTCOME_UNKNOWN,
    ),
    ErrorFacts(
        *("provider_failed", 502, "The provider could not generate this"),
        "Try again. Failed tasks are generally not billed.",
        task_code=ErrorCode.PROVIDER_FAILED,
    ),
    ErrorFacts(
        *("unexpected_response", 502, "The provider's response could not be read"),
        "Try again later; if it keeps failing, report it with the log.",
    ),
    ErrorFacts("store", 500, "The database reported an error", _CHECK_LOG),
    ErrorFacts("not_found", 404, "Not found", "It may have been deleted; reload the page."),
    ErrorFacts("stale", 409, "Not possible in the current state", "Reload the page and try again."),
    ErrorFacts(
        *("idempotency_conflict", 409, "This Idempotency-Key was already used"),
        "Use a new Idempotency-Key for a new request.",
    ),
    ErrorFacts(
        *("store_unavailable", 503, "The database is not responding"),
        "Check the database and the disk, then try again; running tasks resume automatically.",
        is_retryable=True,
    ),
    ErrorFacts(
        *("database_closed", 503, "The database needs your decision"),
        "Check the database and the disk, then try again; running tasks resume automatically.",
        is_retryable=True,
    ),
    ErrorFacts("media", 500, "The file could not be used", _CHECK_LOG, task_code=_BAD_FILE),
    ErrorFacts(
        *("expired", 410, "The link has expired"),
        "The provider keeps results for a limited time only.",
        task_code=_BAD_FILE,
    ),
    ErrorFacts(
        *("fetch_failed", 502, "The download failed"),
        "No action needed: it will be fetched again automatically.",
        is_retryable=True,
        task_code=_BAD_FILE,
    ),
    ErrorFacts(
        *("unsupported_media", 415, "This type of file is not supported"),
        "Use a file of a supported type.",
        task_code=_BAD_FILE,
    ),
    ErrorFacts("too_large", 413, "The file is too large", "Use a smaller file.", task_code=_BAD_FILE),
    ErrorFacts(
        *("unsafe", 400, "This address or name is not allowed"),
        "Use a public https address.",
        task_code=_BAD_FILE,
    ),
    ErrorFacts(
        *("storage_full", 507, "The result could not be saved"),
        "Free up disk space where the media are stored, then try again; running tasks resume automatically.",
        is_retryable=True,
        task_code=_BAD_FILE,
    ),
    ErrorFacts(
        *("storage_unavailable", 503, "The media storage is not responding"),
        "Check the storage and its settings, then try again; running tasks resume automatically.",
        is_retryable=True,
        task_code=_BAD_FILE,
    ),
)
ERRORS: Mapping[str, ErrorFacts] = {row.code: row for row in _ROWS}
