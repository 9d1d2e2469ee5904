"""Watch a task until it has ended or the patience has."""

from __future__ import annotations

import time

from kaimedia.commands.output import one_line, say
from kaimedia.domain import Phase, ProviderKind, Status, Task
from kaimedia.studio import Studio

LOOK_EVERY_S = 0.2
_WORDS = {
    Phase.PREPARING: "preparing the reference image",
    Phase.QUEUED: "queued",
    Phase.SENDING: "sending",
    Phase.GENERATING: "generating",
    Phase.SAVING: "saving",
}
_AT_PROVIDER = {ProviderKind.KIE: "queued at kie.ai", ProviderKind.SANDBOX: "queued in the sandbox"}


def wait_until_ended(studio: Studio, task_id: str, *, timeout_s: float | None, is_quiet: bool) -> Task:
    """The task as it stands when it has ended or `timeout_s` is over; says each change of phase on stderr."""
    until = None if timeout_s is None else time.monotonic() + timeout_s
    told = ""
    while True:
        task = studio.task(task_id)
        words = _words(task)
        if words != told and not is_quiet:
            told = words
            say(f"{task_id}  {words}")
        if task.status in (Status.COMPLETED, Status.FAILED) or (until is not None and time.monotonic() >= until):
            return task
        time.sleep(LOOK_EVERY_S)


def _words(task: Task) -> str:
    words = _AT_PROVIDER[task.provider] if task.phase is Phase.WAITING else _WORDS.get(task.phase, task.phase.value)
    if task.progress is not None and task.phase is Phase.GENERATING:
        words += f" {task.progress:.0%}"
    return f"{words}: {one_line(task.note, 200)}" if task.note else words
