"""Time that does not trust the wall clock: it is for people, and it may be set at any moment, by any amount."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from kaimedia.domain import LONGEST_WAIT_S, TaskChange

JUMP_S = 2.0  # what a clock that is merely corrected does not reach between two rounds
RESTART_GRACE_S = 60.0
_MOST_TASKS = 10_000


def in_reach(change: TaskChange, now: datetime) -> TaskChange:
    """A change that puts nothing off for longer than anything may be: it would count as due at once."""
    latest = now + timedelta(seconds=LONGEST_WAIT_S)
    if (due_at := change.fields.get("due_at")) and due_at > latest:
        return replace(change, fields={**change.fields, "due_at": latest})
    return change


class ClockWatch:
    """Holds the wall clock against the monotonic one. Not thread-safe: one loop asks it."""

    def __init__(self, now: Callable[[], datetime], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._monotonic = monotonic
        self._reference = now(), monotonic()

    def jump_s(self) -> float:
        """By how many seconds the wall clock was set since it was last settled; 0 when it just went on."""
        wall, steady = self._now(), self._monotonic()
        jump_s = (wall - self._reference[0]).total_seconds() - (steady - self._reference[1])
        if abs(jump_s) >= JUMP_S:
            return jump_s
        self._reference = wall, steady
        return 0.0

    def settle(self) -> None:
        """From here on the present time counts as right."""
        self._reference = self._now(), self._monotonic()


class TaskAges:
    """How long ago tasks were accepted: by the monotonic clock from the first time this process met them.

    Thread-safe. A task met after a restart has the age its row gives, but at least `RESTART_GRACE_S` of its time are
    left: a wrong clock at the start must not end a paid task before it was looked at a few times.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._guard = threading.Lock()
        self._accepted: OrderedDict[tuple[str, str | None], float] = OrderedDict()
        self._begun_here: OrderedDict[tuple[str, str | None], float] = OrderedDict()

    def begin(self, task_id: str, provider_task_id: str | None) -> None:
        """It was accepted this very moment."""
        key, now = (task_id, provider_task_id), self._monotonic()
        with self._guard:
            _put(self._accepted, key, now)
            _put(self._begun_here, key, now)

    def measured_s(self, task_id: str, provider_task_id: str | None) -> float | None:
        """Seconds since this process saw it accepted, whatever the wall clock did; None if it did not see that."""
        with self._guard:
            begun = self._begun_here.get((task_id, provider_task_id))
            return None if begun is None else self._monotonic() - begun

    def of(self, task_id: str, provider_task_id: str | None, *, by_clock_s: float, deadline_s: float) -> float:
        """Seconds since it was accepted, never negative; `by_clock_s` is what the wall clock makes of its row."""
        key = task_id, provider_task_id
        with self._guard:
            now = self._monotonic()
            if key not in self._accepted:
                _put(self._accepted, key, now - max(0.0, min(by_clock_s, deadline_s - RESTART_GRACE_S)))
            return now - self._accepted[key]


def _put(times: OrderedDict[tuple[str, str | None], float], key: tuple[str, str | None], at: float) -> None:
    """Store one time; the oldest makes room."""
    times[key] = at
    while len(times) > _MOST_TASKS:
        times.popitem(last=False)
