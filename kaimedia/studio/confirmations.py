"""What a person must confirm before something is stopped, sent again or removed; all surfaces ask the same."""

from __future__ import annotations

from kaimedia.domain import Collection, ErrorCode, Phase, ProviderKind, Status, Task
from kaimedia.studio.gallery import TRASH_KEPT
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


def remove_collection_question(collection: Collection) -> str:
    """What removing a collection means: it goes, its items stay."""
    stay = {0: "It is empty.", 1: "Its one item stays in your gallery."}
    left = stay.get(collection.count, f"Its {collection.count:,} items stay in your gallery.")
    return f"“{collection.name}” will be removed. {left}"


def clear_question(count: int) -> str:
    """What clearing a gallery of `count` items means, one or more."""
    what, they = ("The one item goes", "It stays") if count == 1 else (f"All {count:,} items go", "They stay")
    return f"{what} to the trash. {they} there for {TRASH_KEPT.days} days and can be brought back."
