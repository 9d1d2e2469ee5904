"""How much a client may ask in a stretch of time."""

from __future__ import annotations

from collections import deque


class Window:
    """At most `most` events in any `seconds` real seconds; what is over is lost, not queued."""

    def __init__(self, most: int | None, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._times: deque[float] = deque()

    def is_full(self, now: float) -> bool:
        """True when one more would be too many."""
        if self._most is None:
            return False
        while self._times and now - self._times[0] >= self._seconds:
            self._times.popleft()
        return len(self._times) >= self._most

    def add(self, now: float) -> None:
        """Note one event."""
        if self._most is not None:
            self._times.append(now)


class QueryLimits:
    """The documented limits on looks: so many a second for each key of its own."""

    def __init__(self) -> None:
        self._windows: dict[str, Window] = {}

    def takes(self, key: str, per_second: int, now: float) -> bool:
        """Note one look; False when it is over the limit."""
        window = self._windows.setdefault(key, Window(per_second, 1.0))
        if window.is_full(now):
            return False
        window.add(now)
        return True
