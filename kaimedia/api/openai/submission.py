"""Queue what a request asks for, once, and wait for it."""

from __future__ import annotations

import asyncio
import hashlib
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from kaimedia.api.parameters import Caller
from kaimedia.domain import BatchKind, GenerationRequest, Status, Task, utc_now
from kaimedia.errors import KeyReused
from kaimedia.studio import Studio

CLIENT_KEY = "\x01v1:"  # no key of a client begins like this: they are printable
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 1.0
ENDED = (Status.COMPLETED, Status.FAILED)


@dataclass(frozen=True, slots=True)
class Submission:
    """What was queued for a request; call `answered` once its response was sent completely.

    A client that gave up waiting, lost the connection or got an error, and sends its request again without an
    idempotency key, then gets the same tasks instead of paying twice, from any process.
    """

    studio: Studio
    task_ids: list[str]
    request: str = ""  # the hash of caller and body, if the client sent no key
    key: str = ""

    def answered(self) -> None:
        """An equal request is a new one from now on."""
        if self.request:
            self.studio.request_keys.answered(self.request, self.key)


def submit(
    studio: Studio, request: GenerationRequest, number: int, caller: Caller, key: str | None, body_sha256: str
) -> Submission:
    """Queue a request for `number` images: one task, or several if one makes fewer.

    With a key, the same key and body are the same tasks. Without one, the same body of the same caller is, until it
    was answered.

    Raises:
        KaimediaError: as `TaskService.submit` and `BatchService.submit`.
    """
    if key:  # each token has its own
        own_key = CLIENT_KEY + hashlib.sha256(f"{caller.id} {key}".encode()).hexdigest()
        return Submission(studio, _task_ids(studio, request, number, caller, own_key, body_sha256))
    name = hashlib.sha256(f"{caller.id} {body_sha256}".encode()).hexdigest()
    own_key = studio.request_keys.key_until_answered(name, utc_now())
    try:
        task_ids = _task_ids(studio, request, number, caller, own_key, body_sha256)
    except KeyReused:  # its tasks were deleted in the meantime
        studio.request_keys.answered(name, own_key)
        own_key = studio.request_keys.key_until_answered(name, utc_now())
        task_ids = _task_ids(studio, request, number, caller, own_key, body_sha256)
    return Submission(studio, task_ids, name, own_key)


def _task_ids(
    studio: Studio, request: GenerationRequest, number: int, caller: Caller, key: str, body_sha256: str
) -> list[str]:
    tasks = math.ceil(number / request.variants)
    if tasks == 1:
        task = studio.tasks.submit(
            request, idempotency_key=key, body_sha256=body_sha256, token_id=caller.token_id, may_wait=False
        )
        return [task.task_id]
    batch = studio.batches.submit(
        BatchKind.PROMPTS,
        [request] * tasks,
        idempotency_key=key,
        body_sha256=body_sha256,
        token_id=caller.token_id,
        may_wait=False,
    )
    return [task.task_id for task in studio.batches.tasks(batch.id)]


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
