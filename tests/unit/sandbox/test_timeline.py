"""A task's state, from the clock alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaimedia.sandbox.faults.switches import parse_all
from kaimedia.sandbox.task import Failing, Order, SandboxTask, State
from kaimedia.sandbox.timeline import planned_failure, snapshot_at, typical_s

ORDER = Order("veo", "veo3_fast", "video", "a prompt", ((1280, 720),), 60.0, {})


def a_task(*faults: str, **facts: Any) -> SandboxTask:
    switches = {switch.fault.name: switch for switch in parse_all(faults)}
    usual: dict[str, Any] = {"created_at": 1000.0, "total_s": 20.0, "copy": 0, "base_url": "", "drawn_at": 1000.0}
    task = SandboxTask(task_id="0" * 32, order=ORDER, switches=switches, **{**usual, **facts})
    task.failing = planned_failure(task)
    return task


@pytest.mark.parametrize(
    ("after_s", "state"),
    [
        (-5, State.WAITING),
        (0, State.WAITING),
        (2.1, State.QUEUED),
        (5.1, State.RUNNING),
        (17.1, State.FINISHING),
        (20.1, State.SUCCESS),
        (9999, State.SUCCESS),
    ],
)
def test_the_states_of_a_task(after_s: float, state: State) -> None:
    snapshot = snapshot_at(a_task(), 1000 + after_s, 1.0)
    assert snapshot.state is state
    assert snapshot.ended_ms == (1_020_000 if state is State.SUCCESS else None)
    assert snapshot_at(a_task(), 1000 + after_s / 50, 50.0).state is state


@given(st.floats(0, 100), st.floats(0, 100), st.floats(0.1, 100))
def test_no_task_goes_back(first: float, second: float, speed: float) -> None:
    order = list(State)
    early, late = sorted((first, second))
    task = a_task()
    before, after = snapshot_at(task, 1000 + early, speed), snapshot_at(task, 1000 + late, speed)
    assert order.index(before.state) <= order.index(after.state)
    assert 0 <= before.progress <= after.progress <= 1


def test_nothing_is_done_before_it_is_drawn_nor_finishing() -> None:
    task = a_task(drawn_at=None)
    assert snapshot_at(task, 5000.0, 1.0).state is State.RUNNING
    task.drawn_at = 1500.0
    assert snapshot_at(task, 5000.0, 1.0).ended_ms == 1_500_000


def test_a_failure_comes_before_the_usual_end_and_needs_no_drawing() -> None:
    task = a_task("fail", drawn_at=None)
    assert not snapshot_at(task, 1011.0, 1.0).state.is_over
    snapshot = snapshot_at(task, 1012.5, 1.0)
    assert (snapshot.state, snapshot.failing, snapshot.ended_ms) == (State.FAILED, Failing.GENERATION, 1_012_000)


def test_slow_and_stuck() -> None:
    assert not snapshot_at(a_task("slow=600"), 1599.0, 1.0).state.is_over
    assert snapshot_at(a_task("slow=600"), 1601.0, 1.0).state is State.SUCCESS
    assert snapshot_at(a_task("stuck"), 1e12, 1.0).state is State.WAITING


def test_a_recorded_end_stays() -> None:
    task = a_task(drawn_at=None, end=State.SUCCESS, ended_at=1010.0)
    assert snapshot_at(task, 1001.0, 1.0).ended_ms == 1_010_000


@given(st.text(), st.integers(0, 9))
def test_typical_times_are_in_their_bounds_and_repeatable(prompt: str, seed: int) -> None:
    assert 7 <= typical_s("image", prompt, seed) <= 9
    assert 15 <= typical_s("video", prompt, seed) <= 20
    assert typical_s("video", prompt, seed) == typical_s("video", prompt, seed)
