"""A task's progress from create to end, on a clock that may run faster than real time."""

from __future__ import annotations

import hashlib

from kaimedia.sandbox.task import Failing, Kind, SandboxTask, State, TaskSnapshot

_IMAGE_S = (7.0, 9.0)
_VIDEO_S = (15.0, 20.0)
_UNDRAWN_LIMIT = 0.8
_FAILS_AT = 0.6
_FAILURES = {
    "policy": Failing.POLICY,
    "fail": Failing.GENERATION,
    "fail_501": Failing.CODE_501,
    "fail_408": Failing.CODE_408,
    "internal_error": Failing.INTERNAL,
    "flag3": Failing.FLAG3,
}


def typical_s(kind: Kind, prompt: str, seed: int) -> float:
    """Simulated seconds a task takes; always the same for one prompt."""
    digest = hashlib.blake2b(f"{seed}|{prompt}".encode(), digest_size=4).digest()
    low, high = _IMAGE_S if kind == "image" else _VIDEO_S
    return low + (high - low) * int.from_bytes(digest, "big") / 2**32


def planned_failure(task: SandboxTask) -> Failing | None:
    """The failure that its switches cause; the first in the list of faults wins."""
    if task.order.fails:
        return Failing.GENERATION
    return next((_FAILURES[name] for name in task.switches if name in _FAILURES), None)


def end_s(task: SandboxTask) -> float:
    """Simulated seconds from accept to the end of the timeline, not counting the drawing."""
    if task.has("stuck"):
        return float("inf")
    slow = task.switches.get("slow")
    total = slow.amount if slow and slow.amount is not None else task.total_s
    return total * _FAILS_AT if task.failing else total


def snapshot_at(task: SandboxTask, now: float, speed: float) -> TaskSnapshot:
    """The task's state at `now`. A success waits until its media are drawn."""
    created_ms = round(task.created_at * 1000)
    if task.end is not None and task.ended_at is not None:
        return TaskSnapshot(task.end, 1.0, created_ms, round(task.ended_at * 1000), task.failing)
    due_s = end_s(task)
    elapsed_s = max(0.0, now - task.created_at) * speed
    if elapsed_s >= due_s and (task.failing or task.drawn_at is not None):
        ended_at = task.created_at + due_s / speed
        if not task.failing and task.drawn_at is not None:
            ended_at = max(ended_at, task.drawn_at)
        state = State.FAILED if task.failing else State.SUCCESS
        return TaskSnapshot(state, 1.0, created_ms, round(ended_at * 1000), task.failing)
    share = 0.0 if due_s == float("inf") else elapsed_s / due_s
    share = min(share, 0.99 if task.drawn_at is not None else _UNDRAWN_LIMIT)
    return TaskSnapshot(_state_at(share), share, created_ms)


def _state_at(share: float) -> State:
    if share < 0.1:
        return State.WAITING
    if share < 0.25:
        return State.QUEUED
    return State.RUNNING if share < 0.85 else State.FINISHING
