"""Counts of what clients did, for tests that hold them to it."""

from __future__ import annotations

from collections import Counter, deque
from typing import Any

_SECONDS_KEPT = 3600


class Tally:
    """Totals and events a second (whole seconds since 1970, the last hour with any)."""

    def __init__(self) -> None:
        self.totals: Counter[str] = Counter()
        self._by_second: dict[str, deque[list[int]]] = {}

    def count(self, event: str, at: float) -> int:
        """Note one event; returns how many there were before it."""
        before = self.totals[event]
        self.totals[event] += 1
        seconds = self._by_second.setdefault(event, deque(maxlen=_SECONDS_KEPT))
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
