"""Queue what a request asks for, once, and wait for it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from kaimedia.api.parameters import Caller
from kaimedia.domain import BatchKind, GenerationRequest, Status, Task
from kaimedia.studio import Studio

JOINS_FOR = timedelta(hours=1)  # no image takes longer
MOST_UNREAD = 1000
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 1.0
ENDED = (Status.COMPLETED, Status.FAILED)


class UnreadTasks:
    """Tasks whose outcome no response has carried yet, by caller and body.

    A client that gave up waiting and sends its request again, without an idempotency key, gets their images instead of
    paying twice. Kept in memory: a task that is still unfinished is also found in the database, see `submit`.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._tasks: OrderedDict[str, list[str]] = OrderedDict()

    def of(self, request: str, submit: Callable[[], list[str]]) -> list[str]:
        """The ids of the tasks of this request; calls `submit` if there are none."""
        with self._guard:
            if request not in self._tasks:
                self._tasks[request] = submit()
                while len(self._tasks) > MOST_UNREAD:
                    self._tasks.popitem(last=False)
            return self._tasks[request]

    def read(self, request: str) -> None:
        """A response is on its way: the same request is a new one from now on."""
        with self._guard:
            self._tasks.pop(request, None)


def submit(
    studio: Studio, request: GenerationRequest, number: int, caller: Caller, key: str | None, body_sha256: str
) -> list[str]:
    """Queue a request for `number` images; returns the ids of its tasks, one unless the model makes single images.

    With a key, the same key and body are the same tasks. Without one, a request joins an unfinished task of the same
    caller for the same thing.

    Raises:
        KaimediaError: as `TaskService.submit` and `BatchService.submit`.
    """
    if request.variants != number:
        batch = studio.batches.submit(
            BatchKind.PROMPTS,
            [request] * number,
            idempotency_key=key,
            body_sha256=body_sha256,
            token_id=caller.token_id,
            may_wait=False,
        )
        return [task.task_id for task in studio.batches.tasks(batch.id)]
    if key:
        task = studio.tasks.submit(
            request, idempotency_key=key, body_sha256=body_sha256, token_id=caller.token_id, may_wait=False
        )
        return [task.task_id]
    since = caller.received_at - JOINS_FOR
    task, is_earlier = _submit_once(studio, request, caller, since)
    if is_earlier and task.status in ENDED:
        task, _ = _submit_once(studio, request, caller, caller.received_at)
    return [task.task_id]


def _submit_once(studio: Studio, request: GenerationRequest, caller: Caller, since: datetime) -> tuple[Task, bool]:
    return studio.tasks.submit_once(request, person=caller.id, since=since, token_id=caller.token_id, may_wait=False)


async def wait_for(request: Request, studio: Studio, task_ids: Sequence[str], wait_s: float) -> list[Task]:
    """The tasks once all have ended, after `wait_s` seconds, or when the client has left; deleted ones are left out."""
    until, pause_s = time.monotonic() + wait_s, FIRST_PAUSE_S
    while True:
        found = await run_in_threadpool(studio.tasks.by_ids, task_ids)
        tasks = [found[task_id] for task_id in task_ids if task_id in found]
        if all(task.status in ENDED for task in tasks) or time.monotonic() >= until or await request.is_disconnected():
            return tasks
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 1.3, LONGEST_PAUSE_S)
