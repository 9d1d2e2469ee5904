"""From an error or a report to what is written on the task; one place says who may have paid."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from kaimedia.domain import ErrorCode, Phase, Task, TaskChange
from kaimedia.errors import (
    AuthFailed,
    ContentRejected,
    CreditsExhausted,
    KaimediaError,
    MediaError,
    ModelRetired,
    OutcomeUnknown,
    ReferenceRejected,
)
from kaimedia.jobs import plan
from kaimedia.kie.spec import Report

_BY_ERROR: tuple[tuple[type[KaimediaError], ErrorCode], ...] = (
    (AuthFailed, ErrorCode.BAD_KEY),
    (CreditsExhausted, ErrorCode.NO_CREDITS),
    (ContentRejected, ErrorCode.MODERATED),
    (ReferenceRejected, ErrorCode.BAD_REFERENCE),
    (MediaError, ErrorCode.BAD_REFERENCE),
    (ModelRetired, ErrorCode.RETIRED_MODEL),
    (OutcomeUnknown, ErrorCode.OUTCOME_UNKNOWN),
)
_BY_FAULT = {code.value: code for code in ErrorCode}

LOST_IN_CRASH = (
    "The app stopped while this was being sent, so nobody knows whether kie.ai accepted it. "
    "It may have been charged and is not sent again by itself."
)
LOST_REPLY = (
    "It was being sent when something of ours failed. It may have been charged and is not sent again by itself."
)


def failed(code: ErrorCode, message: str, *, may_have_cost: bool = False) -> dict[str, Any]:
    """The fields of a task that ends here."""
    return {
        "phase": Phase.FAILED,
        "error_code": code,
        "error_message": message,
        "may_have_cost": may_have_cost,
        "note": None,
        "due_at": None,
    }


def from_error(error: KaimediaError) -> dict[str, Any]:
    """A task that failed before or at the paid call, by the kind of error."""
    code = next((code for kind, code in _BY_ERROR if isinstance(error, kind)), ErrorCode.REJECTED)
    return failed(code, error.message, may_have_cost=code is ErrorCode.OUTCOME_UNKNOWN)


def from_report(report: Report) -> dict[str, Any]:
    """A task the provider says has failed."""
    code = _BY_FAULT.get(report.fault or "", ErrorCode.PROVIDER_FAILED)
    return failed(code, report.message or "The provider gave no reason.")


def overdue(message: str, now: datetime) -> dict[str, Any]:
    """A task past its time: said to have failed, still looked at now and then, never sent again."""
    again_at = now + timedelta(seconds=plan.SLOW_LOOK_S)
    return failed(ErrorCode.EXPIRED, message, may_have_cost=True) | {"due_at": again_at, "attempts": 0}


def shared_id(provider_task_id: str) -> dict[str, Any]:
    """A task that was sent and given the id of another one: whether there are one or two of them is not known."""
    message = (
        f"kie.ai answered with the task id {provider_task_id}, which another task here already has. It may have been "
        "charged and is not sent again by itself. Look it up in kie.ai's logs; if it has another id there, enter that."
    )
    fields = failed(ErrorCode.OUTCOME_UNKNOWN, message, may_have_cost=True)
    return fields | {"shared_provider_task_id": provider_task_id}


def extra_note(extra_results: int) -> str | None:
    """What is said of results beyond the number asked for, None when there are none."""
    if not extra_results:
        return None
    what = "1 more result" if extra_results == 1 else f"{extra_results:,} more results"
    return f"kie.ai listed {what} than asked for; not saved."


def not_begun(task: Task, now: datetime, *, is_claimed_to_send: bool) -> TaskChange:
    """We are stopping: the task was claimed and nothing was done for it, a paid call least of all."""
    fields = {"phase": Phase.QUEUED} if is_claimed_to_send else {}
    return TaskChange(task.task_id, frozenset({task.phase}), {**fields, "due_at": now})


def after_fault(task: Task, error: Exception, now: datetime) -> TaskChange:
    """A step that costs nothing broke for a reason nobody foresaw: later again."""
    message = error.message if isinstance(error, KaimediaError) else "an error of ours; the log has it"
    wait_s = plan.back_off_s(task.attempts + 1, longest_s=120)
    fields = {
        "attempts": task.attempts + 1,
        "due_at": now + timedelta(seconds=wait_s),
        "note": f"Trying again in {wait_s:.0f} s: {message}",
    }
    return TaskChange(task.task_id, frozenset({task.phase}), fields)
