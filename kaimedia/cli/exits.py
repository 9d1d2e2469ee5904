"""Exit codes. Scripts rely on them: never change a number."""

from __future__ import annotations

from enum import IntEnum

from kaimedia.domain import Status, Task
from kaimedia.errors import (
    InvalidRequest,
    KaimediaError,
    KeyReused,
    ModelRetired,
    NotFound,
    OutcomeUnknown,
    TooLarge,
    UnsafePath,
    UnsupportedMedia,
)

_WRONG_INPUT = (InvalidRequest, KeyReused, ModelRetired, UnsupportedMedia, TooLarge, UnsafePath)


class Exit(IntEnum):
    """The exit codes of every command."""

    DONE = 0
    FAILED = 1  # an error, or the task failed and was not charged
    WRONG_INPUT = 2  # wrong usage or an invalid request; nothing was sent
    NOT_YET = 3  # still running at the timeout; it continues in the background
    NOT_FOUND = 4  # no such task, item or file
    PERHAPS_PAID = 5  # failed, but may have been charged: check before sending again
    INTERRUPTED = 130  # Ctrl+C or SIGTERM; submitted tasks continue


def of_error(error: KaimediaError) -> Exit:
    """The exit code for an error."""
    if isinstance(error, _WRONG_INPUT):
        return Exit.WRONG_INPUT
    if isinstance(error, NotFound):
        return Exit.NOT_FOUND
    return Exit.PERHAPS_PAID if isinstance(error, OutcomeUnknown) else Exit.FAILED


def of_task(task: Task) -> Exit:
    """The exit code for a task's current status."""
    if task.status is Status.COMPLETED:
        return Exit.DONE
    if task.status is Status.FAILED:
        return Exit.PERHAPS_PAID if task.may_have_cost else Exit.FAILED
    return Exit.NOT_YET
