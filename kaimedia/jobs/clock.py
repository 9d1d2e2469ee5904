"""Time measurement that survives changes of the wall clock, which may be set at any moment, by any amount."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from kaimedia.domain import LONGEST_WAIT_S, TaskChange

JUMP_S = 2.0  # more than an ordinary clock correction (NTP) moves it between two rounds
RESTART_GRACE_S = 60.0
STEADY_S = 3600.0  # after a clock change, nothing is deleted by age for this long
_MAX_TASKS = 10_000


def cap_due_at(change: TaskChange, now: datetime) -> TaskChange:
    """The change with `due_at` capped at `LONGEST_WAIT_S` from now: a later one would count as due at once."""
    latest = now + timedelta(seconds=LONGEST_WAIT_S)
    if (due_at := change.fields.get("due_at")) and due_at > latest:
        return replace(change, fields={**change.fields, "due_at": latest})
    return change


class ClockWatch:
    """Compares the wall clock with the monotonic one. Not thread-safe: used by a single loop."""

    def __init__(self, now: Callable[[], datetime], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._monotonic = monotonic
        self._reference = now(), monotonic()

    def jump_s(self) -> float:
        """By how many seconds the wall clock was changed since the last `settle`; 0 when it was not."""
        wall, steady = self._now(), self._monotonic()
        jump_s = (wall - self._reference[0]).total_seconds() - (steady - self._reference[1])
        if abs(jump_s) >= JUMP_S:
            return jump_s
        self._reference = wall, steady
        return 0.0

    def settle(self) -> None:
        """Accept the current wall clock time as correct from now on."""
        self._reference = self._now(), self._monotonic()


class TaskAges:
    """How long ago tasks were accepted, by the monotonic clock from the first time this process saw them.

    Thread-safe. A task first seen after a restart has the age its row implies, but at least `RESTART_GRACE_S` is left
    before its deadline: a wrong clock at startup must not end a paid task before it was polled a few times.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._guard = threading.Lock()
        self._accepted: OrderedDict[tuple[str, str | None], float] = OrderedDict()
        self._begun_here: OrderedDict[tuple[str, str | None], float] = OrderedDict()

    def begin(self, task_id: str, provider_task_id: str | None) -> None:
        """Record that it was accepted just now."""
        key, now = (task_id, provider_task_id), self._monotonic()
        with self._guard:
            _put(self._accepted, key, now)
            _put(self._begun_here, key, now)

    def measured_s(self, task_id: str, provider_task_id: str | None) -> float | None:
        """Seconds since this process saw it accepted, by the monotonic clock; None if it did not see that."""
        with self._guard:
            begun = self._begun_here.get((task_id, provider_task_id))
            return None if begun is None else self._monotonic() - begun

    def of(self, task_id: str, provider_task_id: str | None, *, by_clock_s: float, deadline_s: float) -> float:
        """Seconds since it was accepted, never negative; `by_clock_s` is its age by the wall clock."""
        key = task_id, provider_task_id
        with self._guard:
            now = self._monotonic()
            if key not in self._accepted:
                _put(self._accepted, key, now - max(0.0, min(by_clock_s, deadline_s - RESTART_GRACE_S)))
            return now - self._accepted[key]


def _put(times: OrderedDict[tuple[str, str | None], float], key: tuple[str, str | None], at: float) -> None:
    """Store one time; drops the oldest entries when full."""
    times[key] = at
    while len(times) > _MAX_TASKS:
        times.popitem(last=False)
