"""The tools about tasks: read one, or wait for it."""

from __future__ import annotations

import signal
import time
from typing import Annotated

import anyio
import anyio.to_thread
from pydantic import Field

from kaimedia.domain import Phase, Status, Task
from kaimedia.mcp_server.answers import TaskAnswer, task_answer
from kaimedia.mcp_server.call import Call
from kaimedia.mcp_server.tool import Arguments, Reply, Tool
from kaimedia.studio import note_text

MOST_WAIT_S = 300
# Many clients give up after 60 s.
DEFAULT_WAIT_S = 45
_POLL_EVERY_S = 0.5
_REPORT_EVERY_S = 5.0
_LABELS = {
    Phase.PREPARING: "preparing the inputs",
    Phase.QUEUED: "queued",
    Phase.SENDING: "sending",
    Phase.WAITING: "queued at the provider",
    Phase.GENERATING: "generating",
    Phase.SAVING: "saving",
}
TaskId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="The task_id of a generation.")]


class GetTask(Arguments):
    """The arguments of get_task."""

    task_id: TaskId


class WaitForTask(Arguments):
    """The arguments of wait_for_task."""

    task_id: TaskId
    timeout_s: float = Field(
        default=DEFAULT_WAIT_S, ge=0, le=MOST_WAIT_S, description="Return after this many seconds."
    )


def get_task(call: Call, wanted: GetTask) -> Reply:
    """A task as it is now."""
    return Reply(task_answer(call, call.studio.tasks.get(wanted.task_id)))


async def wait_for_task(call: Call, wanted: WaitForTask) -> Reply:
    """The task when it has ended, or as it is after `timeout_s`; reports each change and a sign of life."""
    started_s = time.monotonic()
    last_text, reported_s = "", 0.0
    while True:
        task = await anyio.to_thread.run_sync(call.studio.tasks.get, wanted.task_id)
        waited_s = time.monotonic() - started_s
        has_ended = task.status in (Status.COMPLETED, Status.FAILED)
        if has_ended or waited_s >= wanted.timeout_s or _is_stopping():
            return Reply(await anyio.to_thread.run_sync(task_answer, call, task))
        text = _text(task)
        if text != last_text or waited_s >= reported_s + _REPORT_EVERY_S:
            last_text, reported_s = text, waited_s
            await call.report(round(waited_s, 2), text)
        await anyio.sleep(min(_POLL_EVERY_S, max(0.0, wanted.timeout_s - waited_s)))


def _is_stopping() -> bool:
    """Whether the server is stopping: it waits for open requests, which must not last minutes.

    uvicorn says so nowhere else than in the object whose method handles the signal.
    """
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return bool(getattr(server, "should_exit", False))


def _text(task: Task) -> str:
    text = _LABELS.get(task.phase, task.phase.value)
    if task.progress is not None and task.phase is Phase.GENERATING:
        text += f" {task.progress:.0%}"
    note = note_text(task)
    return f"{text}: {note}" if note else text


TOOLS: tuple[Tool[GetTask] | Tool[WaitForTask], ...] = (
    Tool(
        "get_task",
        "Read a task",
        "The state of a generation now, with its results as soon as each is saved.",
        GetTask,
        TaskAnswer,
        run=get_task,
    ),
    Tool(
        "wait_for_task",
        "Wait for a task",
        "Wait until a generation has ended, with progress. Returns the task after `timeout_s` even if it has not: call "
        "it again then. Waiting costs nothing, and the task continues without it.",
        WaitForTask,
        TaskAnswer,
        wait=wait_for_task,
    ),
)
