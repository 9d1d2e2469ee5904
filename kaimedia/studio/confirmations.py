"""What a person must confirm before a task is stopped or sent again; pages and command line ask the same."""

from __future__ import annotations

from kaimedia.domain import ErrorCode, Phase, ProviderKind, Status, Task
from kaimedia.studio.tasks import UNSENT

_ENDED = frozenset({Status.COMPLETED, Status.FAILED})


def cancel_question(task: Task) -> str | None:
    """The question before a task is canceled, None where nobody need be asked.

    Only a task that was sent asks: the provider has no call that cancels one, so we can only stop watching it.
    One that is being sent or has ended cannot be canceled at all; `Studio.cancel` says so.
    """
    if task.status in _ENDED or task.phase is Phase.SENDING or task.phase in UNSENT:
        return None
    return stop_question(task.provider)


def stop_question(provider: ProviderKind) -> str:
    """What stopping a task that was sent means, for the one it was sent to."""
    if provider is ProviderKind.SANDBOX:
        return "Stop this task? It is free in the sandbox; you can pick it up again."
    return "Stop watching? kie.ai may still finish and bill this."


def retry_question(task: Task) -> str | None:
    """The question before a failed task is tried again, None where nobody need be asked.

    A task whose outcome is unknown may have been accepted and paid: it is never sent again without an answer.
    """
    if task.error_code is not ErrorCode.OUTCOME_UNKNOWN:
        return None
    return "Send it again? If the first one was accepted, you may pay twice."
