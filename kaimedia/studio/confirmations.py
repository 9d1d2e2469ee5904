"""The questions shown before something is stopped, sent again or deleted; the same on all surfaces."""

from __future__ import annotations

from kaimedia.domain import Collection, ErrorCode, Phase, Status, Task
from kaimedia.providers.registry import is_free, label_of, location_of
from kaimedia.studio.gallery import TRASH_RETENTION
from kaimedia.studio.tasks import UNSENT

_ENDED = frozenset({Status.COMPLETED, Status.FAILED})


def cancel_question(task: Task) -> str | None:
    """The question to ask before a task is canceled, None when no confirmation is needed.

    Only a task that was sent needs one: the provider has no call that cancels it, so we can only stop checking it.
    One that is being sent or has ended cannot be canceled at all; `TaskService.cancel` raises then.
    """
    if task.status in _ENDED or task.phase is Phase.SENDING or task.phase in UNSENT:
        return None
    return stop_question(task.provider)


def stop_question(provider: str) -> str:
    """The question before a sent task is stopped, by provider."""
    if is_free(provider):
        return f"Stop this task? It is free {location_of(provider)}; you can resume it later."
    return f"Stop tracking? {label_of(provider)} may still finish and bill this."


def retry_question(task: Task) -> str | None:
    """The question to ask before a failed task is tried again, None when no confirmation is needed.

    A task whose outcome is unknown may have been accepted and paid: it is never sent again unconfirmed.
    """
    if task.error_code is not ErrorCode.OUTCOME_UNKNOWN:
        return None
    return "Send it again? If the first one was accepted, you may pay twice."


def delete_collection_question(collection: Collection) -> str:
    """The text shown before a collection is deleted: its items stay."""
    stay = {0: "It is empty.", 1: "Its only item stays in your gallery."}
    left = stay.get(collection.count, f"Its {collection.count:,} items stay in your gallery.")
    return f"“{collection.name}” will be deleted. {left}"


def clear_question(count: int) -> str:
    """The text shown before a gallery of `count` items (1 or more) is cleared."""
    what, them = ("The only item", "it") if count == 1 else (f"All {count:,} items", "them")
    return f"{what} will be moved to the trash. You can restore {them} for {TRASH_RETENTION.days} days."
