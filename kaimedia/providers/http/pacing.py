"""An account's rate limits, tracked in memory by one process."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from kaimedia.errors import RateLimited

MAX_TRACKED_TASKS = 4096


class Pacing:
    """Polls wait for their turn; creates over the limit are refused, and the caller tries again later.

    Thread-safe. `label` is the provider's, for messages. `clock` returns seconds and `sleep` waits; `is_on=False`
    disables all limits.
    """

    def __init__(
        self,
        *,
        label: str = "the provider",
        polls_per_s: float = 10.0,
        polls_per_task_s: float = 3.0,
        creates: int = 20,
        window_s: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        is_on: bool = True,
    ) -> None:
        self._label = label
        self._gap_s = 1.0 / polls_per_s
        self._task_gap_s = 1.0 / polls_per_task_s
        self._creates = creates
        self._window_s = window_s
        self._clock = clock
        self._sleep = sleep
        self._is_on = is_on
        self._lock = threading.Lock()
        self._next_poll = -float("inf")
        self._next_task_poll: dict[str, float] = {}
        self._sent: deque[float] = deque()

    @property
    def tracked_tasks(self) -> int:
        """How many tasks' last polls are tracked."""
        return len(self._next_task_poll)

    def create(self) -> None:
        """Count one create.

        Raises:
            RateLimited: the window is full; nothing was sent. `retry_after_s` is when the next create is allowed.
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
            f"{self._creates} tasks were sent in the last {self._window_s:g} s, the most {self._label} allows.",
            retry_after_s=wait_s,
        )

    def poll(self, task: str | None, *, max_wait_s: float = float("inf")) -> None:
        """Wait until one poll is allowed; `task` is the provider's task id, if the call concerns one.

        Raises:
            RateLimited: the wait would be longer than `max_wait_s`; no turn is used up.
        """
        if not self._is_on:
            return
        with self._lock:
            now = self._clock()
            turn = max(now, self._next_poll, self._next_task_poll.get(task or "", now))
            if turn - now > max_wait_s:
                raise RateLimited("Too many status checks are already waiting.", retry_after_s=turn - now)
            # One task's own limit must not delay the polls of all others.
            self._next_poll = max(self._next_poll, now) + self._gap_s
            if task is not None:
                self._remember(task, turn + self._task_gap_s, now)
        if turn > now:
            self._sleep(turn - now)

    def _remember(self, task: str, free_at: float, now: float) -> None:
        if len(self._next_task_poll) >= MAX_TRACKED_TASKS:
            self._next_task_poll = {name: at for name, at in self._next_task_poll.items() if at > now}
        self._next_task_poll[task] = free_at
