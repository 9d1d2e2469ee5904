"""The account's speed limits, held in memory by one process.

Source: docs.kie.ai, getting started and record pages, state of 2026-10: 20 new tasks per 10 s and account, over it the
request is lost; 10 looks per second and key, 3 per second and task.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from kaimedia.errors import RateLimited

MAX_TASKS_KEPT = 4096


class Pacing:
    """Looks wait for their turn; creates over the limit are refused, for the caller to come back.

    Thread-safe. `clock` tells seconds and `sleep` waits; `is_on=False` lets everything through.
    """

    def __init__(
        self,
        *,
        looks_per_s: float = 10.0,
        looks_per_task_s: float = 3.0,
        creates: int = 20,
        window_s: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        is_on: bool = True,
    ) -> None:
        self._gap_s = 1.0 / looks_per_s
        self._task_gap_s = 1.0 / looks_per_task_s
        self._creates = creates
        self._window_s = window_s
        self._clock = clock
        self._sleep = sleep
        self._is_on = is_on
        self._lock = threading.Lock()
        self._next_look = -float("inf")
        self._next_task_look: dict[str, float] = {}
        self._sent: deque[float] = deque()

    @property
    def tasks_known(self) -> int:
        """How many tasks' last polls are remembered."""
        return len(self._next_task_look)

    def create(self) -> None:
        """Count one create.

        Raises:
            RateLimited: the window is full; nothing was sent. `retry_after_s` is when the next one fits.
        """
        if not self._is_on:
            return
        with self._lock:
            now = self._clock()
            while self._sent and self._sent[0] <= now - self._window_s:
                self._sent.popleft()
            if len(self._sent) < self._creates:
                self._sent.append(now)
                return
            wait_s = self._sent[0] + self._window_s - now
        raise RateLimited(
            f"{self._creates} tasks were sent in the last {self._window_s:g} s, which is what kie.ai allows.",
            retry_after_s=wait_s,
        )

    def look(self, task: str | None, *, patience_s: float = float("inf")) -> None:
        """Wait for the turn of one look; `task` is the provider's task id, if it is about one.

        Raises:
            RateLimited: the turn would come later than `patience_s`; it is given back.
        """
        if not self._is_on:
            return
        with self._lock:
            now = self._clock()
            turn = max(now, self._next_look, self._next_task_look.get(task or "", now))
            if turn - now > patience_s:
                raise RateLimited("Too many looks are waiting already.", retry_after_s=turn - now)
            # One task's own limit must not hold up the looks at all others.
            self._next_look = max(self._next_look, now) + self._gap_s
            if task is not None:
                self._keep(task, turn + self._task_gap_s, now)
        if turn > now:
            self._sleep(turn - now)

    def _keep(self, task: str, free_at: float, now: float) -> None:
        if len(self._next_task_look) >= MAX_TASKS_KEPT:
            self._next_task_look = {name: at for name, at in self._next_task_look.items() if at > now}
        self._next_task_look[task] = free_at
