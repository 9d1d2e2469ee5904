"""Wait for a task to end, or until the timeout."""

from __future__ import annotations

import time

from kaimedia.cli.output import one_line, say
from kaimedia.domain import Phase, Status, Task
from kaimedia.providers.registry import location_of
from kaimedia.studio import Studio, note_text

POLL_EVERY_S = 0.2
_LABELS = {
    Phase.PREPARING: "preparing the inputs",
    Phase.QUEUED: "queued",
    Phase.SENDING: "sending",
    Phase.GENERATING: "generating",
    Phase.SAVING: "saving",
}


def wait_until_ended(studio: Studio, task_id: str, *, timeout_s: float | None, is_quiet: bool) -> Task:
    """Return the task when it has ended or after `timeout_s`; print each phase change to stderr."""
    until = None if timeout_s is None else time.monotonic() + timeout_s
    last_printed = ""
    while True:
        task = studio.tasks.get(task_id)
        status = _status_line(task)
        if status != last_printed and not is_quiet:
            last_printed = status
            say(f"{task_id}  {status}")
        if task.status in (Status.COMPLETED, Status.FAILED) or (until is not None and time.monotonic() >= until):
            return task
        time.sleep(POLL_EVERY_S)


def _status_line(task: Task) -> str:
    status = (
        f"queued {location_of(task.provider)}"
        if task.phase is Phase.WAITING
        else _LABELS.get(task.phase, task.phase.value)
    )
    if task.progress is not None and task.phase is Phase.GENERATING:
        status += f" {task.progress:.0%}"
    note = note_text(task)
    return f"{status}: {one_line(note, 200)}" if note else status
