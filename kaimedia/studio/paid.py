"""Tasks that are or may be paid and have no result yet."""

from __future__ import annotations

from kaimedia.domain import TASK_ERRORS, ErrorCode, Phase, Task


def is_resumable(task: Task) -> bool:
    """True for a failed task that is paid and may still deliver its result: resuming it is free."""
    if task.provider_task_id is None or task.error_code is ErrorCode.OUTCOME_UNKNOWN:
        return False
    return (task.error_code is not None and TASK_ERRORS[task.error_code].is_resumable) or task.may_have_cost


def has_open_outcome(task: Task) -> bool:
    """True while it is unknown whether the provider accepted the task."""
    is_sending = task.phase is Phase.SENDING and task.provider_task_id is None
    return is_sending or (task.phase is Phase.FAILED and task.error_code is ErrorCode.OUTCOME_UNKNOWN)
