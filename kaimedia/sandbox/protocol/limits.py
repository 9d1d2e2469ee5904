"""Rate limits for clients."""

from __future__ import annotations

from collections import deque


class Window:
    """At most `limit` events in any `seconds` real seconds; events above that are dropped, not queued."""

    def __init__(self, limit: int | None, seconds: float) -> None:
        self._limit = limit
        self._seconds = seconds
        self._times: deque[float] = deque()

    def is_full(self, now: float) -> bool:
        """True when one more event would exceed the limit."""
        if self._limit is None:
            return False
        while self._times and now - self._times[0] >= self._seconds:
            self._times.popleft()
        return len(self._times) >= self._limit

    def add(self, now: float) -> None:
        """Count one event."""
        if self._limit is not None:
            self._times.append(now)


class QueryLimits:
    """The documented limits on polls: a number per second for each key."""

    def __init__(self) -> None:
        self._windows: dict[str, Window] = {}

    def allows(self, key: str, per_second: int, now: float) -> bool:
        """Count one poll; False when it is over the limit."""
        window = self._windows.setdefault(key, Window(per_second, 1.0))
        if window.is_full(now):
            return False
        window.add(now)
        return True
