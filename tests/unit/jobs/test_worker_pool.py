"""Worker threads of a worker pool."""

from __future__ import annotations

import threading
from typing import Any, cast

import pytest

from kaimedia.domain import Phase, Task, TaskChange
from kaimedia.jobs.worker_pool import PoolConfig, WorkerPool

PLAN = PoolConfig("save", frozenset({Phase.SAVING}), workers=2, held_per_worker=2, longest_run_s=60)


class _Task:
    def __init__(self, task_id: str) -> None:
        self.task_id = task_id


def test_a_task_taken_while_no_thread_can_start_is_done_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise it would be held forever: its lease renewed without any thread working on it."""
    done = threading.Event()

    def handler(_task: Task) -> TaskChange:
        raise AssertionError("not called by the pool itself")

    pool = WorkerPool(PLAN, handler, lambda _pool, _task: done.set())

    def no_thread(_self: Any) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        pool.take([cast(Task, _Task("one"))])
    assert pool.held() == {"one"} and not done.is_set()
    pool.start_threads()
    assert done.wait(5)
