"""Runs one step of one task, and turns an unexpected error into a change that neither loses nor repeats it."""

from __future__ import annotations

import logging
from datetime import datetime

from kaimedia.domain import ErrorCode, Phase, Task, TaskChange
from kaimedia.jobs import failures
from kaimedia.jobs.worker_pool import SEND, Handler, PoolConfig

log = logging.getLogger("kaimedia.engine")


def run_step(config: PoolConfig, handler: Handler, task: Task, now: datetime, *, is_stopping: bool) -> TaskChange:
    """What the handler returns; while stopping, a change that returns the task untouched."""
    is_send = config is SEND
    if is_stopping:
        return failures.not_started(task, now, is_claimed_to_send=is_send)
    try:
        return handler(task)
    except Exception as error:  # a bug must neither stop the loop nor repeat a paid call
        log.exception("step %s failed", config.name, extra={"task_id": task.task_id})
        if is_send:
            fields = failures.failed(ErrorCode.OUTCOME_UNKNOWN, failures.LOST_REPLY, may_have_cost=True)
            return TaskChange(task.task_id, frozenset({Phase.SENDING}), fields)
        return failures.after_error(task, error, now)
