"""Counts of client requests, for tests to check."""

from __future__ import annotations

from collections import Counter, deque
from typing import Any

_MAX_SECONDS = 3600


class Counters:
    """Totals, and events per second (whole seconds since 1970; the last 3,600 seconds that had any)."""

    def __init__(self) -> None:
        self.totals: Counter[str] = Counter()
        self._by_second: dict[str, deque[list[int]]] = {}

    def count(self, event: str, at: float) -> int:
        """Count one event; returns how many there were before it."""
        before = self.totals[event]
        self.totals[event] += 1
        seconds = self._by_second.setdefault(event, deque(maxlen=_MAX_SECONDS))
        if seconds and seconds[-1][0] == int(at):
            seconds[-1][1] += 1
        else:
            seconds.append([int(at), 1])
        return before

    def snapshot(self) -> dict[str, Any]:
        """All counts as JSON values."""
        counts: dict[str, Any] = {name: self.totals[name] for name in EVENTS}
        for name in ("creates", "polls"):
            counts[f"{name}_by_second"] = [list(pair) for pair in self._by_second.get(name, ())]
        return counts


EVENTS = ("creates", "refused_creates", "polls", "uploads", "downloads", "callbacks", "unauthorized")
