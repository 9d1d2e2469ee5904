"""Why tasks fail: the codes, and what is said about each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class ErrorCode(StrEnum):
    """Why a task failed, as stored in `tasks.error_code`."""

    REJECTED = "rejected"
    MODERATED = "moderated"
    NO_CREDITS = "no_credits"
    BAD_KEY = "bad_key"
    BAD_REFERENCE = "bad_reference"
    RETIRED_MODEL = "retired_model"
    PROVIDER_FAILED = "provider_failed"
    EXPIRED = "expired"
    NOT_SAVED = "not_saved"
    OUTCOME_UNKNOWN = "outcome_unknown"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class TaskErrorFacts:
    """What is the same for all tasks that failed with one code.

    `meaning` and `charged` (whether it was paid) are for the documents. `next_step` is for the user; in it `{provider}`
    stands for the provider's label, `{Provider}` for the label at the start of a sentence, and `{key_location}` for
    where its key is corrected. `is_resumable` means that it is paid and may still deliver: trying again resumes the
    same task, free of charge.
    """

    meaning: str
    charged: str
    next_step: str
    is_resumable: bool = False


TASK_ERRORS: Mapping[ErrorCode, TaskErrorFacts] = {
    ErrorCode.REJECTED: TaskErrorFacts(
        "The provider rejected the request.",
        "no; rarely, if it was accepted first",
        "Change the settings or the prompt and try again.",
    ),
    ErrorCode.MODERATED: TaskErrorFacts(
        "Content moderation rejected the prompt or an input.",
        "no",
        "Try rephrasing the prompt, or use another file.",
    ),
    ErrorCode.NO_CREDITS: TaskErrorFacts(
        "The account does not have enough credits.",
        "no",
        "Top up at {provider}, then try again.",
    ),
    ErrorCode.BAD_KEY: TaskErrorFacts(
        "The key is missing, wrong, or at its own spending limit.",
        "no",
        "Check the key in {key_location}, then try again.",
    ),
    ErrorCode.BAD_REFERENCE: TaskErrorFacts(
        "An input file could not be used.",
        "no",
        "Choose another file.",
    ),
    ErrorCode.RETIRED_MODEL: TaskErrorFacts(
        "The provider no longer runs the model.",
        "no",
        "Choose another model.",
    ),
    ErrorCode.PROVIDER_FAILED: TaskErrorFacts(
        "Accepted, then failed at the provider.",
        "rarely",
        "Try again to start a new task. Failed tasks are generally not billed.",
    ),
    ErrorCode.EXPIRED: TaskErrorFacts(
        "Past the model's deadline; it is checked for another day.",
        "yes",
        "It may still finish. Checking again is free.",
        is_resumable=True,
    ),
    ErrorCode.NOT_SAVED: TaskErrorFacts(
        "Generated, but the files could not be saved.",
        "yes",
        "Fetching it again is free. {Provider} keeps results for about 14 days.",
        is_resumable=True,
    ),
    ErrorCode.OUTCOME_UNKNOWN: TaskErrorFacts(
        "Sent, and the reply was lost: it is never sent again automatically.",
        "perhaps",
        "Look it up in {provider}’s logs and enter its task ID, or dismiss it.",
    ),
    ErrorCode.CANCELLED: TaskErrorFacts(
        "Canceled by the user.",
        "only if it was sent",
        "Checking again is free.",
        is_resumable=True,
    ),
}
