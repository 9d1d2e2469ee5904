"""What is said about a task, made from its codes; the same on all surfaces."""

from __future__ import annotations

from kaimedia.domain import TASK_ERRORS, ErrorCode, Task
from kaimedia.providers.registry import label_of, starting_label_of
from kaimedia.studio.paid import is_resumable

_RAISE_LIMIT = "Raise the key’s limit at {provider}, or enter another key in Settings."


def next_step(task: Task) -> str:
    """What the user can do about a failed task. Only a task that was never accepted says "Nothing was charged"."""
    code = task.error_code or ErrorCode.PROVIDER_FAILED
    facts = TASK_ERRORS[code]
    if is_resumable(task) and not facts.is_resumable:
        return "You may have been charged. Checking again is free."
    if code is ErrorCode.BAD_KEY and "limit" in (task.error_message or "").lower():
        return _RAISE_LIMIT.format(provider=label_of(task.provider))
    step = facts.next_step.format(provider=label_of(task.provider), Provider=starting_label_of(task.provider))
    return f"{step} Nothing was charged." if code is ErrorCode.REJECTED and task.provider_task_id is None else step
