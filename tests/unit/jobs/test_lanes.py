"""Worker threads of a lane."""

from __future__ import annotations

import threading
from typing import Any, cast

import pytest

from kaimedia.domain import Phase, Task, TaskChange
from kaimedia.jobs.lanes import Lane, LanePlan

PLAN = LanePlan("save", frozenset({Phase.SAVING}), workers=2, held_per_worker=2, longest_step_s=60)


class _Task:
    def __init__(self, task_id: str) -> None:
        self.task_id = task_id


def test_a_task_taken_while_no_thread_can_be_had_is_done_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was held for ever before: its lease renewed, nobody at work on it, and nobody else allowed to."""
    done = threading.Event()

    def step(_task: Task) -> TaskChange:
        raise AssertionError("not called by the lane itself")

    lane = Lane(PLAN, step, lambda _lane, _task: done.set())

    def no_thread(_self: Any) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        lane.take([cast(Task, _Task("one"))])
    assert lane.held() == {"one"} and not done.is_set()
    lane.start_threads()
    assert done.wait(5)
