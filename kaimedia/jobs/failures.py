"""Turns an error or a provider report into task fields; the one place that decides `may_have_cost`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from kaimedia.domain import NO_NOTE, ErrorCode, NoteCode, Phase, Task, TaskChange, note_fields
from kaimedia.errors import (
    FetchFailed,
    KaimediaError,
    KeyLimitReached,
    ProviderBusy,
    ProviderUnavailable,
    RateLimited,
    StorageFull,
    StorageUnavailable,
    StoreUnavailable,
)
from kaimedia.jobs import plan
from kaimedia.providers.base import Report
from kaimedia.providers.registry import label_of, starting_label_of

LOST_REPLY = (
    "An internal error occurred while this was being sent. "
    "It may have been charged and is not sent again automatically."
)


# Why a step that costs nothing, or was not accepted, is repeated; the first match counts.
_NOTES: tuple[tuple[type[KaimediaError], NoteCode], ...] = (
    (ProviderBusy, NoteCode.PROVIDER_BUSY),
    (ProviderUnavailable, NoteCode.PROVIDER_UNREACHABLE),
    (RateLimited, NoteCode.RATE_LIMITED),
    (FetchFailed, NoteCode.REFERENCE_UNREACHABLE),
    (StorageFull, NoteCode.STORAGE_FULL),
    (StorageUnavailable, NoteCode.STORAGE_UNAVAILABLE),
    (StoreUnavailable, NoteCode.DATABASE_UNAVAILABLE),
)


def failed(code: ErrorCode, message: str, *, may_have_cost: bool = False) -> dict[str, Any]:
    """The fields of a task that fails with this code."""
    return {
        "phase": Phase.FAILED,
        "error_code": code,
        "error_message": message,
        "may_have_cost": may_have_cost,
        **NO_NOTE,
        "due_at": None,
    }


def from_error(error: KaimediaError) -> dict[str, Any]:
    """The fields of a task that failed before or during the paid call, by type of error."""
    code = error.facts.task_code
    fields = failed(code, error.message, may_have_cost=code is ErrorCode.OUTCOME_UNKNOWN)
    return fields | note_fields(NoteCode.KEY_LIMIT_REACHED) if isinstance(error, KeyLimitReached) else fields


def excluded(provider: str) -> dict[str, Any]:
    """The fields of a task that was not sent because KAIMEDIA_PROVIDER is sandbox and its provider charges."""
    message = f"KAIMEDIA_PROVIDER is sandbox, so nothing is sent to {label_of(provider)}."
    return failed(ErrorCode.REJECTED, message) | note_fields(NoteCode.SANDBOX_ONLY)


def from_report(report: Report) -> dict[str, Any]:
    """The fields of a task the provider reports as failed."""
    code = report.fault or ErrorCode.PROVIDER_FAILED
    return failed(code, report.message or "The provider gave no reason.")


def lost_by_free_provider(provider: str) -> dict[str, Any]:
    """The fields of a task that a provider which charges nothing no longer knows."""
    message = f"{starting_label_of(provider)} was restarted and lost this task. Nothing was charged."
    return failed(ErrorCode.PROVIDER_FAILED, message) | {"credits_actual": None}


def lost_in_crash(provider: str) -> dict[str, Any]:
    """The fields of a task that was being sent when the app stopped."""
    message = (
        f"The app stopped while this was being sent, so it is unknown whether {label_of(provider)} accepted it. "
        "It may have been charged and is not sent again automatically."
    )
    return failed(ErrorCode.OUTCOME_UNKNOWN, message, may_have_cost=True)


def overdue(message: str, now: datetime) -> dict[str, Any]:
    """The fields of a task past its deadline: marked as failed, still polled now and then, never sent again."""
    again_at = now + timedelta(seconds=plan.SLOW_POLL_S)
    return failed(ErrorCode.EXPIRED, message, may_have_cost=True) | {"due_at": again_at, "attempts": 0}


def shared_id(provider: str, provider_task_id: str) -> dict[str, Any]:
    """The fields of a task whose reply has the id of another task: perhaps two were accepted, perhaps one."""
    message = (
        f"{starting_label_of(provider)} answered with the task id {provider_task_id}, which another task here already "
        "has. It may have been charged and is not sent again automatically. "
        f"If {label_of(provider)}'s logs show another id for it, enter that."
    )
    fields = failed(ErrorCode.OUTCOME_UNKNOWN, message, may_have_cost=True)
    return fields | {"shared_provider_task_id": provider_task_id}


def repeat_note(error: Exception, wait_s: float) -> dict[str, Any]:
    """The note about a step that failed with this error and is repeated in `wait_s` seconds."""
    code = next((code for kind, code in _NOTES if isinstance(error, kind)), NoteCode.INTERNAL_ERROR)
    return note_fields(code, error.message if isinstance(error, KaimediaError) else None, wait_s=wait_s)


def not_started(task: Task, now: datetime, *, is_claimed_to_send: bool) -> TaskChange:
    """The engine is stopping: the task was claimed, but nothing was done for it and nothing was sent."""
    fields = {"phase": Phase.QUEUED} if is_claimed_to_send else {}
    return TaskChange(task.task_id, frozenset({task.phase}), {**fields, "due_at": now})


def after_error(task: Task, error: Exception, now: datetime) -> TaskChange:
    """An unexpected error in a step that costs nothing: schedule another try."""
    wait_s = plan.back_off_s(task.attempts + 1, longest_s=120)
    fields = {
        "attempts": task.attempts + 1,
        "due_at": now + timedelta(seconds=wait_s),
        **repeat_note(error, wait_s),
    }
    return TaskChange(task.task_id, frozenset({task.phase}), fields)
